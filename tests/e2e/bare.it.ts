import { expect } from "chai";
import { bareArgs, done, makeBareCheckout, unchanged } from "./bare/index.ts";
import type { BareCheckout } from "./bare/index.ts";
import { inventory } from "./inventory.ts";

describe("a cluster without components", function () {
  this.timeout(5 * 60_000);
  let bare: BareCheckout;

  before(async () => {
    bare = await makeBareCheckout();
  });
  after(() => bare.remove());

  it("is created, stays unchanged, rolls, and is deleted, with its network as it was before", async () => {
    const before = await inventory(bare.endpoint);
    await bare.declare({ k1: bareArgs("k1", bare.infrastructure) });
    expect((await bare.up()).output).to.contain(done);
    expect((await bare.up()).output).to.match(unchanged);
    expect((await bare.refresh()).output).to.match(unchanged);
    await bare.declare({
      k1: bareArgs("k1", bare.infrastructure, "nodeGroups: { nodes: { machineType: t3.xlarge, count: 2 } }"),
    });
    expect((await bare.up()).output).to.contain("rolling nodes 2/2 replacing");
    const nodes = await bare.nodes("k1");
    expect(nodes.map(({ group, machineType, ready }) => `${group} ${machineType} ${ready}`)).to.have.members([
      "control-plane-ap-southeast-2a t3.medium true",
      "nodes t3.xlarge true",
      "nodes t3.xlarge true",
    ]);
    await bare.destroy();
    expect(await inventory(bare.endpoint)).to.deep.equal(before);
  });
});
