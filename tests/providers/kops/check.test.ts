import { expect } from "chai";
import { checkInputs } from "../../../providers/kops/check.ts";
import { unknownValue } from "../../../providers/kops/unknown.ts";
import { sampleInputs } from "./samples.ts";

const given = (changes: object = {}): Record<string, unknown> => ({ ...sampleInputs(), ...changes });

describe("the check of a cluster's inputs", () => {
  it("finds nothing wrong with good inputs", () => {
    expect(checkInputs(given())).to.deep.equal([]);
  });

  it("names all problems at once, each with its property", () => {
    const failures = checkInputs(given({ name: "K1", stateStore: "bucket", kopsVersion: "v1.35.0", rollingUpdate: { nodeInterval: "15", color: "red" } }));
    expect(failures.map(({ property }) => property)).to.include.members(["name", "stateStore", "kopsVersion", "rollingUpdate.nodeInterval", "rollingUpdate"]);
  });

  it("tolerates values that are not known yet, wherever they stand", () => {
    const cluster = { ...sampleInputs().cluster, networkID: unknownValue };
    expect(checkInputs(given({ stateStore: unknownValue, cluster }))).to.deep.equal([]);
    expect(checkInputs(given({ instanceGroups: unknownValue }))).to.deep.equal([]);
  });

  for (const property of ["name", "stateStore"] as const) {
    it(`refuses another ${property}: no live cluster is replaced by a diff`, () => {
      const old = given({ [property]: property === "name" ? "k0.sbx.example.com" : "s3://another" });
      expect(checkInputs(given(), old)).to.have.length(1);
      expect(checkInputs(given(), old)[0]).to.deep.include({ property });
    });
  }

  for (const [what, changes, property] of [
    ["a kOps that is too old", { kopsVersion: "1.29.2" }, "kopsVersion"],
    ["a cluster without control plane", { instanceGroups: { nodes: { role: "Node" } } }, "instanceGroups"],
    ["a cluster without Kubernetes version", { cluster: {} }, "cluster.kubernetesVersion"],
    ["two SSH keys", { sshPublicKeys: ["ssh-ed25519 A", "ssh-ed25519 B"] }, "sshPublicKeys"],
    ["a group name that is no DNS label", { instanceGroups: { Nodes_A: { role: "ControlPlane" } } }, "instanceGroups.Nodes_A"],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(checkInputs(given(changes)).map((failure) => failure.property)).to.include(property);
    });
  }
});
