import { expect } from "chai";
import { checkInputs } from "../../../../providers/kops/rules/check-inputs.ts";
import { sampleInputs } from "../samples.ts";
import {
  member,
  members,
  subnetA,
  subnetB,
  group,
  given,
  withCluster,
  withGroups,
  withoutGroup,
  withMain,
  withMembers,
  withSubnet,
} from "./full-inputs.ts";
import type { Fields } from "./full-inputs.ts";

const withPath = "arn:aws:iam::123456789012:role/a/b";

describe("what can be changed in place", () => {
  const fine: [string, Fields, Fields][] = [
    ["nothing at all", given(), given()],
    [
      "an IAM mapping by which nobody can log in, if the cluster has it",
      withCluster({ authentication: { aws: { identityMappings: [{ arn: withPath, username: "a" }] } } }),
      withCluster({ authentication: { aws: { identityMappings: [{ arn: withPath, username: "b" }] } } }),
    ],
    ["the old name of a role", withGroups({ "control-plane-b": group("Master") }), given()],
    [
      "upper and lower case of a topology",
      withCluster({ topology: { masters: "Private", nodes: "private", dns: { type: "public" } } }),
      given(),
    ],
    [
      "a topology left out, which stays",
      withCluster({ topology: { dns: { type: "Private" } } }),
      withCluster({ topology: undefined }),
    ],
    ["a range that kOps took from the VPC and is now written down", withCluster({ networkCIDR: undefined }), given()],
    [
      "default ranges written down",
      withCluster({ nonMasqueradeCIDR: undefined }),
      withCluster({ serviceClusterIPRange: "100.64.0.0/13" }),
    ],
    [
      "ranges left out, which stay",
      withCluster({ nonMasqueradeCIDR: "100.0.0.0/10" }),
      withCluster({ networkCIDR: undefined, nonMasqueradeCIDR: undefined }),
    ],
    [
      "the range of the VPC that kOps made left out, which stays",
      withCluster({ networkID: undefined }),
      withCluster({ networkID: undefined, networkCIDR: undefined }),
    ],
    ["ranges of subnets left out, which stay", given(), withSubnet({ cidr: undefined })],
    [
      "the default base written down, with a slash at its end",
      withCluster({ configBase: undefined }),
      withCluster({ configBase: "s3://state-of-sbx/k1.sbx.example.com/" }),
    ],
    ["kubenet left behind, which kOps's guide calls safe", withCluster({ networking: { kubenet: {} } }), given()],
    ["an option of the network plug-in", withCluster({ networking: { cilium: { enableNodePort: false } } }), given()],
    [
      "a subnet added and the others in another order",
      given(),
      withCluster({ subnets: [{ name: "c", type: "Private", zone: "ap-southeast-2c" }, subnetB, subnetA] }),
    ],
    ["etcd members in another order", given(), withMembers(member("c"), member("a"), member("b"))],
    ["an etcd cluster added", withCluster({ etcdClusters: [{ name: "main", etcdMembers: members }] }), given()],
    ["a newer minor of etcd", withMain({ version: "3.5.21" }), withMain({ version: "3.6.5" })],
    ["an older patch of etcd", withMain({ version: "3.6.6" }), withMain({ version: "v3.6.5" })],
    ["an old minor of etcd left out, in whose place kOps takes a newer one", withMain({ version: "3.5.21" }), given()],
    [
      "the minor of etcd that kOps had taken",
      withCluster({ kubernetesVersion: "1.33.7" }),
      withMain({ version: "3.5.21" }, { kubernetesVersion: "1.33.7" }),
    ],
    ["a version of etcd that is none", withMain({ version: "3.6.5" }), withMain({ version: "newest" })],
    ["a larger etcd volume", given(), withMembers({ ...member("a"), volumeSize: 40 }, member("b"), member("c"))],
    ["a removed worker group", given(), withoutGroup("nodes")],
    ["a load balancer where there was none", withCluster({ api: { dns: {} } }), given()],
    ["an older patch of Kubernetes", given(), withCluster({ kubernetesVersion: "1.34.1" })],
    ["the next minor of Kubernetes", given(), withCluster({ kubernetesVersion: "1.35.0" })],
    [
      "the oldest Kubernetes that kOps supports",
      withCluster({ kubernetesVersion: "1.30.0" }),
      withCluster({ kubernetesVersion: "1.30.0" }),
    ],
    ["a newer kOps", given(), given({ kopsVersion: "1.36.2" })],
    ["an older kOps that is asked for", given(), given({ kopsVersion: "1.34.9", allowDowngrade: true })],
    [
      "a state of an older program, which lacks inputs",
      { name: sampleInputs().name },
      withCluster({ networkID: undefined, serviceAccountIssuerDiscovery: undefined }),
    ],
  ];
  for (const [what, old, desired] of fine) {
    it(`${what} is not refused`, () => {
      expect(checkInputs(desired, old)).to.deep.equal([]);
    });
  }

  it("includes everything of a new cluster", () => {
    expect(checkInputs(given())).to.deep.equal([]);
  });
});
