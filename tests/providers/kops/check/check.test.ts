import { expect } from "chai";
import fc from "fast-check";
import { checkInputs } from "../../../../providers/kops/rules/check-inputs.ts";
import { referencesOf } from "../../../../providers/kops/rules/lookups/references.ts";
import { unknownPaths, unknownValue } from "../../../../providers/kops/model/unknown.ts";
import { authority } from "../authorities.ts";
import { sampleInputs } from "../samples.ts";
import { sshKeys } from "../../../ssh-keys.ts";

type Path = readonly (string | number)[];

/** Paths of all values that are no mapping and no list, and of those, too: a whole part may be unknown. */
function leavesOf(value: unknown, path: Path = []): Path[] {
  const here = path.length > 0 ? [path] : [];
  if (value === null || typeof value !== "object") return here;
  const entries = Array.isArray(value)
    ? value.map((one: unknown, index) => [index, one] as const)
    : Object.entries(value);
  return [...here, ...entries.flatMap(([key, one]) => leavesOf(one, [...path, key]))];
}

/** The value with what is at a path not known. */
function replaced(value: unknown, [key, ...rest]: Path): unknown {
  if (key === undefined) return unknownValue;
  if (value === null || typeof value !== "object") return value;
  const part: unknown = replaced((value as Record<string | number, unknown>)[key], rest);
  return Array.isArray(value)
    ? value.map((one: unknown, index) => (index === key ? part : one))
    : { ...value, [key]: part };
}

const given = (changes: object = {}): Record<string, unknown> => ({ ...sampleInputs(), ...changes });

describe("the check of a cluster's inputs", () => {
  it("finds nothing wrong with good inputs", () => {
    expect(checkInputs(given())).to.deep.equal([]);
  });

  it("names all problems at once, each with its property", () => {
    const failures = checkInputs(
      given({
        name: "K1",
        stateStore: "bucket",
        kopsVersion: "v1.35.0",
        rollingUpdate: { nodeInterval: "15", color: "red" },
      }),
    );
    expect(failures.map(({ property }) => property)).to.include.members([
      "name",
      "stateStore",
      "kopsVersion",
      "rollingUpdate.nodeInterval",
      "rollingUpdate",
    ]);
  });

  it("tolerates unknown values everywhere", () => {
    const cluster = { ...sampleInputs().cluster, networkID: unknownValue };
    expect(checkInputs(given({ stateStore: unknownValue, cluster }))).to.deep.equal([]);
    expect(checkInputs(given({ instanceGroups: unknownValue }))).to.deep.equal([]);
  });

  it("reports nothing about any unknown value, and does not fail on it", () => {
    const everything = given({
      sshPublicKeys: [sshKeys.a.text],
      rollingUpdate: {
        nodeInterval: "15s",
        includeGroups: ["nodes"],
        maintenanceWindows: [{ days: ["Mon"], from: "01:00", to: "03:00", timezone: "UTC" }],
      },
      validation: { timeout: "5m" },
      timeouts: { create: "1h" },
      secrets: {
        dockerConfig: "{}",
        encryptionConfig: "a: b",
        ciliumPassword: "keys: 3 x",
        certificateAuthority: authority,
      },
      deletionProtection: true,
      deletion: { retain: "1h" },
      profile: "sandbox",
      assumeRole: { roleArn: "arn:aws:iam::123456789012:role/pilot", duration: "1h" },
      budget: "1h",
      adopt: false,
      allow: ["networking"],
      allowDowngrade: false,
      featureFlags: ["APIServerNodes", "-UseAddonOperators"],
      cluster: {
        ...sampleInputs().cluster,
        encryptionConfig: true,
        networkID: "vpc-1",
        subnets: [{ name: "a", zone: "ap-southeast-2a", id: "subnet-1" }],
        etcdClusters: [{ name: "main", etcdMembers: [{ name: "a", instanceGroup: "control-plane-a" }] }],
      },
    });
    expect(checkInputs(everything)).to.deep.equal([]);
    const paths = leavesOf(everything);
    fc.assert(
      fc.property(fc.subarray(paths, { minLength: 1, maxLength: 4 }), fc.boolean(), (chosen, isNew) => {
        const unknown = chosen.reduce<unknown>((value, path) => replaced(value, path), everything) as Record<
          string,
          unknown
        >;
        expect(checkInputs(unknown, isNew ? undefined : everything)).to.deep.equal([]);
        expect(unknownPaths(unknown)).to.have.length.within(1, chosen.length);
        expect(referencesOf(unknown).map(({ id }) => id)).not.to.include(unknownValue);
      }),
      { numRuns: 100 },
    );
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
    ["two SSH keys", { sshPublicKeys: [sshKeys.a.text, sshKeys.b.text] }, "sshPublicKeys"],
    ["what is no SSH key", { sshPublicKeys: ["ssh-ed25519 A"] }, "sshPublicKeys[0]"],
    [
      "a group name that is no DNS label",
      { instanceGroups: { Nodes_A: { role: "ControlPlane" } } },
      "instanceGroups.Nodes_A",
    ],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(checkInputs(given(changes)).map((failure) => failure.property)).to.include(property);
    });
  }
});
