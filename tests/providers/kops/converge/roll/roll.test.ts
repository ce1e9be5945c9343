import { expect } from "chai";
import { checkInputs } from "../../../../../providers/kops/rules/check-inputs.ts";
import { updateConditions } from "../../../../../providers/kops/model/conditions.ts";
import type { Condition, Finding } from "../../../../../providers/kops/model/conditions.ts";
import { difference, isDifferent } from "../../../../../providers/kops/plan/diff.ts";
import { heldBackLines } from "../../../../../providers/kops/plan/document/held-back.ts";
import { CancelledError } from "../../../../../providers/kops/model/errors.ts";
import type { KopsClusterInputs, RollingUpdateOptions } from "../../../../../providers/kops/model/inputs.ts";
import type { Journal } from "../../../../../providers/kops/store/journal.ts";
import type { KopsCommand } from "../../../../../providers/kops/kops-cli/kops.ts";
import { writePause } from "../../../../../providers/kops/store/pause.ts";
import { roll } from "../../../../../providers/kops/converge/roll/roll.ts";
import { rollFlags, rolesFlag } from "../../../../../providers/kops/kops-cli/flags.ts";
import type { Rolling, RollPart } from "../../../../../providers/kops/converge/roll/roll.ts";
import { watchStopPoints } from "../../../../../providers/kops/kops-cli/output/roll-nodes.ts";
import { chooseGroups, controlPlaneRoles, nodeRoles } from "../../../../../providers/kops/model/instance-groups.ts";
import { stopAt } from "../../../../../providers/kops/operation/stops.ts";
import type { StopPoint } from "../../../../../providers/kops/operation/stops.ts";
import { desiredSpec, digestOf } from "../../../../../providers/kops/model/spec.ts";
import { unknownValue } from "../../../../../providers/kops/model/unknown.ts";
import { readRollTable } from "../../../../../providers/kops/kops-cli/output/rolling-update.ts";
import { memoryStore } from "../../memory-store.ts";
import { sampleInputs } from "../../samples.ts";

const groups = {
  "nodes-b": { role: "Node" },
  "nodes-a": { role: "Node" },
  bastions: { role: "Bastion" },
  apis: { role: "APIServer" },
  "control-plane-b": { role: "ControlPlane" },
  "control-plane-a": { role: "Master" },
};
const all = [...controlPlaneRoles, ...nodeRoles];
const began = new Date("2026-11-23T10:00:00Z");
const nodes: RollPart = { roles: nodeRoles, condition: "NodesUpToDate" };
const night = { days: ["Mon" as const], from: "22:00", to: "04:00", timezone: "Australia/Sydney" };
const done = ["SpecWritten", "CloudApplied", "ControlPlaneUpToDate", "NodesUpToDate", "Validated"] as const;

describe("the flags of kops rolling-update", () => {
  for (const [options, flags] of [
    [{}, []],
    [{ controlPlaneInterval: "1m" }, ["--control-plane-interval=1m"]],
    [{ nodeInterval: "2m" }, ["--node-interval=2m"]],
    [{ bastionInterval: "3m" }, ["--bastion-interval=3m"]],
    [{ drainTimeout: "4m" }, ["--drain-timeout=4m"]],
    [{ postDrainDelay: "5s" }, ["--post-drain-delay=5s"]],
    [{ validationTimeout: "6m" }, ["--validation-timeout=6m"]],
    [{ validateCount: 7 }, ["--validate-count=7"]],
    [{ failOnDrainError: false }, ["--fail-on-drain-error=false"]],
    [{ failOnValidate: false }, ["--fail-on-validate-error=false"]],
    [{ failOnDrainError: true, failOnValidate: true }, ["--fail-on-drain-error=true", "--fail-on-validate-error=true"]],
    [{ cloudOnly: true, force: true }, ["--cloudonly=true", "--force=true"]],
    [{ strategy: "automatic", includeGroups: ["nodes-a"], maintenanceWindows: [night] }, []],
  ] satisfies [RollingUpdateOptions, string[]][]) {
    it(`are as asked for: ${JSON.stringify(options)}`, () => {
      expect(rollFlags(options)).to.deep.equal(flags);
    });
  }

  it("name roles as kOps does", () => {
    expect(rolesFlag(all)).to.equal("--instance-group-roles=control-plane,apiserver,node,bastion");
  });
});

