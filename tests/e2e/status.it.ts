import { AutoScalingClient, UpdateAutoScalingGroupCommand } from "@aws-sdk/client-auto-scaling";
import { expect } from "chai";
import { execa } from "execa";
import { statusDocument, type ClusterStatus } from "../../cli/status/document.ts";
import type { PolicyValues } from "../../components/pipeline/fill.ts";
import { layoutOf } from "../../local/base/layout.ts";
import { cloudState } from "../../local/cloud/index.ts";
import { localEnvironment } from "../../local/workspace/environment.ts";
import { makeHarness, type Harness, type Pulumi } from "../crash/harness.ts";
import { autoScalingGroups } from "../crash/cloud-content.ts";
import { neededOn, sessionOf } from "../local/aws/pipeline-roles.ts";
import { clientOf, region } from "./bare/index.ts";

interface Told {
  exitCode: number;
  output: string;
}

const workers = (machineType: string): string => `nodeGroups: { nodes: { machineType: ${machineType}, count: 1 } }`;

/** Where no API of a cluster answers. */
const unreachable = {
  KUBECONFIG: "/dev/null",
  PILOT_ACCESS: JSON.stringify({ clusters: { "*": { access: "direct", server: "https://127.0.0.1:1" } } }),
};

describe("pilot status", function () {
  this.timeout(8 * 60_000);
  let harness: Harness;
  /** The variables of a session of the preview role, which may only read. */
  let reader: NodeJS.ProcessEnv;
  let worker = "";

  before(async () => {
    harness = await makeHarness();
    await harness.declare(workers("t3.large"));
    await succeeds(await harness.pulumi("up"));
    const values: PolicyValues = {
      ...{ partition: "aws", region, regions: [region], account: "123456789012", stack: "sbx", path: "/pilot/" },
      ...{
        stateBucket: "bare-state",
        discoveryBucket: "*",
        logBucket: "*",
        storeRegions: [region],
        clusters: ["*"],
        records: ["*"],
      },
    };
    reader = { ...(await sessionOf(harness.bare.endpoint, "preview", values)) };
    worker = (await workerNodes())[0] ?? "";
  });
  after(async () => {
    await harness.faults.clear();
    await harness.remove();
  });

  const workerNodes = async (): Promise<string[]> =>
    (await harness.nodes()).filter(({ controlPlane }) => !controlPlane).map(({ name }) => name);
  async function succeeds(run: Pulumi): Promise<void> {
    const { exitCode, output } = await run.done;
    expect(exitCode, output).to.equal(0);
  }
  /**
   * Runs the command in a process of its own, as the reader. The store and the cluster are found by short names.
   * `heard` gets what it has printed so far.
   */
  async function tell(
    words: readonly string[],
    more: NodeJS.ProcessEnv = {},
    heard: (output: string) => void = () => undefined,
  ): Promise<Told> {
    const layout = layoutOf(harness.bare.folder, {});
    const cloud = await cloudState(layout);
    if (!cloud) throw new Error("the local cloud does not run");
    const running = execa(process.execPath, ["cli/pilot.mjs", "status", ...words], {
      cwd: harness.bare.folder,
      env: {
        ...localEnvironment(layout, cloud),
        ...reader,
        KOPS_STATE_STORE: harness.bare.infrastructure.stateStore,
        ...more,
      },
      extendEnv: false,
      reject: false,
      stdin: "ignore",
    });
    let output = "";
    running.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      heard(output);
    });
    const { exitCode = 1, stdout, stderr } = await running;
    expect(stderr).to.equal("");
    return { exitCode, output: stdout };
  }
  const short = (): string => harness.cluster.split(".")[0] ?? "";
  async function document(more: NodeJS.ProcessEnv = {}): Promise<{ exitCode: number; cluster: ClusterStatus }> {
    const { exitCode, output } = await tell([short(), "--json"], more);
    const { clusters } = statusDocument.parse(JSON.parse(output));
    const [cluster] = clusters;
    if (!cluster) throw new Error(`no cluster in ${output}`);
    return { exitCode, cluster };
  }
  /** Starts an `up` that is held when kOps terminates the worker. */
  async function upToTermination(): Promise<Pulumi> {
    await harness.faults.add({
      ...{ service: "ec2", action: "TerminateInstances", agent: "aws-sdk-go" },
      ...{ hold: "before", times: 1 },
    });
    const run = await harness.pulumi("up");
    const ended = run.done.then(({ output }) => {
      throw new Error(`the run ended before it terminated a node:\n${output}`);
    });
    ended.catch(() => undefined);
    await Promise.race([harness.faults.held(AbortSignal.timeout(120_000)), ended]);
    return run;
  }

  it("tells a cluster that is ready, its groups and nodes, and its last operation", async () => {
    const { exitCode, cluster } = await document();
    expect(cluster.notAsked).to.deep.equal([]);
    expect(exitCode).to.equal(0);
    expect(cluster).to.deep.include({ name: harness.cluster, state: "ready", why: "" });
    expect(cluster.kubernetes).to.deep.equal({ desired: "1.34.3", applied: "1.34.3", server: "1.34.3" });
    expect(cluster.groups["nodes"]).to.deep.equal({
      ...{ role: "Node", machineType: "t3.large", desired: { min: 1, max: 1 }, ready: 1, waiting: [] },
      cloud: { min: 1, max: 1, desired: 1, instances: 1 },
    });
    expect(cluster.nodes?.map(({ name, version, ready }) => ({ name, version, ready }))).to.deep.include({
      ...{ name: worker, version: "v1.34.3", ready: true },
    });
    expect(cluster.history[0]).to.deep.include({ verb: "create", result: "succeeded" });
    const { output } = await tell([]);
    expect(output).to.match(new RegExp(`^CLUSTER .*\n${harness.cluster} +ready +1\\.34\\.3`));
  });

  it("has a kubeconfig that leads to the API, by the journal alone", async () => {
    const { exitCode, output } = await harness.command("kubeconfig").done;
    expect(exitCode, output).to.equal(0);
    expect(output)
      .to.match(/server: https:\/\/api-/)
      .and.to.contain(`current-context: ${harness.cluster}`);
  });

  it("says in a line that the API does not answer, and tells the rest", async () => {
    const { exitCode, cluster } = await document(unreachable);
    expect(exitCode).to.equal(0);
    expect(cluster.groups["nodes"]?.cloud).to.deep.include({ instances: 1 });
    expect(cluster).not.to.have.property("nodes");
    expect(cluster.notAsked.map(({ what }) => what)).to.deep.equal(["Kubernetes API"]);
    expect(cluster.notAsked[0]?.why).to.match(/with kOps 1\.35\.0: .*ECONNREFUSED.*as in the kubeconfig: /);
  });

  it("needs no kOps", async () => {
    const { exitCode, cluster } = await document({
      PATH: "/usr/bin:/bin",
      PILOT_CACHE_DIR: "/nowhere",
      PILOT_ACCESS: "",
    });
    expect([exitCode, cluster.state]).to.deep.equal([0, "ready"]);
    expect(cluster.notAsked.map(({ what, why }) => `${what}: ${why}`).join()).to.not.contain("AWS");
  });

  it("says which service denied what, and tells what the store has", async () => {
    await harness.faults.add({ service: "autoscaling", code: "AccessDenied", status: 403, message: "not authorized" });
    const { exitCode, cluster } = await document(unreachable).finally(() => harness.faults.clear());
    expect([exitCode, cluster.state]).to.deep.equal([0, "ready"]);
    expect(cluster.notAsked.map(({ what }) => what)).to.include.members([
      ...["sizes of the groups", "nodes that wait for a roll"],
    ]);
  });

  it("tells a roll from a second process while it works, node by node, and follows it to its end", async () => {
    await harness.declare(workers("t3.xlarge"));
    const run = await upToTermination();
    const { exitCode, cluster } = await document();
    expect(exitCode).to.equal(3);
    expect(cluster.state, cluster.why).to.equal("running");
    expect(cluster.lock).to.include({ operation: "update", alive: "yes" });
    const { operation } = cluster;
    expect(operation).to.deep.include({ verb: "update", state: "running", done: 0, total: 1 });
    expect(operation?.nodes.map(({ name, phase }) => `${phase} ${name}`)).to.deep.equal([`replacing ${worker}`]);
    expect(operation?.secondsLeft).to.be.above(0);
    const { output } = await tell([short()]);
    expect(output).to.match(/^operation +update running by .*\n(.*\n)*roll +0 of 1 nodes replaced; about/m);

    const unlocked = await harness.command("unlock", "--yes").done;
    expect(unlocked.exitCode).to.equal(1);
    expect(unlocked.output).to.contain("is not removed: its holder is alive").and.to.contain("runs on this machine");

    let watching: Promise<Told> | undefined;
    await new Promise<void>((resolve, reject) => {
      watching = tell([short(), "--watch"], {}, (text) => {
        if (text.includes(`${worker} of nodes: replacing`)) resolve();
      });
      watching.then(() => {
        reject(new Error("the watch ended before the roll"));
      }, reject);
    });
    await harness.faults.clear();
    await succeeds(run);
    const watched = await watching;
    expect(watched?.exitCode, watched?.output).to.equal(0);
    expect(watched?.output)
      .to.match(/update running by \S+, begun/)
      .and.to.match(new RegExp(`${worker} of nodes: replacing`))
      .and.to.match(/update succeeded at \S+/)
      .and.to.match(/: ready\s*$/);
    worker = (await workerNodes())[0] ?? "";
  });

  it("tells that a run was killed, and that its lock is dead", async () => {
    await harness.declare(workers("t3.large"));
    const run = await upToTermination();
    const { plugins, supervisors, kops } = await harness.running();
    for (const pid of [...plugins, ...supervisors, ...kops]) process.kill(pid, "SIGKILL");
    process.kill(-run.pid, "SIGKILL");
    await harness.faults.clear();
    await run.done;
    const { exitCode, cluster } = await document();
    expect([exitCode, cluster.state]).to.deep.equal([3, "killed"]);
    expect(cluster.lock).to.include({ operation: "update", alive: "no" });
    expect(cluster.history[0]).to.deep.include({ verb: "update", result: "killed" });
    expect(cluster.operation?.step).to.match(/Rolled/);
    const { output } = await tell([short()]);
    expect(output)
      .to.match(/dead: the next run takes the lock over/)
      .and.to.match(/Next: pulumi up .*continues it/);
  });

  it("tells a pause, and what waits for it", async () => {
    const paused = await harness.command("pause", "until", "the", "sale", "ends").done;
    expect(paused.exitCode, paused.output).to.equal(0);
    await harness.declare(workers("t3.xlarge"));
    const run = await (await harness.pulumi("up")).done;
    expect(run.exitCode, run.output).to.not.equal(0);
    const { exitCode, cluster } = await document();
    expect([exitCode, cluster.state]).to.deep.equal([3, "stopped"]);
    expect(cluster.pause?.reason).to.equal("until the sale ends");
    const { output } = await tell([short()]);
    expect(output)
      .to.match(/^pause +paused by .* until the sale ends$/m)
      .and.to.match(/^Next: npx pilot resume/m);
    await harness.command("resume").done;
    await succeeds(await harness.pulumi("up"));
    expect((await document()).cluster.state).to.equal("ready");
  });

  it("compares AWS with the manifests, if asked", async () => {
    expect((await tell([short(), "--drift"])).output).to.match(/^drift +none$/m);
    const scaling = new AutoScalingClient(clientOf(harness.bare.endpoint));
    const [group] = (await autoScalingGroups(scaling)).filter(({ AutoScalingGroupName: name = "" }) =>
      name.startsWith("nodes."),
    );
    await scaling.send(
      new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: group?.AutoScalingGroupName, MaxSize: 5 }),
    );
    const { exitCode, output } = await tell([short(), "--drift"]);
    expect(output).to.match(/^drift +modify AutoscalingGroup\/nodes\.\S+: MaxSize 5 → 1$/m);
    expect(exitCode).to.equal(3);
  });

  it("only ever reads", async () => {
    const needed = Object.keys((await neededOn(harness.bare.endpoint))["preview"] ?? {});
    expect(needed).to.include.members(["s3:GetObject", "s3:ListBucket", "autoscaling:DescribeAutoScalingGroups"]);
    expect(needed.filter((action) => !/:(Get|List|Describe)/.test(action))).to.deep.equal([]);
  });
});
