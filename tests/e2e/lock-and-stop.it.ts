import { expect } from "chai";
import { makeHarness } from "../crash/harness.ts";
import type { Harness, Pulumi } from "../crash/harness.ts";
import { processes } from "../crash/processes.ts";
import { done } from "./bare/index.ts";
import type { FaultRule } from "./faults.ts";

/** Holds the store's answer after the journal has recorded the start of a step. */
const begun = (step: string): FaultRule => ({
  service: "s3",
  action: "PutObject",
  path: "/journal\\.json",
  body: `"name": "${step}",\\s+"begun": "[^"]+"\\s*\\}`,
  hold: "after",
  times: 1,
});

const workers = (machineType: string): string => `nodeGroups: { nodes: { machineType: ${machineType}, count: 1 } }`;

describe("runs on one cluster", function () {
  this.timeout(8 * 60_000);
  let harness: Harness;
  /** The worker's declared machine type. */
  let machineType = "t3.large";

  before(async () => {
    harness = await makeHarness();
    await harness.declare(workers(machineType));
    await succeeds(await harness.pulumi("up"));
  });
  after(async () => {
    await harness.faults.clear();
    await harness.remove();
  });

  async function succeeds(run: Pulumi): Promise<string> {
    const { exitCode, output } = await run.done;
    expect(exitCode, output).to.equal(0);
    return output;
  }
  async function fails(run: Pulumi): Promise<string> {
    const { exitCode, output } = await run.done;
    expect(exitCode, output).to.not.equal(0);
    return output;
  }
  /** Starts an `up` and returns when the last of these calls is held. */
  async function upTo(...calls: FaultRule[]): Promise<Pulumi> {
    const [first, ...further] = calls;
    if (first) await harness.faults.add(first);
    const run = await harness.pulumi("up");
    const ended = run.done.then(({ output }) => {
      throw new Error(`the run ended before that call:\n${output}`);
    });
    ended.catch(() => undefined);
    await Promise.race([harness.faults.held(AbortSignal.timeout(120_000)), ended]);
    for (const call of further) {
      await harness.faults.add(call);
      await harness.faults.release();
      await Promise.race([harness.faults.held(AbortSignal.timeout(120_000)), ended]);
    }
    return run;
  }
  /** Declares another machine type, so the worker must be replaced. */
  async function change(): Promise<void> {
    machineType = machineType === "t3.large" ? "t3.xlarge" : "t3.large";
    await harness.declare(workers(machineType));
  }
  const nodes = async (): Promise<string[]> =>
    (await harness.nodes())
      .filter(({ controlPlane }) => !controlPlane)
      .map(({ machineType, cordoned }) => `${machineType}${cordoned ? " cordoned" : ""}`);

  it("wait for the lock and name its holder, or give up after timeouts.lock with how to break it", async () => {
    await change();
    const first = await upTo(begun("NodesRolled"));
    await harness.declare(workers(machineType), { timeouts: { lock: "2s" } });
    const refused = await fails(await harness.pulumi("up", { elsewhere: true }));
    expect(refused).to.match(/Cluster \S+ is locked\.\s+update by \S*pilot\S* on \S+ \(process \d+\), since/);
    expect(refused).to.contain(`npx pilot unlock s3://bare-state ${harness.cluster}`);

    await harness.declare(workers(machineType));
    const second = await harness.pulumi("up", { elsewhere: true });
    await second.said(/waiting for the lock of the cluster: held by update by .* \(process \d+\)/);
    await harness.faults.clear();
    expect(await succeeds(first)).to.contain(done);
    expect(await succeeds(second)).to.contain(done);
    expect(await nodes()).to.deep.equal([machineType]);
  });

  it("stop before they apply what plain kOps wrote between two steps, and say what changed", async () => {
    const before = await nodes();
    await change();
    const run = await upTo(begun("CloudApplied"));
    await harness.bare.local(
      "kops",
      "edit",
      "instancegroup",
      "nodes",
      "--name",
      harness.cluster,
      "--state",
      harness.bare.infrastructure.stateStore,
      "--set",
      "spec.maxSize=3",
    );
    await harness.faults.clear();
    const output = await fails(run);
    expect(output).to.match(
      /manifests of cluster \S+ were changed by somebody else while this run worked\.\s+changed in s3:\/\/bare-state: \S+\/instancegroup\/nodes\./,
    );
    expect(await nodes(), "nothing was rolled").to.deep.equal(before);
    await succeeds(await harness.pulumi("up"));
    expect(await nodes()).to.deep.equal([machineType]);
  });

  it("overwrite nothing that plain kOps wrote since the plan: they stop, and the next up shows it", async () => {
    const before = await nodes();
    const edit = (sizes: string) =>
      harness.bare.local(
        "kops",
        "edit",
        "instancegroup",
        "nodes",
        "--name",
        harness.cluster,
        "--state",
        harness.bare.infrastructure.stateStore,
        ...sizes.split(" ").flatMap((size) => ["--set", `spec.${size}`]),
      );
    const groupInStore = async (): Promise<string> =>
      (
        await harness.bare.local(
          "kops",
          "get",
          "instancegroup",
          "nodes",
          "--name",
          harness.cluster,
          "--state",
          harness.bare.infrastructure.stateStore,
          "-o",
          "yaml",
        )
      ).output;
    const refused =
      /manifests of cluster \S+ were changed since the plan for them was made\.\s+changed in s3:\/\/bare-state: \S+\/instancegroup\/nodes\.\s+Next: run `pulumi up` again/;
    await change();
    const waiting = await upTo({
      service: "s3",
      action: "PutObject",
      path: "/lock\\.json",
      hold: "before",
      times: 1,
    });
    await edit("maxSize=4");
    await harness.faults.clear();
    expect(await fails(waiting)).to.match(refused);
    expect((await harness.journal())?.operation, "nothing was begun").to.equal(undefined);

    const writing = await upTo(begun("SpecWritten"));
    await edit("maxSize=5");
    await harness.faults.clear();
    expect(await fails(writing)).to.match(refused);
    expect(await groupInStore()).to.contain("maxSize: 5");
    expect(await nodes(), "nothing was rolled").to.deep.equal(before);

    const { output } = await harness.pulumi("preview").then(({ done: ended }) => ended);
    expect(output).to.match(/plan: modify .*AutoscalingGroup\/nodes: MaxSize 5 → 1|plan: roll/);
    await succeeds(await harness.pulumi("up"));
    expect(await groupInStore()).to.contain("maxSize: 1");
    expect(await nodes()).to.deep.equal([machineType]);
  });

  it("are finished by another machine when one dies in the middle of a roll", async () => {
    await change();
    const run = await upTo(begun("NodesRolled"), {
      service: "ec2",
      action: "TerminateInstances",
      agent: "aws-sdk-go",
      hold: "before",
      times: 1,
    });
    // All at once, as in a power failure, so no process can end another.
    const { plugins, supervisors, kops } = await harness.running();
    for (const pid of [...plugins, ...supervisors, ...kops]) process.kill(pid, "SIGKILL");
    process.kill(-run.pid, "SIGKILL");
    await harness.faults.clear();
    await run.done;
    const output = await succeeds(await harness.pulumi("up", { elsewhere: true }));
    expect(output)
      .to.contain("taking over the lock of a run that died")
      .and.to.match(/continues: the update begun \S+ stopped at NodesRolled.*; done already: SpecWritten/);
    expect(await nodes()).to.deep.equal([machineType]);
    expect((await harness.running()).kops).to.deep.equal([]);
  });

  it("report a blocked drain, wait at the first Ctrl-C, stop kOps at the second, and resume the node", async () => {
    const kubectl = (...args: string[]): Promise<string> => harness.kubectl(...args);
    await kubectl("create", "deployment", "web", "--image=web", "--replicas=1");
    await kubectl("create", "poddisruptionbudget", "web", "--selector=app=web", "--min-available=1");
    await kubectl("rollout", "status", "deployment/web", "--timeout=60s");
    const [worker] = (await harness.nodes()).filter(({ controlPlane }) => !controlPlane);

    await change();
    const run = await harness.pulumi("up");
    await run.said(/twice to stop kOps now[^]*draining/);
    process.kill(-run.pid, "SIGINT");
    // For half a minute kOps only retries the eviction.
    await run.said(/still rolling 1\/1 draining \S+; kOps: error when evicting pods\/"web-/);
    const { kops } = await harness.running();
    expect(kops, "kops after the first Ctrl-C").to.have.length(1);

    const interrupted = Date.now();
    process.kill(-run.pid, "SIGINT");
    while ((await processes()).some(({ pid }) => kops.includes(pid)))
      expect(Date.now() - interrupted).to.be.lessThan(10_000);
    await fails(run);
    const journal = await harness.journal();
    expect(journal?.operation?.steps.findLast(({ ended }) => ended === undefined)?.detail).to.equal(
      `draining ${worker?.name ?? ""}`,
    );
    expect((await harness.nodes()).find(({ name }) => name === worker?.name)?.cordoned).to.equal(true);

    await kubectl("delete", "poddisruptionbudget", "web");
    const again = await succeeds(await harness.pulumi("up"));
    expect(again)
      .to.contain(`stopped at NodesRolled (draining ${worker?.name ?? ""})`)
      .and.to.contain(`rolling 1/1 draining ${worker?.name ?? ""}`);
    expect(await nodes()).to.deep.equal([machineType]);
  });
});