describe("the groups of a roll", () => {
  const ordered = ["control-plane-a", "control-plane-b", "apis", "bastions", "nodes-a", "nodes-b"];
  for (const [what, choice, chosen] of [
    ["are all, control plane first, when nothing is said", {}, ordered],
    ["are those included", { includeGroups: ["nodes-b", "bastions"] }, ["bastions", "nodes-b"]],
    [
      "are not those excluded",
      { excludeGroups: ["nodes-b", "bastions"] },
      ["control-plane-a", "control-plane-b", "apis", "nodes-a"],
    ],
    [
      "are of the roles included, by their older names too",
      { includeRoles: ["ControlPlane"] },
      ["control-plane-a", "control-plane-b"],
    ],
    [
      "are not of the roles excluded",
      { excludeRoles: ["ControlPlane", "APIServer"] },
      ["bastions", "nodes-a", "nodes-b"],
    ],
    [
      "are left out by one word against them",
      { includeGroups: ["nodes-a", "nodes-b"], includeRoles: ["Node"], excludeGroups: ["nodes-a"] },
      ["nodes-b"],
    ],
  ] as const) {
    it(what, () => {
      const found = chooseGroups(groups, all, choice);
      expect(found).to.deep.equal({
        chosen,
        excluded: ordered.filter((group) => !chosen.some((one) => one === group)),
      });
    });
  }

  it("belong to the part that rolls now, whatever is included", () => {
    expect(chooseGroups(groups, nodeRoles, { includeGroups: ["control-plane-a", "nodes-a"] })).to.deep.equal({
      chosen: ["nodes-a"],
      excluded: ["bastions", "nodes-b"],
    });
  });

  it("must exist: a mistyped name is refused with its place", () => {
    const failures = checkInputs({
      ...sampleInputs(),
      rollingUpdate: { includeGroups: ["nodes", "node"], excludeGroups: ["nodse"] },
    });
    expect(failures.map(({ property }) => property)).to.deep.equal([
      "rollingUpdate.includeGroups[1]",
      "rollingUpdate.excludeGroups[0]",
    ]);
    expect(failures[0]?.reason).to.equal("there is no instance group node (there are control-plane-a, nodes)");
  });

  it("may be unknown", () => {
    expect(checkInputs({ ...sampleInputs(), rollingUpdate: { includeGroups: [unknownValue] } })).to.deep.equal([]);
  });
});

describe("the table of kops rolling-update", () => {
  const header = "NAME\t\tSTATUS\t\tNEEDUPDATE\tREADY\tMIN\tTARGET\tMAX";
  it("tells how many nodes of each group wait, even without the column of nodes", () => {
    expect(
      readRollTable(
        `${header}\tNODES\nnodes-a\t\tNeedsUpdate\t2\t\t1\t3\t3\t3\t3\nnodes-b\t\tReady\t\t0\t\t3\t3\t3\t3\t3\n\nNo ` +
          "rolling-update required.",
      ),
    ).to.deep.equal([
      { group: "nodes-a", needUpdate: 2, ready: 1 },
      { group: "nodes-b", needUpdate: 0, ready: 3 },
    ]);
    expect(readRollTable(`${header}\nnodes-a\t\tNeedsUpdate\t2\t\t1\t3\t3\t3`)).to.deep.equal([
      { group: "nodes-a", needUpdate: 2, ready: 1 },
    ]);
  });
});

/**
 * An operation on a cluster of memory: kOps brings the groups it is told to up to date, node by node, and each group
 * takes ten minutes, which are over with its last node.
 */
class Stage implements Rolling {
  readonly context: Rolling["context"];
  readonly journal: Journal;
  readonly commands: string[] = [];
  readonly said: string[] = [];
  readonly findings: Finding[] = [];
  readonly finished: Set<string>;
  clock = began.getTime();
  progressed = false;
  /** Called when a node is replaced. */
  meanwhile: () => Promise<void> = () => Promise.resolve();

