import { expect } from "chai";
import { updateConditions } from "../../../../providers/kops/model/conditions.ts";
import type { ConditionType } from "../../../../providers/kops/model/conditions.ts";
import type { Journal } from "../../../../providers/kops/store/journal.ts";
import { areAsWritten, stillDone } from "../../../../providers/kops/store/resume.ts";

const at = "2026-11-21T10:00:00.000Z";

/** A step that ended, or with a `?` one that did not. */
function steps(...names: string[]): NonNullable<Journal["operation"]>["steps"] {
  return names.map((name) =>
    name.endsWith("?") ? { name: name.slice(0, -1), begun: at } : { name, begun: at, ended: at },
  );
}

function journal(
  verb: "create" | "update" | "delete",
  names: string[],
  conditions: Partial<Record<ConditionType, "True" | "False">> = {},
): Journal {
  const findings = Object.entries(conditions).map(([type, status]) => ({
    type: type as ConditionType,
    status,
    reason: "Said",
    message: "",
  }));
  return {
    version: 1,
    cluster: "k1",
    owner: "me",
    conditions: updateConditions([], findings, new Date(at)),
    instanceGroups: [],
    written: {
      digest: "spec",
      etags: { "k1/config": "1", "k1/instancegroup/nodes": "2", "k1/instancegroup/old": "3" },
    },
    operation: { id: "1", verb, digest: "spec", begun: at, steps: steps(...names) },
  };
}

describe("the steps that a resumed operation can skip", () => {
  const upTo = ["SpecWritten", "ControlPlaneApplied", "ControlPlaneRolled", "CloudApplied"];
  const rolled = { ControlPlaneUpToDate: "True" } as const;
  const update = { verb: "update", digest: "spec" } as const;

  const table: [string, Journal | undefined, Parameters<typeof stillDone>[1], boolean, string[]][] = [
    ["none when nothing was interrupted", undefined, update, true, []],
    ["all that ended", journal("update", [...upTo, "NodesRolled?"], rolled), update, true, upTo],
    [
      "those of a create that an update continues",
      journal("create", ["SpecWritten", "CloudApplied?"]),
      update,
      true,
      ["SpecWritten"],
    ],
    [
      "none when another spec is desired now",
      journal("update", [...upTo, "NodesRolled?"], rolled),
      { verb: "update", digest: "other" },
      true,
      [],
    ],
    [
      "none when somebody else wrote manifests",
      journal("update", [...upTo, "NodesRolled?"], rolled),
      update,
      false,
      [],
    ],
    [
      "none from a held-back roll on",
      journal("update", [...upTo, "NodesRolled?"], { ControlPlaneUpToDate: "False" }),
      update,
      true,
      ["SpecWritten", "ControlPlaneApplied"],
    ],
    [
      "rolls of groups within a roll that did not end",
      journal("update", [...upTo, "NodesRolled?", "Rolled nodes", "Rolled old?"], rolled),
      update,
      true,
      [...upTo, "Rolled nodes"],
    ],
    [
      "those of a delete that continues",
      journal("delete", ["Archived", "Deleted?"]),
      { verb: "delete", digest: "spec" },
      false,
      ["Archived"],
    ],
    [
      "not a delete that ended while the cluster still exists",
      journal("delete", ["Archived", "Deleted"]),
      { verb: "delete", digest: "spec" },
      false,
      ["Archived"],
    ],
    [
      "none when a half-deleted cluster is desired again",
      journal("delete", ["Archived", "Deleted?"]),
      update,
      true,
      [],
    ],
    [
      "none when a half-created cluster is deleted",
      journal("create", ["SpecWritten", "CloudApplied?"]),
      { verb: "delete", digest: "spec" },
      true,
      [],
    ],
  ];
  for (const [what, known, desired, asWritten, done] of table) {
    it(what, () => {
      expect(stillDone(known, desired, asWritten, true).map(({ name }) => name)).to.deep.equal(done);
    });
  }

  const manifests: [string, Record<string, string>, boolean][] = [
    ["as written", { "k1/config": "1", "k1/instancegroup/nodes": "2", "k1/instancegroup/old": "3" }, true],
    ["a removed group is gone", { "k1/config": "1", "k1/instancegroup/nodes": "2" }, true],
    ["a desired group is gone", { "k1/config": "1", "k1/instancegroup/old": "3" }, false],
    ["one was edited", { "k1/config": "9", "k1/instancegroup/nodes": "2", "k1/instancegroup/old": "3" }, false],
    [
      "one was added",
      { "k1/config": "1", "k1/instancegroup/nodes": "2", "k1/instancegroup/old": "3", "k1/instancegroup/new": "1" },
      false,
    ],
  ];
  for (const [what, now, expected] of manifests) {
    it(`compare manifests: ${what}`, () => {
      expect(areAsWritten(journal("update", []), now, ["nodes"])).to.equal(expected);
    });
  }
});
