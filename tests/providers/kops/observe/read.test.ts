import { expect } from "chai";
import { updateConditions } from "../../../../providers/kops/conditions.ts";
import { halfDeleted, isHalfWritten } from "../../../../providers/kops/observe/read.ts";
import { sampleInputs } from "../samples.ts";

const at = "2026-11-28T08:00:00.000Z";
const conditions = updateConditions([], [{ type: "CloudApplied", status: "False", reason: "Deleting", message: "" }], new Date(at));
const operation = (verb: "update" | "delete") => ({ id: "1", verb, digest: "", begun: at, steps: [{ name: "Deleted", begun: at, ended: at }] });

describe("manifests in the state store", () => {
  const steps = (...names: string[]) => ({ operation: { id: "1", verb: "create" as const, digest: "", begun: at, steps: names.map((name, index) => ({ name, begun: at, ...(index < names.length - 1 && { ended: at }) })) } });

  it("are half written when an operation was struck at that, and at no other step", () => {
    expect(isHalfWritten(steps("SpecWritten"))).to.equal(true);
    expect(isHalfWritten(steps("SpecWritten", "CloudApplied"))).to.equal(false);
    expect(isHalfWritten({})).to.equal(false);
    expect(isHalfWritten(undefined)).to.equal(false);
  });
});

describe("a refresh of a cluster of which kOps has nothing any more", () => {
  const inputs = sampleInputs();
  const outputs = { conditions: updateConditions([], [], new Date(at)), revision: 3 };

  it("finds it there while its deletion has not ended, so that Pulumi goes on to have it deleted", () => {
    expect(halfDeleted(inputs, outputs, { owner: inputs.owner, operation: operation("delete"), conditions })).to.deep.equal({ inputs, outputs: { ...outputs, conditions } });
  });

  it("finds it gone when nothing is open, when what is open is no deletion, and when somebody else deletes it", () => {
    expect(halfDeleted(inputs, outputs, undefined)).to.equal(undefined);
    expect(halfDeleted(inputs, outputs, { owner: inputs.owner, conditions })).to.equal(undefined);
    expect(halfDeleted(inputs, outputs, { owner: inputs.owner, operation: operation("update"), conditions })).to.equal(undefined);
    expect(halfDeleted(inputs, outputs, { owner: "somebody/else", operation: operation("delete"), conditions })).to.equal(undefined);
  });
});