  constructor(
    changes: Partial<KopsClusterInputs>,
    waiting: Record<string, number> = { "nodes-a": 2, "nodes-b": 1 },
    applied = true,
    finished: string[] = [],
  ) {
    const inputs = sampleInputs({ instanceGroups: groups, ...changes });
    const at = began.toISOString();
    this.finished = new Set(finished);
    this.journal = {
      version: 1,
      cluster: inputs.name,
      owner: inputs.owner,
      conditions: updateConditions([], [], began),
      instanceGroups: [],
      operation: {
        id: "1",
        verb: "update",
        digest: "d",
        begun: at,
        steps: finished.map((name) => ({ name, begun: "2026-11-23T08:00:00Z", ended: "2026-11-23T08:10:00Z" })),
      },
      ...(applied && { applied: { digest: "c", kopsVersion: inputs.kopsVersion, revision: 1, at } }),
    };
    const run = async (command: KopsCommand): Promise<{ exitCode: number; stdout: string; stderr: string }> => {
      const args = command.args.filter((one) => !["rolling-update", "cluster", "--name", inputs.name].includes(one));
      this.commands.push(`${args.join(" ")}${command.usesApi ? "" : " (without API)"}`);
      if (args[0] === "get") {
        const instance = (group: string, index: number) => ({
          id: `i-${index}`,
          nodeName: `${group}-${index}`,
          status: index < (waiting[group] ?? 0) ? "NeedsUpdate" : "UpToDate",
          instanceGroup: `${group}.${inputs.name}`,
        });
        return {
          exitCode: 0,
          stdout: JSON.stringify(
            Object.keys(waiting).flatMap((group) => [0, 1, 2].map((index) => instance(group, index))),
          ),
          stderr: "",
        };
      }
      const stdout = Object.entries(waiting)
        .map(([group, need]) => `${group}\t\t${need > 0 ? "NeedsUpdate" : "Ready"}\t${need}\t\t${3 - need}\t3\t3\t3\t3`)
        .join("\n");
      const group = args.find((one) => one.startsWith("--instance-group="))?.replace("--instance-group=", "");
      if (args.includes("--yes") && group !== undefined) {
        const need = Math.max(waiting[group] ?? 0, args.includes("--force=true") ? 1 : 0);
        for (let node = 1; node <= need; node += 1) {
          command.onLine?.(`I1 1 x.go:1] Draining the node: "${group}-${node}".`);
          command.onLine?.(
            `I1 1 x.go:1] Stopping instance "i-${node}", node "${group}-${node}", in group ` +
              `"${group}.${inputs.name}" (this may take a while).`,
          );
          waiting[group] = Math.max(0, (waiting[group] ?? 0) - 1);
          if (node === need) this.clock += 600_000;
          await this.meanwhile();
          command.onLine?.("I1 1 x.go:1] waiting for 15s after terminating instance");
          await new Promise((resolve) => setImmediate(resolve));
          if (command.stop?.aborted) return { exitCode: 143, stdout, stderr: "" };
          command.onLine?.("I1 1 x.go:1] Cluster validated.");
        }
      }
      return { exitCode: 0, stdout, stderr: "" };
    };
    this.context = { inputs, store: memoryStore(), kops: { run }, progress: { say: (text) => this.said.push(text) } };
  }

  async step(name: string, work: () => Promise<Finding[]>): Promise<void> {
    const begun = this.now().toISOString();
    this.found(await work());
    this.journal.operation?.steps.push({ name, begun, ended: this.now().toISOString() });
  }

  found(findings: Finding[]): void {
    this.findings.push(...findings);
  }

  hasFinished(name: string): boolean {
    return this.finished.has(name);
  }

  assertManifests(): Promise<void> {
    return Promise.resolve();
  }

  now(): Date {
    return new Date(this.clock);
  }

  roll(part: RollPart = nodes): Promise<Finding> {
    return roll(this, part, () => this.now());
  }

  /** What is told to roll. */
  get rolls(): string[] {
    return this.commands.filter((command) => command.includes("--yes")).map((command) => command.replace("--yes ", ""));
  }

  get replaced(): number {
    return this.said.filter((line) => line.includes("replacing")).length;
  }

  async stopped(): Promise<CancelledError> {
    try {
      await this.roll();
    } catch (error) {
      if (error instanceof CancelledError) return error;
      throw error;
    }
    throw new Error("the roll was not stopped");
  }
}

const up = { type: "NodesUpToDate", status: "True", reason: "UpToDate", message: "" };
const onlyNodes = { "control-plane-a": { role: "Master" }, "nodes-a": { role: "Node" } };

