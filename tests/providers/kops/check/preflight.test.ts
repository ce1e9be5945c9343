import { expect } from "chai";
import { emptyPart } from "../../../../providers/kops/rules/discovery.ts";
import { refusalsOf } from "../../../../providers/kops/rules/refusals.ts";
import { refusedByObserved } from "../../../../providers/kops/check/preflight.ts";
import type { KopsClusterInputs } from "../../../../providers/kops/index.ts";
import { manifestOf, desiredSpec } from "../../../../providers/kops/model/spec.ts";
import { kopsKeysOf } from "../../../../providers/kops/store/keys.ts";
import { memoryStore } from "../memory-store.ts";
import { sampleInputs } from "../samples.ts";
import type { Failure } from "../../../../providers/kops/model/hidden-inputs.ts";

/** The findings on inputs where a store holds the manifests of another program's cluster. */
async function found(inputs: KopsClusterInputs, living: KopsClusterInputs): Promise<Failure[]> {
  const store = memoryStore();
  const keys = kopsKeysOf(living.name);
  for (const text of manifestOf(desiredSpec(living)).split("---\n")) {
    const name = /^kind: InstanceGroup\nmetadata:\n {2}name: (\S+)/m.exec(text)?.[1];
    await store.put(name === undefined ? keys.config : `${keys.instanceGroups}${name}`, text);
  }
  const failures: Failure[] = [];
  await refusedByObserved(
    { inputs, store },
    undefined,
    true,
    (look) => look(),
    (more) => failures.push(...more),
  );
  return failures;
}

const inputs = sampleInputs();
const withCluster = (more: Record<string, unknown>): KopsClusterInputs => ({
  ...inputs,
  cluster: { ...inputs.cluster, ...more },
});
const subnet = { name: "a", zone: "ap-southeast-2a", type: "Private", cidr: "172.20.0.0/17" };
const own = { networkCIDR: "172.20.0.0/16", networkID: undefined, subnets: [subnet] };
const placed = {
  networkCIDR: "10.20.0.0/16",
  networkID: "vpc-1",
  subnets: [{ ...subnet, cidr: "10.20.0.0/19", id: "subnet-1" }],
};

describe("the preflight against store and cloud", () => {
  it("refuses nothing that matches the desired spec", async () => {
    expect(await found(inputs, inputs)).to.deep.equal([]);
  });

  it("refuses for an adoption what an update refuses, all at once", async () => {
    const living = withCluster({ nonMasqueradeCIDR: "100.64.0.0/10", serviceClusterIPRange: "100.64.0.0/13" });
    const failures = await found(
      withCluster({ nonMasqueradeCIDR: "100.96.0.0/11", serviceClusterIPRange: "100.96.0.0/16" }),
      living,
    );
    expect(failures.map(({ property }) => property)).to.include.members([
      "cluster.nonMasqueradeCIDR",
      "cluster.serviceClusterIPRange",
    ]);
  });

  it("refuses an adoption that lacks an existing control-plane group", async () => {
    const living: KopsClusterInputs = {
      ...inputs,
      instanceGroups: { ...inputs.instanceGroups, "other-plane": { role: "Master", machineType: "t3.medium" } },
    };
    expect((await found(inputs, living)).map(({ property }) => property)).to.include("instanceGroups.other-plane");
    expect(await found({ ...inputs, allow: ["controlPlaneGroups"] }, living)).to.deep.equal([]);
  });

  it("reports another network than the cluster's own once, and offers no way to move it", async () => {
    const failures = await found(withCluster(placed), withCluster(own));
    expect(failures.map(({ property }) => property)).to.deep.equal(["cluster.networkID"]);
    expect(failures[0]?.reason).to.contain("kops get all -o yaml").and.to.not.contain("allow");
    expect(await found(withCluster(own), withCluster(own))).to.deep.equal([]);
  });
});

describe("an address of the issuer with an empty part", () => {
  const at = (discoveryStore: string, serviceAccountIssuer?: string): Record<string, unknown> => ({
    ...withCluster({
      serviceAccountIssuerDiscovery: { discoveryStore },
      ...(serviceAccountIssuer !== undefined && { kubeAPIServer: { serviceAccountIssuer } }),
    }),
  });
  const cases: [string, Record<string, unknown> | undefined, Record<string, unknown>, string[]][] = [
    ["a folder", undefined, at("s3://oidc/k1"), []],
    ["the bucket's root", undefined, at("s3://oidc"), []],
    ["a slash too many", undefined, at("s3://oidc//k1"), ["cluster.serviceAccountIssuerDiscovery.discoveryStore"]],
    [
      "a slash too many at the end",
      undefined,
      at("s3://oidc/k1//"),
      ["cluster.serviceAccountIssuerDiscovery.discoveryStore"],
    ],
    [
      "a slash too many in the issuer",
      undefined,
      at("s3://oidc/k1", "https://id.example.com//k1"),
      ["cluster.kubeAPIServer.serviceAccountIssuer"],
    ],
    ["one that the cluster has already", at("s3://oidc//k1"), at("s3://oidc//k1"), []],
  ];
  for (const [what, old, desired, expected] of cases) {
    it(`${expected.length > 0 ? "is refused" : "is none"}: ${what}`, () => {
      expect(
        refusalsOf(old, desired)
          .filter(({ reason }) => reason.startsWith(emptyPart))
          .map(({ property }) => property),
      ).to.deep.equal(expected);
    });
  }
});
