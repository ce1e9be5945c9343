import { expect } from "chai";
import { execa } from "execa";
import { layoutOf } from "../../local/base/layout.ts";
import { cloudState } from "../../local/cloud/index.ts";
import { localEnvironment } from "../../local/workspace/environment.ts";
import type { HistoryRecord } from "../../providers/kops/store/history.ts";
import { makeHarness } from "../crash/harness.ts";
import type { Harness, Pulumi } from "../crash/harness.ts";
import { done, quick, unchanged } from "./bare/index.ts";
import type { BareArgs, Node } from "./bare/index.ts";

const shape = (version: string): string => `kubernetesVersion: ${version}
nodeGroups: { nodes: { machineType: t3.large, count: 2 }, extra: { machineType: t3.large, count: 1 } }`;

describe("pilot roll", function () {
  this.timeout(4 * 60_000);
  let harness: Harness;

  before(async () => {
    harness = await makeHarness();
    await harness.declare(shape("1.34.3"));
    await succeeds(await harness.pulumi("up"));
  });
  after(async () => {
    await harness.faults.clear();
    await harness.remove();
  });

  async function succeeds(run: Pick<Pulumi, "done">): Promise<string> {
    const { exitCode, output } = await run.done;
    expect(exitCode, output).to.equal(0);
    return output;
  }
  async function refused(...words: string[]): Promise<string> {
    const { exitCode, output } = await harness.command("roll", ...words).done;
    expect(exitCode, output).to.equal(1);
    return output;
  }
  const roll = (...words: string[]): Promise<string> => succeeds(harness.command("roll", ...words));
  const namesIn = async (group: string): Promise<string[]> =>
    (await harness.nodes()).filter((node: Node) => node.group.startsWith(group)).map(({ name }) => name);
  const nothingToDo = async (): Promise<void> => {
    const output = await succeeds(await harness.pulumi("preview"));
    expect(output).to.match(unchanged);
    expect((await harness.journal())?.operation).to.equal(undefined);
    expect((await harness.nodes()).filter(({ cordoned }) => cordoned)).to.deep.equal([]);
  };
  const lastRecord = async (): Promise<HistoryRecord> => {
    const output = await succeeds(harness.command("history", "--json"));
    const [last] = JSON.parse(output) as HistoryRecord[];
    if (!last) throw new Error("the history is empty");
    return last;
  };
  const stateStore = (): string => harness.bare.infrastructure.stateStore;
  const edit = (size: string) =>
    harness.bare.local(
      ...["kops", "edit", "instancegroup", "extra", "--name", harness.cluster, "--state", stateStore()],
      ...["--set", `spec.maxSize=${size}`],
    );

  it("shows what would roll, and replaces up-to-date nodes of one group alone", async () => {
    expect(await roll()).to.contain(`No node of ${harness.cluster} waits for a roll`);
    const before = await harness.nodes();
    const shown = await roll("--group", "nodes", "--force");
    expect(shown)
      .to.match(/2 nodes of \S+ would be replaced, in this order:\n {2}nodes: 2 \(i-\w+, i-\w+\)/)
      .and.to.contain(`Next: npx pilot roll ${stateStore()} ${harness.cluster} --group nodes --force --yes`);
    expect(await harness.nodes()).to.deep.equal(before);

    await roll("--group", "nodes", "--force", "--yes");
    const now = await harness.nodes();
    const kept = (group: string): string[] =>
      now
        .filter((node) => node.group.startsWith(group) && before.some(({ name }) => name === node.name))
        .map(({ name }) => name);
    expect(kept("nodes")).to.deep.equal([]);
    expect([...kept("extra"), ...kept("control-plane")]).to.have.length(2);
    const { verb, command, result, nodes, by } = await lastRecord();
    expect([verb, command, result, nodes.length]).to.deep.equal([
      "update",
      "pilot roll --group nodes --force",
      "succeeded",
      2,
    ]);
    expect(by.arn).to.match(/^arn:aws:/);
    await nothingToDo();
  });

  it("replaces one node alone", async () => {
    const [node = "", ...others] = await namesIn("nodes");
    await roll("--node", node, "--yes");
    const now = await namesIn("nodes");
    expect(now).to.include.members(others).and.not.to.include(node);
    expect(now).to.have.length(2);
    await nothingToDo();
  });

  it("is continued by the next up after a kill, which also replaces what the roll had marked", async () => {
    const before = await namesIn("nodes");
    await harness.faults.add({ service: "ec2", action: "TerminateInstances", hold: "before", times: 1 });
    const layout = layoutOf(harness.bare.folder, {});
    const cloud = await cloudState(layout);
    if (!cloud) throw new Error("the local cloud does not run");
    const running = execa(
      process.execPath,
      ["cli/pilot.mjs", "roll", stateStore(), harness.cluster, "--group", "nodes", "--force", "--yes"],
      { cwd: harness.bare.folder, env: localEnvironment(layout, cloud), extendEnv: false, all: true, reject: false },
    );
    await Promise.race([
      harness.faults.held(AbortSignal.timeout(60_000)),
      running.then(({ all }) => {
        throw new Error(`the roll ended before a node was terminated:\n${all}`);
      }),
    ]);
    const { supervisors, kops } = await harness.running();
    running.kill("SIGKILL");
    for (const pid of [...supervisors, ...kops]) process.kill(pid, "SIGKILL");
    await harness.faults.clear();
    await running;

    expect(await refused("--yes")).to.match(/an operation is unfinished: the update begun [^]*Next: `pulumi up`/);
    const output = await succeeds(await harness.pulumi("up"));
    expect(output)
      .to.match(/continues: the update begun \S+ stopped at NodesRolled/)
      .and.to.contain(done);
    expect((await namesIn("nodes")).filter((name) => before.includes(name))).to.deep.equal([]);
    await nothingToDo();
  });

  it("rolls what a manual strategy holds back, control plane first, with the newer version for the nodes", async () => {
    const manual: Partial<BareArgs> = { rollingUpdate: { ...quick.rollingUpdate, strategy: "manual" } };
    await harness.declare(shape("1.34.4"), manual);
    await succeeds(await harness.pulumi("up"));
    expect(new Set((await harness.nodes()).map(({ version }) => version))).to.deep.equal(new Set(["v1.34.3"]));
    await roll("--yes");
    expect(new Set((await harness.nodes()).map(({ version }) => version))).to.deep.equal(new Set(["v1.34.4"]));
    await nothingToDo();
  });

  it("is refused before anything is touched", async () => {
    const before = await harness.journal();
    expect(await refused("--group", "nodez,nodes", "--yes")).to.match(
      /has no instance group nodez\.[^]*Next: name one of these: control-plane\S*, extra, nodes/,
    );
    expect(await refused("--node", "i-00000000000000000", "--yes")).to.match(
      /none of its Auto Scaling groups has this instance[^]*nodes i-\w+, i-\w+/,
    );
    await succeeds(harness.command("pause", "sale on"));
    expect(await refused("--force", "--yes")).to.match(/paused by [^]*sale on[^]*Next: npx pilot resume s3:\S+ \S+/);
    await succeeds(harness.command("resume"));
    await edit("3");
    expect(await refused("--force", "--yes")).to.match(
      /manifests were changed by somebody else since the last `up`: \S+\/instancegroup\/extra[^]*pulumi preview --refresh/,
    );
    expect(await harness.journal()).to.deep.equal(before);
  });
});