describe("a roll", () => {
  it("is one kOps command, without a check before, where the part has one group", async () => {
    const stage = new Stage({ instanceGroups: onlyNodes });
    expect(await stage.roll()).to.deep.equal(up);
    expect(stage.commands).to.deep.equal(["--yes --instance-group=nodes-a"]);
  });

  it("asks kOps nothing where the part has no group", async () => {
    const stage = new Stage({ instanceGroups: { "control-plane-a": { role: "Master" } } });
    expect(await stage.roll()).to.deep.equal(up);
    expect(stage.commands).to.deep.equal([]);
  });

  it(
    "is one kOps command for each waiting group, after one check, with the number of each " + "node in the whole",
    async () => {
      const stage = new Stage({}, { "nodes-b": 1, "nodes-a": 1, bastions: 0 });
      expect(await stage.roll()).to.deep.equal(up);
      expect(stage.commands).to.deep.equal([
        "--instance-group-roles=node,bastion",
        "--yes --instance-group=nodes-a",
        "--yes --instance-group=nodes-b",
      ]);
      expect(stage.said.filter((line) => line.includes("replacing"))).to.deep.equal([
        "rolling nodes-a 1/2 replacing i-1",
        "rolling nodes-b 2/2 replacing i-1",
      ]);
      expect(stage.progressed).to.equal(true);
    },
  );

  it("waits with the manual strategy, and names the nodes that wait", async () => {
    const stage = new Stage({ rollingUpdate: { strategy: "manual" } });
    expect(await stage.roll()).to.deep.equal({
      ...up,
      status: "False",
      reason: "ManualStrategy",
      message: "nodes-a (nodes-a-0, nodes-a-1), nodes-b (nodes-b-0) wait for a roll: rollingUpdate.strategy is manual",
    });
    expect(stage.rolls).to.deep.equal([]);
  });

  it("is up to date with the manual strategy where no node waits, as after a change of size", async () => {
    const stage = new Stage({ rollingUpdate: { strategy: "manual" } }, { "nodes-a": 0, "nodes-b": 0 });
    expect(await stage.roll()).to.deep.equal(up);
  });

  it("rolls the chosen groups, and names the excluded ones that wait", async () => {
    const stage = new Stage(
      { rollingUpdate: { includeGroups: ["nodes-b", "bastions"] } },
      { "nodes-a": 2, "nodes-b": 1, bastions: 1 },
    );
    expect(await stage.roll()).to.deep.equal({
      ...up,
      status: "False",
      reason: "Excluded",
      message: "nodes-a (nodes-a-0, nodes-a-1) waits for a roll: left out by rollingUpdate",
    });
    expect(stage.rolls).to.deep.equal(["--instance-group=bastions", "--instance-group=nodes-b"]);
  });

  it("is done when the excluded groups are up to date", async () => {
    const stage = new Stage({ rollingUpdate: { excludeGroups: ["nodes-a"] } }, { "nodes-a": 0, "nodes-b": 0 });
    expect(await stage.roll()).to.deep.include({ status: "True" });
    expect(stage.rolls).to.deep.equal([]);
  });

  it("asks the Kubernetes API nothing with cloudOnly, so it names no nodes", async () => {
    const stage = new Stage(
      { rollingUpdate: { cloudOnly: true, excludeRoles: ["Bastion"] } },
      { "nodes-a": 1, bastions: 1 },
    );
    expect(await stage.roll()).to.deep.include({ message: "bastions waits for a roll: left out by rollingUpdate" });
    expect(stage.commands).to.deep.equal([
      "--instance-group-roles=node,bastion --cloudonly (without API)",
      "--yes --instance-group=nodes-a --cloudonly=true (without API)",
    ]);
  });
});

