import { expect } from "chai";
import { layoutOf } from "../../local/base/layout.ts";
import { ensureTools } from "../../local/tools/index.ts";
import { compareVersions } from "../../local/tools/versions.ts";
import { bareArgs, done, makeBareCheckout, quick, unchanged } from "./bare/index.ts";
import type { BareArgs, BareCheckout } from "./bare/index.ts";
import { watchVersions } from "./bare/versions.ts";

const oldKops = "1.35.0";
const newKops = "1.36.2";

describe("an upgrade", function () {
  this.timeout(5 * 60_000);
  let bare: BareCheckout;

  before(async function () {
    // Builds a kOps that cannot be downloaded, once per machine.
    this.timeout(3_600_000);
    bare = await makeBareCheckout();
    await ensureTools(layoutOf(bare.folder), { kopsVersions: [oldKops, newKops] });
  });
  after(() => bare.remove());

  const declare = (kubernetes: string, kops = oldKops, changes: Partial<BareArgs> = {}): Promise<void> =>
    bare.declare({
      k1: bareArgs(
        "k1",
        bare.infrastructure,
        `{ kubernetesVersion: ${kubernetes}, kopsVersion: ${kops}, nodeGroups: { nodes: { machineType: t3.large, ` +
          "count: 2 } } }",
        changes,
      ),
    });
  const refusedPreview = async (): Promise<string> =>
    (await bare.localFails("pulumi", "preview", "--stack", "sbx", "--non-interactive")).output.replace(/\s+/g, " ");
  const versions = async (): Promise<string[]> =>
    (await bare.nodes("k1")).map(({ group, version }) => `${group} ${version}`).sort();
  const names = async (): Promise<string[]> => (await bare.nodes("k1")).map(({ name }) => name);
  const controlPlane = "control-plane-ap-southeast-2a";

  it("of Kubernetes that skips a minor is refused in the preview, with the path", async () => {
    await declare("1.33.7");
    await bare.up();
    await declare("1.35.0");
    expect(await refusedPreview()).to.contain(
      "cannot change from 1.33.7 to 1.35.0: Kubernetes is upgraded one minor at a time, 1.33 → 1.34 → 1.35; the " +
        "next step is 1.34",
    );
  });

  it("of Kubernetes with a held-back roll is applied, and blocks the next minor until the nodes follow", async () => {
    await declare("1.34.3", oldKops, { rollingUpdate: { ...quick.rollingUpdate, strategy: "manual" } });
    const { output } = await bare.up();
    expect(output).to.contain("plan: Kubernetes 1.33.7 to 1.34.3: the control plane first, then the nodes");
    expect(output).to.contain(`plan: roll 1. ${controlPlane}`).and.to.contain("plan: roll 2. nodes");
    expect(await versions()).to.deep.equal([`${controlPlane} v1.33.7`, "nodes v1.33.7", "nodes v1.33.7"]);
    await declare("1.35.0");
    const refused = await refusedPreview();
    expect(refused).to.contain(
      "cannot change from 1.34 to 1.35 yet: the control plane may still run 1.33.7, and nodes may still run 1.33.7",
    );
  });

  it("of Kubernetes rolls the control plane first, stops when the budget is used up, and is resumed", async () => {
    const kubeconfig = (await bare.cloud()).clusters[0]?.kubeconfig ?? "";
    const watch = await watchVersions(kubeconfig);
    await declare("1.34.3", oldKops, { budget: "1s" });
    const { output } = await bare.upFails();
    const between = await versions();
    await declare("1.34.3");
    const again = await bare.up();
    const moments = await watch.stop();

    expect(output).to.contain("The update of k1.bare.internal stopped before the nodes got Kubernetes 1.34.3");
    expect(output)
      .to.contain("the budget of 1s is used up")
      .and.to.contain("nodes waits at Kubernetes v1.33.7")
      .and.to.contain("run `pulumi up` again: it continues");
    expect(between).to.deep.equal([`${controlPlane} v1.34.3`, "nodes v1.33.7", "nodes v1.33.7"]);
    expect(again.output).to.match(/continues: the update begun \S+ stopped at CloudApplied/);
    expect(again.output).to.contain(done);
    expect(await versions()).to.deep.equal([`${controlPlane} v1.34.3`, "nodes v1.34.3", "nodes v1.34.3"]);
    // No node was ever newer than the oldest API server.
    const ahead = moments.filter((moment) =>
      moment.nodes.some((node) => moment.controlPlane.some((server) => compareVersions(node, server) > 0)),
    );
    expect(ahead).to.deep.equal([]);
    expect(
      moments.some((moment) => moment.controlPlane.includes("v1.34.3") && moment.nodes.includes("v1.33.7")),
    ).to.equal(true);
  });

  it("of Kubernetes is irreversible: the preview refuses an older minor and names what remains possible", async () => {
    await declare("1.33.7");
    expect(await refusedPreview())
      .to.contain("cannot change from 1.34.3 to 1.33.7: a minor upgrade is irreversible")
      .and.to.contain("restore-backups");
  });

  it("of kOps alone previews the groups that it rolls, rolls those, and leaves nothing to do", async () => {
    const before = await names();
    await declare("1.34.3", newKops);
    const { output } = await bare.preview();
    expect(output).to.contain(`plan: kOps ${oldKops} to ${newKops}`);
    expect(output).to.contain(`plan: roll 1. ${controlPlane}`).and.to.contain("plan: roll 2. nodes");
    expect((await bare.up()).output).to.contain(done);
    const after = await names();
    expect(after).to.have.length(before.length);
    expect(after.filter((name) => before.includes(name))).to.deep.equal([]);
    expect((await bare.refresh()).output).to.match(unchanged);
  });

  it("of the provider alone is no change and runs no kOps", async () => {
    const since = new Date();
    await bare.write(
      "providers/kops/provider.ts",
      `${await bare.read("providers/kops/provider.ts")}\nexport const another = "version";\n`,
    );
    expect((await bare.up()).output).to.match(unchanged);
    expect(await bare.kopsCommands(since)).to.deep.equal([]);
  });

  it("of kOps cannot be reverted without `allowDowngrade`", async () => {
    await declare("1.34.3", oldKops);
    expect(await refusedPreview())
      .to.contain(`cannot change from ${newKops} to ${oldKops}`)
      .and.to.contain("set allowDowngrade: true");
  });
});
