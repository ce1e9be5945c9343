import { expect } from "chai";
import { CancelledError } from "../../../../../providers/kops/model/errors.ts";
import { writePause } from "../../../../../providers/kops/store/pause.ts";
import { watchStopPoints } from "../../../../../providers/kops/kops-cli/output/roll-nodes.ts";
import { controlPlaneRoles, nodeRoles } from "../../../../../providers/kops/model/instance-groups.ts";
import { stopAt } from "../../../../../providers/kops/operation/stops.ts";
import type { StopPoint } from "../../../../../providers/kops/operation/stops.ts";
import { night, up, onlyNodes, Stage } from "./roll-stage.ts";

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

  it("holds for a cluster that others made and use, although no operation of this program has succeeded yet", async () => {
    const stage = new Stage({ rollingUpdate: { maintenanceWindows: [night] } }, { "nodes-a": 1 }, false);
    stage.journal.origin = "adopted";
    expect(await stage.roll()).to.deep.include({ status: "False", reason: "OutsideWindow" });
    expect(stage.rolls).to.deep.equal([]);
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
