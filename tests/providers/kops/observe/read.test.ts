import { expect } from "chai";
import { updateConditions } from "../../../../providers/kops/model/conditions.ts";
import { unfinishedDeletion, isHalfWritten, editedPaths } from "../../../../providers/kops/observe/read.ts";
import { sampleInputs } from "../samples.ts";

const at = "2026-11-28T08:00:00.000Z";
const conditions = updateConditions(
  [],
  [{ type: "CloudApplied", status: "False", reason: "Deleting", message: "" }],
  new Date(at),
);
const operation = (verb: "update" | "delete") => ({
  id: "1",
  verb,
  digest: "",
  begun: at,
  steps: [{ name: "Deleted", begun: at, ended: at }],
});

describe("manifests in the state store", () => {
  const steps = (...names: string[]) => ({
    operation: {
      id: "1",
      verb: "create" as const,
      digest: "",
      begun: at,
      steps: names.map((name, index) => ({ name, begun: at, ...(index < names.length - 1 && { ended: at }) })),
    },
  });

  it("are half written only when an operation was killed while it wrote them or put them back", () => {
    expect(isHalfWritten(steps("SpecWritten"))).to.equal(true);
    expect(isHalfWritten(steps("Archived", "ManifestsPutBack"))).to.equal(true);
    expect(isHalfWritten(steps("SpecWritten", "CloudApplied"))).to.equal(false);
    expect(isHalfWritten(steps("ManifestsPutBack", "Deleted"))).to.equal(false);
    expect(isHalfWritten({})).to.equal(false);
    expect(isHalfWritten(undefined)).to.equal(false);
  });

  it("count as edited when somebody wrote one since, not when one is gone or new", () => {
    const ours = { "k1/config": "1", "k1/instancegroup/nodes": "2", "k1/instancegroup/gone": "3" };
    expect(
      editedPaths("k1", ours, { "k1/config": "1", "k1/instancegroup/nodes": "2", "k1/instancegroup/gone": "3" }),
    ).to.deep.equal([]);
    expect(
      editedPaths("k1", ours, { "k1/config": "9", "k1/instancegroup/nodes": "9", "k1/instancegroup/new": "4" }),
    ).to.deep.equal(["cluster", "instanceGroups.nodes"]);
    expect(editedPaths("k1", {}, { "k1/config": "1" })).to.deep.equal([]);
  });
});

describe("a refresh of a cluster of which kOps has nothing any more", () => {
  const inputs = sampleInputs();
  const outputs = { conditions: updateConditions([], [], new Date(at)), revision: 3 };

  it("finds it while its deletion has not ended, so that Pulumi continues the deletion", () => {
    expect(
      unfinishedDeletion(inputs, outputs, { owner: inputs.owner, operation: operation("delete"), conditions }),
    ).to.deep.equal({ inputs, outputs: { ...outputs, conditions } });
  });

  it("finds it gone when nothing is open, when what is open is no deletion, and when somebody else deletes it", () => {
    expect(unfinishedDeletion(inputs, outputs, undefined)).to.equal(undefined);
    expect(unfinishedDeletion(inputs, outputs, { owner: inputs.owner, conditions })).to.equal(undefined);
    expect(
      unfinishedDeletion(inputs, outputs, { owner: inputs.owner, operation: operation("update"), conditions }),
    ).to.equal(undefined);
    expect(
      unfinishedDeletion(inputs, outputs, { owner: "somebody/else", operation: operation("delete"), conditions }),
    ).to.equal(undefined);
  });
});
