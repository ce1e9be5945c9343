import { expect } from "chai";
import { desiredSpec, digestOf } from "../../../../providers/kops/model/spec.ts";
import { observedSpec, writtenSpec } from "../../../../providers/kops/observe/read.ts";
import { sampleInputs } from "../samples.ts";

describe("the manifests that a refresh compares with", () => {
  const inputs = sampleInputs();
  const journal = {
    written: { digest: digestOf(desiredSpec(inputs)), etags: { a: "1" } },
    lastApplied: { kopsVersion: inputs.kopsVersion, cluster: inputs.cluster, instanceGroups: inputs.instanceGroups },
  };

  it("are those written from the state's inputs, even if an earlier refresh put drift into the inputs", () => {
    expect(writtenSpec(inputs, journal)).to.deep.equal({ desired: inputs, etags: { a: "1" } });
    expect(writtenSpec({ ...inputs, instanceGroups: {} }, journal)).to.deep.equal({
      desired: inputs,
      etags: { a: "1" },
    });
  });
  it("are unknown when they were written from other inputs", () => {
    const other = { ...inputs, cluster: { other: true } };
    expect(writtenSpec(other, { written: journal.written })).to.deep.equal({ desired: other, etags: {} });
    expect(writtenSpec(other, undefined)).to.deep.equal({ desired: other, etags: {} });
  });
  it("name the control plane's role as the inputs do, whatever name kOps stores", () => {
    expect(observedSpec({ role: "ControlPlane", maxSize: 1 }, { role: "Master", maxSize: 3 }, false)).to.deep.equal({
      role: "ControlPlane",
      maxSize: 3,
    });
    expect(observedSpec({ role: "ControlPlane" }, { role: "Node" }, false)).to.deep.equal({ role: "Node" });
  });
});