describe("the moments at which a roll may be stopped", () => {
  const drain = (node: string): string => `Draining the node: "${node}".`;
  const stop = (node: string): string =>
    `Stopping instance "i-${node}", node "${node}", in group "nodes" (this may take a while).`;
  const bastion = 'Stopping instance "i-1", in group "bastions" (this may take a while).';
  const gone = "waiting for 15s after terminating instance";
  for (const [what, lines, rests] of [
    [
      "are after a node is gone, until the next is begun",
      [drain("a"), stop("a"), gone, "Cluster validated.", drain("b"), stop("b"), gone],
      [2, 6],
    ],
    ["are the same without a drain, and for bastions", [stop("a"), gone, bastion, gone], [1, 3]],
    [
      "are none where two nodes were in hand at once, for a third may be begun at any time",
      [drain("a"), drain("b"), stop("a"), gone, "Cluster validated.", drain("c"), stop("b"), gone],
      [],
    ],
    ["are not before the first node", ["Validating the cluster.", "Cluster validated."], []],
  ] as [string, string[], number[]][]) {
    it(what, () => {
      const watch = watchStopPoints();
      expect(lines.flatMap((line, index) => (watch.read(line) ? [index] : []))).to.deep.equal(rests);
    });
  }

  it("end when the next drain begins", () => {
    const watch = watchStopPoints();
    for (const line of [drain("a"), stop("a"), gone]) watch.read(line);
    expect(watch.reached()).to.equal(true);
    watch.read(drain("b"));
    expect(watch.reached()).to.equal(false);
  });
});

describe("a closed maintenance window", () => {
  it("holds the roll back, names the groups and the next window, and does not fail", async () => {
    const stage = new Stage({ rollingUpdate: { maintenanceWindows: [night] } });
    expect(await stage.roll()).to.deep.equal({
      type: "NodesUpToDate",
      status: "False",
      reason: "OutsideWindow",
      message:
        "nodes-a (nodes-a-0, nodes-a-1), nodes-b (nodes-b-0) wait for a roll: the next maintenance window is Mon " +
        "22:00 to 04:00 Australia/Sydney (begins 2026-11-23T11:00:00Z)",
    });
    expect(stage.rolls).to.deep.equal([]);
    expect(stage.said).to.have.length(1);
  });

  it("holds nothing back when no node waits", async () => {
    const stage = new Stage({ rollingUpdate: { maintenanceWindows: [night] } }, { "nodes-a": 0 });
    expect(await stage.roll()).to.deep.include({ status: "True", reason: "UpToDate" });
  });

  it("does not hold for a cluster that was never ready", async () => {
    const stage = new Stage(
      { instanceGroups: onlyNodes, rollingUpdate: { maintenanceWindows: [night] } },
      { "nodes-a": 1 },
      false,
    );
    await stage.roll({ roles: nodeRoles, condition: "NodesUpToDate" });
    expect(stage.rolls).to.deep.equal(["--instance-group=nodes-a"]);
  });

  it("stops a roll between groups when it closes, without failing it", async () => {
    const stage = new Stage({ rollingUpdate: { maintenanceWindows: [{ ...night, from: "20:00", to: "21:05" }] } });
    const finding = await stage.roll();
    expect(stage.rolls).to.deep.equal(["--instance-group=nodes-a"]);
    expect(finding).to.deep.include({ status: "False", reason: "OutsideWindow" });
    expect(finding.message).to.match(
      /^nodes-b \(nodes-b-0\) waits for a roll: the next maintenance window is Mon 20:00/,
    );
  });
});

describe("an open maintenance window", () => {
  it("lets the roll begin", async () => {
    const stage = new Stage({ instanceGroups: onlyNodes, rollingUpdate: { maintenanceWindows: [night] } });
    stage.clock += 3_600_000;
    await stage.roll();
    expect(stage.commands).to.deep.equal(["--yes --instance-group=nodes-a"]);
  });
});

