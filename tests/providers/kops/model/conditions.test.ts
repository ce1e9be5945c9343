import { expect } from "chai";
import { isReady, updateConditions } from "../../../../providers/kops/model/conditions.ts";

const early = new Date("2026-11-21T08:00:00Z");
const late = new Date("2026-11-21T09:00:00Z");
const steps = ["SpecWritten", "CloudApplied", "ControlPlaneUpToDate", "NodesUpToDate", "Validated"] as const;

describe("conditions", () => {
  it("are unknown and not ready until they are observed", () => {
    const conditions = updateConditions([], [], early);
    expect(conditions.map(({ type, status }) => `${type} ${status}`)).to.deep.equal([
      ...steps.map((type) => `${type} Unknown`),
      "Ready False",
    ]);
  });

  it("are ready when every step is true", () => {
    expect(
      isReady(
        updateConditions(
          [],
          steps.map((type) => ({ type, status: "True", reason: "Done", message: "" })),
          early,
        ),
      ),
    ).to.equal(true);
  });

  it("keep the time of the last transition while the status stays", () => {
    const first = updateConditions(
      [],
      [{ type: "SpecWritten", status: "True", reason: "Written", message: "" }],
      early,
    );
    const second = updateConditions(
      first,
      [{ type: "SpecWritten", status: "True", reason: "Again", message: "" }],
      late,
    );
    expect(second[0]).to.deep.equal({
      type: "SpecWritten",
      status: "True",
      reason: "Again",
      message: "",
      lastTransitionTime: early.toISOString(),
    });
  });

  it("update the time of the last transition when the status changes", () => {
    const first = updateConditions(
      [],
      [{ type: "SpecWritten", status: "True", reason: "Written", message: "" }],
      early,
    );
    const second = updateConditions(
      first,
      [{ type: "SpecWritten", status: "False", reason: "Edited", message: "by hand" }],
      late,
    );
    expect(second[0]?.lastTransitionTime).to.equal(late.toISOString());
  });

  it("take the reason of Ready from the first that is not true", () => {
    const done = steps.map((type) => ({ type, status: "True" as const, reason: "Done", message: "" }));
    const conditions = updateConditions(
      updateConditions([], done, early),
      [{ type: "NodesUpToDate", status: "False", reason: "Rolling", message: "nodes 2/6" }],
      late,
    );
    expect(conditions.at(-1)).to.deep.include({
      type: "Ready",
      status: "False",
      reason: "Rolling",
      message: "nodes 2/6",
    });
  });
});
