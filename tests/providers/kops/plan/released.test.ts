import { expect } from "chai";
import { updateConditions } from "../../../../providers/kops/model/conditions.ts";
import type { Finding } from "../../../../providers/kops/model/conditions.ts";
import type { RollingUpdateOptions } from "../../../../providers/kops/model/inputs.ts";
import { difference, isDifferent, isMetadataOnly } from "../../../../providers/kops/plan/diff.ts";
import { documentOf } from "../../../../providers/kops/plan/document/plan-document.ts";
import { desiredSpec, digestOf } from "../../../../providers/kops/model/spec.ts";
import type { Journal } from "../../../../providers/kops/store/journal.ts";
import { sampleInputs } from "../samples.ts";
import { documentLines } from "../../../../providers/kops/plan/print/plan-block.ts";

const at = new Date("2026-11-25T08:00:00Z");
const shut: RollingUpdateOptions = {
  maintenanceWindows: [{ days: ["Fri"], from: "12:00", to: "13:00", timezone: "Etc/UTC" }],
};
const open: RollingUpdateOptions = {
  maintenanceWindows: [{ days: ["Wed"], from: "00:00", to: "24:00", timezone: "Etc/UTC" }],
};
const types = ["SpecWritten", "CloudApplied", "ControlPlaneUpToDate", "NodesUpToDate", "Validated"] as const;
const empty = { create: [], modify: [], remove: [], prune: [], rolls: [], leaves: [] };

describe("a plan that releases held-back nodes", () => {
  const cases: [string, string, RollingUpdateOptions, RollingUpdateOptions, string | undefined][] = [
    ["a window that is taken out", "OutsideWindow", shut, {}, undefined],
    ["a window that is open now", "OutsideWindow", shut, open, undefined],
    [
      "a window that is still shut, with another interval",
      "OutsideWindow",
      shut,
      { ...shut, nodeInterval: "1m" },
      "held back: rolls begin only in a maintenance window",
    ],
    ["manual that becomes automatic", "ManualStrategy", { strategy: "manual" }, {}, undefined],
    [
      "manual that stays, with another interval",
      "ManualStrategy",
      { strategy: "manual" },
      { strategy: "manual", nodeInterval: "1m" },
      "held back: every roll",
    ],
    ["a group that is left out no more", "Excluded", { excludeGroups: ["nodes"] }, {}, undefined],
    [
      "a group that is named at last",
      "Excluded",
      { includeRoles: ["ControlPlane"] },
      { includeGroups: ["nodes"] },
      undefined,
    ],
    ["a pause that has ended", "Paused", {}, { nodeInterval: "1m" }, undefined],
    ["a budget that was used up", "BudgetUsed", {}, { nodeInterval: "1m" }, undefined],
  ];
  for (const [what, reason, before, after, held] of cases) {
    it(`names them, and never is one of nothing but metadata: ${what}`, () => {
      const [was, desired] = [sampleInputs({ rollingUpdate: before }), sampleInputs({ rollingUpdate: after })];
      const digest = digestOf(desiredSpec(desired));
      const conditions = updateConditions(
        [],
        types.map((type): Finding => ({
          type,
          ...(type === "NodesUpToDate" ? { status: "False", reason } : { status: "True", reason: "Done" }),
          message: "",
        })),
        at,
      );
      const { name: cluster, owner, kopsVersion } = desired;
      const journal: Journal = {
        version: 1,
        cluster,
        owner,
        conditions,
        instanceGroups: [],
        applied: { digest, kopsVersion, revision: 1, at: at.toISOString() },
      };
      const found = difference(desired, { ...was, conditions, appliedDigest: digest }, journal, at);
      expect([isDifferent(found), isMetadataOnly(found, desired, journal)]).to.deep.equal([true, false]);
      const lines = documentLines(
        documentOf({
          inputs: desired,
          old: was,
          difference: found,
          plan: empty,
          sizes: { nodes: { desired: 3, outdated: 3 } },
          api: undefined,
          now: at,
        }),
      );
      expect(lines.join("\n"))
        .to.contain("roll 1. nodes: 3 nodes, waiting since an earlier update")
        .and.to.not.contain("no node rolls");
      expect(lines.find((line) => line.startsWith("held back"))?.slice(0, held?.length)).to.equal(held);
    });
  }
});

describe("nodes that waited for a window and were rolled by a command since", () => {
  const conditionsWith = (reason: string, status: "True" | "False") =>
    updateConditions(
      [],
      types.map((type): Finding => ({
        ...{ type, message: "" },
        ...(type === "NodesUpToDate" ? { status, reason } : { status: "True", reason: "Done" }),
      })),
      at,
    );
  for (const [what, reason, journalSays, changes, different] of [
    ["are no change", "OutsideWindow", "True", {}, false],
    ["are a change while the journal has them waiting, too", "OutsideWindow", "False", {}, true],
    ["are a change of another reason", "NeedsUpdate", "True", {}, true],
    ["are a change after another spec was applied", "OutsideWindow", "True", { digest: "other" }, true],
  ] as const)
    it(what, () => {
      const desired = sampleInputs({ rollingUpdate: open });
      const { name: cluster, owner, kopsVersion } = desired;
      const appliedDigest = digestOf(desiredSpec(desired));
      const journal: Journal = {
        ...{ version: 1, cluster, owner, instanceGroups: [] },
        conditions: conditionsWith("OutsideWindow", journalSays),
        applied: { digest: appliedDigest, kopsVersion, revision: 1, at: at.toISOString(), ...changes },
      };
      const old = { ...desired, conditions: conditionsWith(reason, "False"), appliedDigest };
      expect(isDifferent(difference(desired, old, journal, at))).to.equal(different);
    });
});
