import { expect } from "chai";
import { execa } from "execa";
import { layoutOf } from "../../local/layout.ts";
import { cloudState } from "../../local/cloud/index.ts";
import { makeCheckout } from "./checkout.ts";
import type { Checkout } from "./checkout.ts";

const flags = ["--stack", "sbx", "--non-interactive", "--yes", "--skip-preview"];
const up = ["run", "local", "--", "pulumi", "up", ...flags];
const secondNode = /rolling 2\/\d draining/;

const cluster = (machineType: string): string => `
name: k1
kopsVersion: 1.35.0
kubernetesVersion: 1.34.3
apiAccess: [10.20.0.0/16]
controlPlane: { count: 1, machineType: t3.medium }
nodeGroups:
  nodes: { machineType: ${machineType}, count: 3 }
`;

interface Process {
  pid: number;
  parent: number;
  command: string;
}

async function processes(): Promise<Process[]> {
  const { stdout } = await execa("ps", ["-eo", "pid=,ppid=,stat=,args="]);
  return stdout.split("\n").flatMap((line) => {
    const [, pid, parent, state = "", command = ""] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return state.startsWith("Z") ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
  });
}

describe("a roll that is interrupted", function () {
  this.timeout(10 * 60_000);
  let checkout: Checkout;

  before(async () => {
    checkout = await makeCheckout();
    await checkout.write("clusters/sbx/k1.yaml", cluster("t3.large"));
    const started = await checkout.npm("start");
    expect(started.exitCode, started.output).to.equal(0);
  });
  after(() => checkout.remove());

  const supervisors = async (): Promise<Process[]> => (await processes()).filter(({ command }) => command.includes(`${checkout.folder}/providers/kops/supervisor.mjs`));
  /** The kops processes of this checkout: what its supervisors started. */
  const kopsOf = async (): Promise<number[]> => {
    const parents = new Set((await supervisors()).map(({ pid }) => pid));
    return (await processes()).filter(({ parent }) => parents.has(parent)).map(({ pid }) => pid);
  };
  const workers = async (): Promise<{ name: string; machineType: string; cordoned: boolean }[]> => {
    const state = await cloudState(layoutOf(checkout.folder, {}));
    const { output } = await checkout.local("kubectl", "--kubeconfig", state?.clusters[0]?.kubeconfig ?? "", "get", "nodes", "-l", "node-role.kubernetes.io/node", "-o", "json");
    const { items } = JSON.parse(output) as { items: { metadata: { name: string; labels: Record<string, string> }; spec: { unschedulable?: boolean } }[] };
    return items.map(({ metadata, spec }) => ({ name: metadata.name, machineType: metadata.labels["node.kubernetes.io/instance-type"] ?? "", cordoned: spec.unschedulable === true }));
  };
  const expectDone = async (output: string, machineType: string): Promise<void> => {
    expect(output).to.contain("the cluster is as asked for");
    const nodes = await workers();
    expect(nodes.map((node) => node.machineType)).to.deep.equal([machineType, machineType, machineType]);
    expect(nodes.filter(({ cordoned }) => cordoned)).to.deep.equal([]);
    expect(await supervisors()).to.deep.equal([]);
  };

  it("because kops was killed, is finished by the next up, which leaves the node that is done alone", async () => {
    await checkout.write("clusters/sbx/k1.yaml", cluster("t3.xlarge"));
    const struck = await checkout.npmDuring(
      secondNode,
      async () => {
        for (const pid of await kopsOf()) process.kill(pid, "SIGKILL");
      },
      ...up,
    );
    expect(struck.exitCode).to.not.equal(0);
    expect(struck.output).to.contain("kops rolling-update cluster of k1.sbx.pilot.internal failed");
    const replaced = (await workers()).filter(({ machineType }) => machineType === "t3.xlarge").map(({ name }) => name);
    // One that is done, and the one that kOps has brought up beforehand for the next (its surge).
    expect(replaced).to.have.length(2);
    const again = await checkout.npm(...up);
    expect(again.exitCode, again.output).to.equal(0);
    expect(again.output).to.match(/continues: the update begun \S+ stopped at NodesRolled/);
    await expectDone(again.output, "t3.xlarge");
    expect((await workers()).map(({ name }) => name)).to.include.members(replaced);
  });

  it("because the provider was killed, takes its kops along, and is finished by the next up", async () => {
    await checkout.write("clusters/sbx/k1.yaml", cluster("t3.large"));
    const struck = await checkout.npmDuring(
      secondNode,
      async () => {
        const plugins = (await processes()).filter(({ command }) => command.includes(`${checkout.folder}/local/plugins/dynamic-provider.cjs`));
        for (const { pid } of plugins) process.kill(pid, "SIGKILL");
      },
      ...up,
    );
    expect(struck.exitCode).to.not.equal(0);
    const again = await checkout.npm(...up);
    expect(again.exitCode, again.output).to.equal(0);
    await expectDone(again.output, "t3.large");
  });

  it("because everything was killed, and whose change is then reverted, ends on what it was before", async () => {
    await checkout.write("clusters/sbx/k1.yaml", cluster("t3.xlarge"));
    await checkout.npmKilledAt(secondNode, ...up);
    await checkout.write("clusters/sbx/k1.yaml", cluster("t3.large"));
    await checkout.local("pulumi", "refresh", ...flags);
    const again = await checkout.npm(...up);
    expect(again.exitCode, again.output).to.equal(0);
    await expectDone(again.output, "t3.large");
    expect((await checkout.npm(...up)).output).to.match(/Resources:\s+\d+ unchanged\s/);
  });
});
