import { expect } from "chai";
import { layoutOf } from "../../local/base/layout.ts";
import { cloudState } from "../../local/cloud/index.ts";
import { inventory } from "./inventory.ts";
import { makeCheckout } from "./checkout.ts";
import type { Checkout } from "./checkout.ts";

/** A node as `kubectl` shows it. */
interface Node {
  name: string;
  controlPlane: boolean;
  machineType: string;
  zone: string;
  ready: boolean;
  version: string;
}

interface NodeList {
  items: {
    metadata: { name: string; labels: Record<string, string> };
    status: { nodeInfo: { kubeletVersion: string }; conditions: { type: string; status: string }[] };
  }[];
}

const stack = ["--stack", "sbx", "--non-interactive"];
const minutes = 60_000;

describe("an environment on the local cloud", function () {
  this.timeout(10 * minutes);
  let checkout: Checkout;
  let tracked: Record<string, string>;

  before(async () => {
    checkout = await makeCheckout({ byNpm: true });
    tracked = await checkout.tracked();
  });
  after(async () => {
    await checkout.remove();
    expect(await checkout.processes()).to.deep.equal([]);
  });

  const endpoint = async (): Promise<string> => {
    const state = await cloudState(layoutOf(checkout.folder, {}));
    if (!state) throw new Error("the local cloud does not run");
    return state.endpoint;
  };
  const nodes = async (cluster = "k1"): Promise<Node[]> => {
    const state = await cloudState(layoutOf(checkout.folder, {}));
    const kubeconfig = state?.clusters.find(({ name }) => name.startsWith(`${cluster}.`))?.kubeconfig ?? "";
    const { output } = await checkout.local("kubectl", "--kubeconfig", kubeconfig, "get", "nodes", "-o", "json");
    const list = JSON.parse(output) as NodeList;
    return list.items.map(({ metadata, status }) => ({
      name: metadata.name,
      controlPlane: "node-role.kubernetes.io/control-plane" in metadata.labels,
      machineType: metadata.labels["node.kubernetes.io/instance-type"] ?? "",
      zone: metadata.labels["topology.kubernetes.io/zone"] ?? "",
      ready: status.conditions.some(({ type, status: value }) => type === "Ready" && value === "True"),
      version: status.nodeInfo.kubeletVersion,
    }));
  };

  it("reaches a validated cluster in three zones after its first `npm start` is killed in the create", async () => {
    await checkout.npmKilledAt(/creating the cluster's cloud resources/, "start");
    const started = await checkout.npm("start");
    expect(started.exitCode, started.output).to.equal(0);
    expect(started.output).to.match(/continues: the create begun \S+ stopped at/);
    expect(started.output).to.contain("the cluster is up to date");
    const all = await nodes();
    expect(all.every(({ ready, version }) => ready && version === "v1.34.3")).to.equal(true);
    const controlPlane = all.filter((node) => node.controlPlane);
    expect(controlPlane.map(({ zone }) => zone).sort()).to.deep.equal([
      "ap-southeast-2a",
      "ap-southeast-2b",
      "ap-southeast-2c",
    ]);
    expect(all.filter((node) => !node.controlPlane).map(({ machineType }) => machineType)).to.deep.equal([
      "t3.large",
      "t3.large",
      "t3.large",
    ]);
  });

  it("leaves nothing to do for kOps, which validates the cluster", async () => {
    const { output } = await checkout.local(
      "kops",
      "update",
      "cluster",
      "--name",
      "k1.sbx.pilot.internal",
      "--create-kube-config=false",
    );
    expect(output).to.contain("No changes need to be applied");
    const validated = await checkout.local("kops", "validate", "cluster");
    expect(validated.output).to.contain("Your cluster k1.sbx.pilot.internal is ready");
  });

  it("does not change when started again, runs no kOps and takes less than 20 seconds", async () => {
    const logs = async (): Promise<string> =>
      (await checkout.local("sh", "-c", "ls $HOME/.local/state/pilot/logs/*")).output;
    const before = await logs();
    const again = await checkout.npm("start");
    expect(again.exitCode, again.output).to.equal(0);
    expect(again.output).to.match(/Resources:\s+\d+ unchanged\s/);
    expect(again.seconds).to.be.below(20);
    // Without what Pulumi says of the operations of the killed start: `npm start` itself says little.
    expect(again.output.split("Next:").at(-1)?.trim().split("\n")).to.have.length(5);
    expect(again.output).not.to.contain("Time per phase");
    // Pulumi warns of what the killed start had begun, and nothing else.
    const warnings = (output: string): string[] =>
      output.split("\n").filter((line) => /warning:/i.test(line) && !line.includes("1 pending operations"));
    expect(again.output).to.match(/^Cluster k1\.sbx\.pilot\.internal \(Kubernetes .+ at https:.+\) is ready$/m);
    expect(warnings(again.output)).to.deep.equal([]);
    // Also with a preview.
    const up = (await checkout.local("pulumi", "up", ...stack, "--yes")).output;
    expect(up).to.match(/Resources:\s+\d+ unchanged\s/);
    expect(warnings(up)).to.deep.equal([]);
    expect(up.split("\n").length).to.be.below(60);
    expect(await logs()).to.equal(before);
  });

  it("shows no drift at first; a refresh shows an edit in the state store, and up repairs it", async () => {
    const idle = await checkout.local("pulumi", "refresh", ...stack, "--yes");
    expect(idle.output).to.match(/Resources:\s+\d+ unchanged\s/);
    const edit =
      "kops get instancegroup nodes --name k1.sbx.pilot.internal -o yaml | sed 's/maxSize: 3/maxSize: 5/' > " +
      "$HOME/edited.yaml && kops replace -f $HOME/edited.yaml";
    await checkout.local("sh", "-c", edit);
    const drifted = await checkout.local("pulumi", "preview", ...stack, "--refresh", "--diff");
    expect(drifted.output).to.match(/maxSize\s*: 5 => 3/);
    const repaired = await checkout.local("pulumi", "up", ...stack, "--refresh", "--yes");
    expect(repaired.output)
      .to.contain("no node rolls")
      .and.to.match(/~ 1 updated\s/);
    const { output } = await checkout.local(
      "kops",
      "get",
      "instancegroup",
      "nodes",
      "--name",
      "k1.sbx.pilot.internal",
      "-o",
      "yaml",
    );
    expect(output).to.contain("maxSize: 3");
  });

  it("has no credential in its outputs", async () => {
    const { output } = await checkout.local("pulumi", "stack", "output", "--json", "--stack", "sbx");
    const outputs = JSON.parse(output) as {
      clusters: { k1: { kubeconfig: string; endpoint: string; certificateAuthority: string } };
    };
    expect(outputs.clusters.k1.endpoint).to.equal("https://api.k1.sbx.pilot.internal");
    expect(outputs.clusters.k1.certificateAuthority).to.contain("BEGIN CERTIFICATE");
    expect(outputs.clusters.k1.kubeconfig).to.contain("kubectl-auth");
    expect(output).to.not.match(/PRIVATE KEY|client-key-data|client-certificate-data|token:/);
  });

  it("keeps a secret set in the local cloud for the next command, and changes no tracked file", async () => {
    await checkout.local(
      "pulumi",
      "config",
      "set",
      "--secret",
      "pilot:note",
      "not for the repository",
      "--stack",
      "sbx",
    );
    const { output } = await checkout.local("pulumi", "config", "get", "pilot:note", "--stack", "sbx");
    expect(output).to.contain("not for the repository");
    await checkout.local("pulumi", "config", "rm", "pilot:note", "--stack", "sbx");
    expect(await checkout.tracked()).to.deep.equal(tracked);
  });

  it("refuses a bad cluster file with file and property before anything changes", async () => {
    const good = await checkout.read("clusters/sbx/k1.yaml");
    await checkout.write("clusters/sbx/k1.yaml", good.replace("machineType: t3.large", "machineTyp: t3.large"));
    const refused = await checkout.localFails("pulumi", "up", ...stack, "--yes");
    expect(refused.output)
      .to.contain("clusters/sbx/k1.yaml")
      .and.to.contain("nodeGroups.nodes")
      .and.to.contain("machineTyp");
    await checkout.write("clusters/sbx/k1.yaml", good);
  });

  it("names the group that a machine type rolls; up replaces its nodes in turn, and no control plane", async () => {
    const before = await nodes();
    await checkout.edit("clusters/sbx/k1.yaml", "machineType: t3.large", "machineType: t3.xlarge");
    const preview = await checkout.local("pulumi", "preview", ...stack);
    expect(preview.output)
      .to.contain("modify LaunchTemplate/nodes: InstanceType t3.large → t3.xlarge")
      .and.to.contain("roll 1. nodes: 3 nodes");
    expect(await nodes()).to.deep.equal(before);

    const changed = await checkout.local("pulumi", "up", ...stack, "--yes");
    const after = await nodes();
    const names = (list: Node[], controlPlane: boolean): string[] =>
      list.filter((node) => node.controlPlane === controlPlane).map(({ name }) => name);
    expect(names(after, true)).to.have.members(names(before, true));
    expect(names(after, false)).to.have.length(3).and.to.not.include.members(names(before, false));
    expect(
      after
        .filter((node) => !node.controlPlane)
        .every(({ machineType, ready }) => machineType === "t3.xlarge" && ready),
    ).to.equal(true);
    const order = [...changed.output.matchAll(/rolling (?:nodes )?(\d)\/3 (draining|replacing|cluster is valid)/g)].map(
      ([, place, what]) => `${place} ${what}`,
    );
    const oneNode = (place: number): string[] => [
      `${place} draining`,
      `${place} replacing`,
      `${place} cluster is valid`,
    ];
    // The summary at the end repeats the live lines.
    expect(order.slice(0, 9)).to.deep.equal([...oneNode(1), ...oneNode(2), ...oneNode(3)]);
    expect(changed.output).to.match(/Resources:\s+~ 1 updated\s/);
  });

  it("makes a second cluster from a second cluster file, and leaves the first unchanged", async () => {
    const before = await nodes();
    const first = await checkout.read("clusters/sbx/k1.yaml");
    await checkout.write(
      "clusters/sbx/k2.yaml",
      first
        .replace("name: k1", "name: k2")
        .replace("count: 3\n  machineType: t3.medium", "count: 1\n  machineType: t3.medium"),
    );
    const preview = await checkout.local("pulumi", "preview", ...stack);
    expect(preview.output).to.match(/^ *\+ +pulumi-nodejs:dynamic\/kops:Cluster k2 create/m);
    expect(preview.output).to.match(/\[k2\.sbx\] plan: create \d+: .*AutoscalingGroup/);
    // No resource changes; outputs of the stack do.
    expect(preview.output).to.not.match(/^ *[~+-]*[~-][~+-]* +(aws|pilot|pulumi-nodejs):/m);
    await checkout.local("pulumi", "up", ...stack, "--yes");
    expect(await nodes()).to.deep.equal(before);
    const second = await nodes("k2");
    expect(second.filter((node) => node.controlPlane)).to.have.length(1);
    expect(second.every(({ ready }) => ready)).to.equal(true);
  });

  it("runs nothing after a stop, and is unchanged after the next start", async () => {
    await checkout.npm("run", "local:stop");
    expect(await checkout.processes()).to.deep.equal([]);
    const again = await checkout.local("pulumi", "up", ...stack, "--yes");
    expect(again.output).to.match(/Resources:\s+\d+ unchanged\s/);
    expect(await nodes()).to.have.length(6);
  });

  it("is destroyed by the provider's current code, and leaves nothing in the AWS API", async () => {
    expect(Object.keys(await inventory(await endpoint()))).to.include.members([
      "vpcs",
      "instances",
      "loadBalancers",
      "roles",
      "buckets",
      "zones",
    ]);
    await checkout.edit(
      "providers/kops/delete/delete.ts",
      "the cluster is deleted",
      "the cluster is deleted by edited code",
    );
    const destroyed = await checkout.local("pulumi", "destroy", ...stack, "--yes");
    expect(destroyed.output).to.contain("the cluster is deleted by edited code");
    expect(await inventory(await endpoint())).to.deep.equal({});
  });
});
