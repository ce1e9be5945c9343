import { expect } from "chai";
import { updateConditions } from "../../../providers/kops/conditions.ts";
import type { Condition, Finding } from "../../../providers/kops/conditions.ts";
import { difference, inputsIn, isDifferent } from "../../../providers/kops/diff.ts";
import type { Journal } from "../../../providers/kops/journal.ts";
import { desiredSpec, digestOf } from "../../../providers/kops/spec.ts";
import { sampleInputs } from "./samples.ts";

const at = new Date("2026-11-21T08:00:00Z");
const good: Finding[] = (["SpecWritten", "CloudApplied", "ControlPlaneUpToDate", "NodesUpToDate", "Validated"] as const).map((type) => ({ type, status: "True", reason: "Done", message: "" }));
const ready: Condition[] = updateConditions([], good, at);

function journal(changes: Partial<Journal> = {}): Journal {
  const inputs = sampleInputs();
  return { version: 1, cluster: inputs.name, owner: inputs.owner, conditions: ready, instanceGroups: [], ...changes };
}

function state(changes: object = {}): ReturnType<typeof sampleInputs> & { conditions: Condition[]; appliedDigest: string } {
  const inputs = sampleInputs();
  return { ...inputs, conditions: ready, appliedDigest: digestOf(desiredSpec(inputs)), ...changes };
}

describe("the diff of a cluster", () => {
  it("is empty when inputs, last applied spec, conditions and journal all agree", () => {
    expect(isDifferent(difference(sampleInputs(), state(), journal()))).to.equal(false);
  });

  it("is empty when only the order of keys differs", () => {
    const { cluster } = sampleInputs();
    const turned = Object.fromEntries(Object.entries(cluster).reverse());
    expect(isDifferent(difference(sampleInputs({ cluster: turned }), state(), journal()))).to.equal(false);
  });

  it("sees a false that was true", () => {
    const wanted = sampleInputs({ cluster: { ...sampleInputs().cluster, kubelet: { anonymousAuth: true } } });
    expect(difference(wanted, state(), journal())).to.deep.include({ inputs: ["cluster"], spec: true });
  });

  it("sees an option of the roll, without another spec", () => {
    const found = difference(sampleInputs({ rollingUpdate: { nodeInterval: "1m" } }), state(), journal());
    expect(found).to.deep.include({ inputs: ["rollingUpdate"], spec: false });
  });

  it("is a change while the journal has an unfinished operation, also when the change itself was reverted and a refresh cleared the error", () => {
    const operation = { id: "1", verb: "update" as const, digest: "other", begun: at.toISOString(), steps: [{ name: "NodesRolled", begun: at.toISOString() }] };
    const found = difference(sampleInputs(), state(), journal({ operation }));
    expect(found).to.deep.include({ inputs: [], spec: false });
    expect(found.open).to.deep.equal(["update begun 2026-11-21T08:00:00.000Z stopped at NodesRolled"]);
  });

  it("is a change when the cluster was brought to another spec than Pulumi's state says: by a run killed after its work, or from another machine", () => {
    const applied = { digest: "other", kopsVersion: "1.35.0", revision: 7, at: at.toISOString() };
    expect(difference(sampleInputs(), state(), journal({ applied })).open).to.deep.equal([
      "the cluster was brought to another spec at 2026-11-21T08:00:00.000Z (revision 7), which Pulumi's state does not know of",
    ]);
  });

  it("is a change while a condition is not true, and names it", () => {
    const drifted = updateConditions(ready, [{ type: "CloudApplied", status: "False", reason: "Drifted", message: "modify 1" }], at);
    expect(difference(sampleInputs(), state({ conditions: drifted }), journal()).open).to.deep.equal(["CloudApplied is False: Drifted modify 1"]);
  });

  it("is empty while nodes wait by choice", () => {
    const wanted = sampleInputs({ rollingUpdate: { strategy: "manual" } });
    const waiting = updateConditions(ready, [{ type: "NodesUpToDate", status: "False", reason: "ManualStrategy", message: "" }], at);
    const old = state({ conditions: waiting, rollingUpdate: { strategy: "manual" } });
    expect(isDifferent(difference(wanted, old, journal({ conditions: waiting })))).to.equal(false);
  });

  it("is a change when the cluster was never brought to any spec", () => {
    expect(isDifferent(difference(sampleInputs(), sampleInputs(), undefined))).to.equal(true);
  });
});

describe("a state", () => {
  it("gives back its inputs and nothing of its outputs", () => {
    expect(inputsIn({ ...state(), endpoint: "https://api.k1" })).to.deep.equal(sampleInputs());
  });
});