describe("a budget", () => {
  it("that is used up stops before the next group, and says which nodes wait and what to do", async () => {
    const stage = new Stage({ budget: "5m" }, { "nodes-a": 1, "nodes-b": 1, bastions: 1 });
    const error = await stage.stopped();
    expect(stage.rolls).to.deep.equal(["--instance-group=bastions"]);
    expect(error.explanation).to.deep.equal({
      what: "The roll of k1.sbx.example.com stopped before instance group nodes-a",
      why: "the budget of 5m is used up after 10m00s; nodes-a (nodes-a-0), nodes-b (nodes-b-0) wait for a roll",
      next: "run `pulumi up` again: it continues",
    });
    expect(stage.findings).to.deep.equal([
      { type: "NodesUpToDate", status: "False", reason: "BudgetUsed", message: error.explanation.why },
    ]);
  });

  it(
    "that was used up before the first node allows one replacement in each run, so that every run makes " + "progress",
    async () => {
      const stage = new Stage({ budget: "5m" });
      stage.clock += 1_200_000;
      const error = await stage.stopped();
      expect(stage.replaced).to.equal(1);
      expect(error.explanation.what).to.equal(
        "The roll of k1.sbx.example.com stopped between two nodes of instance group nodes-a",
      );
      expect(error.explanation.why).to.equal(
        "the budget of 5m is used up after 20m00s; nodes-a (nodes-a-0), nodes-b (nodes-b-0) wait for a roll",
      );
    },
  );

  it("counts what this run replaced, not an earlier one", async () => {
    const stage = new Stage({ budget: "5m" }, { "nodes-a": 0, "nodes-b": 1 }, true, ["Rolled nodes-a"]);
    stage.clock += 1_200_000;
    expect(await stage.roll()).to.deep.include({ status: "True" });
    expect(stage.rolls).to.deep.equal(["--instance-group=nodes-b"]);
  });

  it("stops between two steps too, once a node was replaced", async () => {
    const stage = new Stage({ budget: "5m" });
    stage.clock += 1_200_000;
    const point: StopPoint = { before: "the nodes were applied", waits: "nodes wait", reasons: ["BudgetUsed"] };
    await stopAt(point, stage, stage.now());
    stage.progressed = true;
    await stopAt({ ...point, reasons: ["Paused"] }, stage, stage.now());
    const error = await stopAt(point, stage, stage.now()).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error)
      .to.be.instanceOf(CancelledError)
      .and.to.have.property("message")
      .that.contains("stopped before the nodes were applied.\n  the budget of 5m is used up after 20m00s; nodes wait");
    expect(stage.findings).to.have.length(1);
    expect(stage.findings[0]).to.deep.include({ status: "False", reason: "BudgetUsed" });
  });
});

describe("force", () => {
  it("replaces groups that are up to date", async () => {
    const stage = new Stage({ rollingUpdate: { force: true } }, { "nodes-a": 0, "nodes-b": 0 });
    await stage.roll();
    expect(stage.rolls).to.deep.equal([
      "--instance-group=nodes-a --force=true",
      "--instance-group=nodes-b --force=true",
    ]);
  });

  it("does not replace again what the interrupted run replaced", async () => {
    const stage = new Stage({ rollingUpdate: { force: true } }, { "nodes-a": 0, "nodes-b": 0 }, true, [
      "Rolled nodes-a",
    ]);
    await stage.roll();
    expect(stage.rolls).to.deep.equal(["--instance-group=nodes-b --force=true"]);
  });
});

