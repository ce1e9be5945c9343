import { expect } from "chai";
import { zonesOf } from "./network/index.ts";
import { counts, unchanged } from "./summary.ts";
import { makeWholeCheckout, smallCluster } from "./whole/index.ts";
import type { WholeCheckout } from "./whole/index.ts";

describe("a living environment that grows", function () {
  this.timeout(20 * 60_000);
  let whole: WholeCheckout;

  before(async () => {
    whole = await makeWholeCheckout();
    await config("ab");
    // One that stays in its zones; k2 below takes in what comes.
    await whole.write("clusters/sbx/k1.yaml", smallCluster("k1", `zones: [${zonesOf("ab").join()}]\n${nodes}`));
    await whole.pulumi("up", "sbx");
  });
  after(() => whole.remove());

  const nodes = "nodeGroups:\n  nodes: { machineType: t3.large, count: 2 }\n";
  const config = (zones: string): Promise<void> =>
    whole.stack("sbx", {
      network: { zones: zonesOf(zones), nat: "single" },
      dns: { type: "private", name: "sbx.pilot.internal" },
      stateStore: { onDestroy: "purge" },
    });
  const still = async (): Promise<void> => {
    expect((await whole.pulumi("up", "sbx")).output).to.match(unchanged);
  };

  it("by a cluster: the preview shows additions only, and so does the up", async () => {
    await whole.write("clusters/sbx/k2.yaml", smallCluster("k2", nodes));
    expect(counts((await whole.pulumi("preview", "sbx")).output)).to.deep.equal(["create"]);
    const before = await whole.instances();
    expect(counts((await whole.pulumi("up", "sbx")).output)).to.deep.equal(["created"]);
    expect(await whole.instances()).to.deep.include(before);
  });

  it("by a node group: of AWS resources the preview shows additions only, no node rolls, and no node is replaced", async () => {
    await whole.edit("clusters/sbx/k1.yaml", nodes, `${nodes}  more: { machineType: t3.xlarge, count: 1 }\n`);
    const { output } = await whole.pulumi("preview", "sbx");
    expect(output).to.match(/create \d+: .*AutoscalingGroup\/more\.k1/).and.to.contain("no node rolls");
    expect(output).to.not.match(/modify \d+:|delete \d+:|prune after/);
    expect(counts(output)).to.deep.equal(["update"]);
    const before = await whole.instances();
    await whole.pulumi("up", "sbx");
    expect(await whole.instances()).to.deep.include(before);
    await still();
  });
});
