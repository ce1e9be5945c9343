import { expect } from "chai";
import type { Journal } from "../../../../providers/kops/store/journal.ts";
import { isInUse, isReleasable, lifecycleOf, lifecycleText } from "../../../../providers/kops/store/lifecycle.ts";
import type { Lifecycle } from "../../../../providers/kops/store/lifecycle.ts";
import { applied, journalOf, operationOf } from "../journals.ts";

const written = { digest: "d", etags: {} };

const cases: [string, Partial<Journal>, Lifecycle, boolean][] = [
  [
    "a create that was killed",
    { origin: "made", operation: operationOf("create", "SpecWritten", "CloudApplied") },
    "begun",
    false,
  ],
  [
    "a create that an update went on with",
    { origin: "made", operation: operationOf("update", "SpecWritten", "CloudApplied") },
    "begun",
    false,
  ],
  ["a cluster that is up", { origin: "made", applied }, "living", false],
  [
    "a change of it that was killed",
    { origin: "made", applied, operation: operationOf("update", "SpecWritten") },
    "living",
    false,
  ],
  ["a cluster that an older program made", { applied }, "living", false],
  [
    "an adopted cluster",
    { origin: "adopted", applied, operation: operationOf("update", "SpecWritten") },
    "living",
    false,
  ],
  [
    "an adoption that wrote nothing but its journal",
    { origin: "adopted", written, operation: operationOf("create", "Adopted", "Validated") },
    "adopting",
    true,
  ],
  ["an adoption that had not begun a step", { origin: "adopted", operation: operationOf("create") }, "adopting", true],
  [
    "an adoption that notes tags of subnets, and may tag them",
    { origin: "adopted", operation: operationOf("create", "SubnetTagsNoted") },
    "adopting",
    false,
  ],
  [
    "an adoption that changes the cluster",
    { origin: "adopted", written, operation: operationOf("create", "SpecWritten", "CloudApplied") },
    "adopting",
    false,
  ],
  ["an adoption by an older program", { operation: operationOf("create", "Adopted", "Validated") }, "adopting", true],
  [
    "a create or an adoption by an older program",
    { operation: operationOf("create", "SpecWritten") },
    "unclear",
    false,
  ],
  ["a deletion before its archive", { applied, operation: operationOf("delete", "Archived") }, "deleting", false],
  ["a deletion that kOps has begun", { deletion: { begun: "2026-11-23T09:00:00Z" } }, "deleting", false],
  [
    "a deletion of an adopted cluster",
    {
      origin: "adopted",
      deletion: { begun: "2026-11-23T09:00:00Z" },
      operation: operationOf("delete", "Archived", "Deleted"),
    },
    "deleting",
    false,
  ],
];

describe("the lifecycle of a cluster, by its journal", () => {
  for (const [what, changes, lifecycle] of cases)
    it(`tells that ${what} is ${lifecycle === "begun" ? "not " : ""}in use`, () => {
      expect(isInUse(journalOf(changes))).to.equal(lifecycle !== "begun");
    });

  for (const [what, changes, standing, releasable] of cases) {
    it(`of ${what} is ${standing}${releasable ? ", and can be released" : ""}`, () => {
      const journal = journalOf(changes);
      expect([lifecycleOf(journal), isReleasable(journal)]).to.deep.equal([standing, releasable]);
    });
  }

  it("is printed with the step that the last run reached", () => {
    expect(
      lifecycleText(journalOf({ origin: "made", operation: operationOf("create", "SpecWritten", "CloudApplied") })),
    ).to.equal("a create that has not ended: create begun 2026-11-23T09:00:00Z stopped at CloudApplied");
    expect(lifecycleText(journalOf({ applied }))).to.equal("a cluster that was brought up, last 2026-11-22T09:00:00Z");
    expect(lifecycleText(journalOf({ applied, operation: operationOf("update", "NodesRolled") }))).to.contain(
      "; the last run did not end: update begun 2026-11-23T09:00:00Z stopped at NodesRolled",
    );
    expect(lifecycleText(journalOf({ deletion: { begun: "2026-11-23T09:00:00Z" } }))).to.contain(
      "delete begun 2026-11-23T09:00:00Z",
    );
  });
});
