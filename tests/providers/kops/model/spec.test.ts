import { expect } from "chai";
import { isControlPlane } from "../../../../providers/kops/model/instance-groups.ts";
import { manifestOf, metadataIn, desiredSpec, digestOf, inShapeOf } from "../../../../providers/kops/model/spec.ts";
import { sampleInputs } from "../samples.ts";

describe("the manifest", () => {
  it("starts with the cluster and labels every group", () => {
    const text = manifestOf(desiredSpec(sampleInputs({ sshPublicKeys: ["ssh-ed25519 AAAA"] })));
    expect(text.match(/^kind: .*$/gm)).to.deep.equal([
      "kind: Cluster",
      "kind: InstanceGroup",
      "kind: InstanceGroup",
      "kind: SSHCredential",
    ]);
    expect(text.match(/kops\.k8s\.io\/cluster: k1\.sbx\.example\.com/g)).to.have.length(3);
  });

  it("keeps the live cluster's metadata under the desired name", () => {
    const text = manifestOf(desiredSpec(sampleInputs()), {
      name: "other",
      creationTimestamp: "2026-11-21T14:08:53Z",
      annotations: { team: "x" },
    });
    expect(metadataIn(text.split("---\n")[0] ?? "")).to.deep.equal({
      name: sampleInputs().name,
      creationTimestamp: "2026-11-21T14:08:53Z",
      annotations: { team: "x" },
    });
  });

  it("keeps false and zero as they are", () => {
    const text = manifestOf(
      desiredSpec(sampleInputs({ cluster: { kubernetesVersion: "1.34.3", tagSubnets: false, x: { count: 0 } } })),
    );
    expect(text).to.contain("tagSubnets: false").and.to.contain("count: 0");
  });

  it("has a digest that depends on the version of kOps but not on the order of keys", () => {
    const inputs = sampleInputs();
    const turned = { ...inputs, instanceGroups: Object.fromEntries(Object.entries(inputs.instanceGroups).reverse()) };
    expect(digestOf(desiredSpec(turned))).to.equal(digestOf(desiredSpec(inputs)));
    expect(digestOf(desiredSpec({ ...inputs, kopsVersion: "1.35.1" }))).to.not.equal(digestOf(desiredSpec(inputs)));
  });

  it("tells which groups run the API, by the old and the new name of the role", () => {
    expect(
      ["Master", "ControlPlane", "APIServer", "Node", "Bastion"].map((role) => isControlPlane({ role })),
    ).to.deep.equal([true, true, true, false, false]);
  });
});

describe("the live spec in the shape of the desired one", () => {
  it("leaves out what kOps filled in", () => {
    expect(inShapeOf({ a: 1, b: { c: 2 } }, { a: 1, b: { c: 2, filled: true }, more: [] })).to.deep.equal({
      a: 1,
      b: { c: 2 },
    });
  });
  it("shows edited and missing fields, and items added to a list", () => {
    expect(inShapeOf({ a: 1, gone: 2, list: [{ x: 1 }] }, { a: 5, list: [{ x: 1, y: 2 }, { x: 3 }] })).to.deep.equal({
      a: 5,
      list: [{ x: 1 }, { x: 3 }],
    });
  });
});