describe("a pause", () => {
  const pause = { since: "2026-11-23T09:00:00Z", by: "kim@desk", reason: "sale on" };

  it("stops the roll before its first group, and says who paused and how to resume", async () => {
    const stage = new Stage({});
    await writePause(stage.context.store, stage.context.inputs.name, pause);
    const error = await stage.stopped();
    expect(stage.rolls).to.deep.equal([]);
    expect(error.explanation.why).to.equal(
      "paused by kim@desk since 2026-11-23T09:00:00Z: sale on; nodes-a (nodes-a-0, nodes-a-1), nodes-b " +
        "(nodes-b-0) wait for a roll",
    );
    expect(error.explanation.next).to.equal(
      "run `npx pilot resume s3://memory k1.sbx.example.com`, then `pulumi up`: it continues",
    );
    expect(stage.findings[0]).to.deep.include({ status: "False", reason: "Paused" });
  });

  it("stops nothing when no node waits", async () => {
    const stage = new Stage({}, { "nodes-a": 0 });
    await writePause(stage.context.store, stage.context.inputs.name, pause);
    expect(await stage.roll()).to.deep.include({ status: "True" });
  });

  it("set while a group rolls stops it before its next node, and says so", async () => {
    const stage = new Stage({ instanceGroups: onlyNodes }, { "nodes-a": 3 });
    stage.meanwhile = () => writePause(stage.context.store, stage.context.inputs.name, pause);
    const error = await stage.stopped();
    expect(stage.replaced).to.equal(1);
    expect(error.explanation.what).to.equal(
      "The roll of k1.sbx.example.com stopped between two nodes of instance group nodes-a",
    );
    expect(error.explanation.why).to.match(/; nodes-a \(nodes-a-0, nodes-a-1\) waits for a roll$/);
  });

  it("set while the last node is replaced stops nothing", async () => {
    const stage = new Stage({ instanceGroups: onlyNodes }, { "nodes-a": 1 });
    stage.meanwhile = () => writePause(stage.context.store, stage.context.inputs.name, pause);
    expect(await stage.roll()).to.deep.equal(up);
  });

  it("set while a control-plane group rolls waits until kOps has seen it back", async () => {
    const stage = new Stage({}, { "control-plane-a": 2, "control-plane-b": 1 });
    stage.meanwhile = () => writePause(stage.context.store, stage.context.inputs.name, pause);
    const error = await stage.roll({ roles: controlPlaneRoles, condition: "ControlPlaneUpToDate" }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(stage.replaced).to.equal(2);
    expect(error)
      .to.be.instanceOf(CancelledError)
      .and.to.have.property("message")
      .that.contains("stopped before instance group control-plane-b");
  });

  it("set while a forced roll is in a group stops after the group: replaced nodes look like others", async () => {
    const stage = new Stage({ rollingUpdate: { force: true } }, { "nodes-a": 3, "nodes-b": 3 });
    stage.meanwhile = () => writePause(stage.context.store, stage.context.inputs.name, pause);
    expect((await stage.stopped()).explanation.what).to.contain("before instance group nodes-b");
    expect(stage.replaced).to.equal(3);
  });
});

describe("the diff while nodes wait", () => {
  const at = "2026-11-23T10:00:00Z";
  const inside = "2026-11-23T12:00:00Z";
  for (const [what, rollingUpdate, reason, now, different] of [
    ["is empty for groups left out", { excludeGroups: ["nodes"] }, "Excluded", at, false],
    ["is a change when nothing leaves them out", {}, "Excluded", at, true],
    ["is empty outside of the maintenance windows", { maintenanceWindows: [night] }, "OutsideWindow", at, false],
    [
      "is a change inside a maintenance window: that `up` rolls",
      { maintenanceWindows: [night] },
      "OutsideWindow",
      inside,
      true,
    ],
    ["is a change after the budget was used up", {}, "BudgetUsed", at, true],
    ["is a change after a pause", {}, "Paused", at, true],
  ] as const) {
    it(what, () => {
      const options = rollingUpdate as unknown as RollingUpdateOptions;
      const desired = sampleInputs({ rollingUpdate: options });
      const ready: Finding[] = done.map((type) => ({ type, status: "True", reason: "Done", message: "" }));
      const conditions: Condition[] = updateConditions(
        [],
        [...ready, { type: "NodesUpToDate", status: "False", reason, message: "nodes waits" }],
        began,
      );
      const old = { ...desired, conditions, appliedDigest: digestOf(desiredSpec(desired)) };
      const journal: Journal = {
        version: 1,
        cluster: desired.name,
        owner: desired.owner,
        conditions,
        instanceGroups: [],
      };
      expect(isDifferent(difference(desired, old, journal, new Date(now)))).to.equal(different);
    });
  }
});

describe("a plan", () => {
  const rolls = ["control-plane-a", "nodes"].map((group) => ({ group, controlPlane: group !== "nodes", nodes: 1 }));
  for (const [what, changes, lines] of [
    ["holds nothing back when nothing says so", {}, []],
    [
      "says that manual rolls are held back",
      { rollingUpdate: { strategy: "manual" }, budget: "1h" },
      ["held back: every roll, because rollingUpdate.strategy is manual"],
    ],
    [
      "names rolls that are left out",
      { rollingUpdate: { excludeGroups: ["nodes"] } },
      ["held back: the roll of nodes, left out by rollingUpdate"],
    ],
    [
      "names the window that rolls wait for",
      { rollingUpdate: { maintenanceWindows: [night] } },
      [
        "held back: rolls begin only in a maintenance window, the next is Mon 22:00 to 04:00 Australia/Sydney " +
          "(begins 2026-11-23T11:00:00Z)",
      ],
    ],
    [
      "says where a budget stops it",
      { budget: "1h" },
      ["a run of more than 1h stops between two nodes or groups; the next one goes on"],
    ],
  ] satisfies [string, Partial<KopsClusterInputs>, string[]][]) {
    it(what, () => {
      expect(heldBackLines(sampleInputs(changes), rolls, began)).to.deep.equal(lines);
      expect(heldBackLines(sampleInputs(changes), [], began)).to.deep.equal([]);
    });
  }
});
