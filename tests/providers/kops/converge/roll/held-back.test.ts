import { expect } from "chai";
import { updateConditions } from "../../../../../providers/kops/model/conditions.ts";
import type { Condition, Finding } from "../../../../../providers/kops/model/conditions.ts";
import { difference, isDifferent } from "../../../../../providers/kops/plan/diff.ts";
import { heldBackLines } from "../../../../../providers/kops/plan/document/held-back.ts";
import type { KopsClusterInputs, RollingUpdateOptions } from "../../../../../providers/kops/model/inputs.ts";
import type { Journal } from "../../../../../providers/kops/store/journal.ts";
import { desiredSpec, digestOf } from "../../../../../providers/kops/model/spec.ts";
import { sampleInputs } from "../../samples.ts";
import { began, night } from "./roll-stage.ts";

const done = ["SpecWritten", "CloudApplied", "ControlPlaneUpToDate", "NodesUpToDate", "Validated"] as const;

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
