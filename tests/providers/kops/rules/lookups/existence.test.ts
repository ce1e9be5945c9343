import { expect } from "chai";
import { lookUp } from "../../../../../providers/kops/rules/lookups/existence.ts";
import type { Lookup, Lookups } from "../../../../../providers/kops/rules/lookups/existence.ts";
import { newReferences, referenceKinds, referencesOf } from "../../../../../providers/kops/rules/lookups/references.ts";
import type { Reference } from "../../../../../providers/kops/rules/lookups/references.ts";
import { unknownValue } from "../../../../../providers/kops/model/unknown.ts";

const subnets = [
  { name: "a", zone: "ap-southeast-2a", id: "subnet-a" },
  { name: "b", zone: "ap-southeast-2b", id: "subnet-b", egress: "eipalloc-2" },
  {
    name: "c",
    egress: "tgw-1",
    additionalRoutes: ["nat-2", "i-2", "tgw-2", "pcx-2", "igw-2", "eigw-2", "vgw-2"].map((target) => ({ target })),
  },
  { name: "d", egress: "nat-1" },
  { name: "e", egress: "i-1" },
  { name: "f", egress: "External" },
  // kOps makes no route for it, and the gateway may be another account's.
  { name: "g", id: "subnet-g", egress: "tgw-9" },
];
const cluster = {
  networkID: "vpc-1",
  dnsZone: "Z1",
  sshKeyName: "team",
  subnets,
  api: {
    loadBalancer: {
      additionalSecurityGroups: ["sg-1"],
      securityGroupOverride: "sg-2",
      sslCertificate: "arn:certificate",
      subnets: [{ name: "a", allocationId: "eipalloc-1" }],
    },
  },
  kubernetesApiAccess: ["10.0.0.0/8", "pl-1"],
  sshAccess: ["pl-2"],
  nodePortAccess: ["pl-3"],
  topology: { bastion: { loadBalancer: { additionalSecurityGroups: ["sg-3"] } } },
  externalPolicies: { node: ["arn:p1", "arn:p2"] },
  iam: { permissionsBoundary: "arn:p3", serviceAccountExternalPermissions: [{ aws: { policyARNs: ["arn:p4"] } }] },
  etcdClusters: [{ etcdMembers: [{ kmsKeyId: "key-1" }] }],
};
const nodes = {
  machineType: "t3.large",
  image: "ami-1",
  subnets: ["a", "b"],
  mixedInstancesPolicy: { instances: ["t3.xlarge"] },
  additionalSecurityGroups: ["sg-4"],
  securityGroupOverride: "sg-5",
  iam: { profile: "arn:profile/nodes" },
  rootVolumeEncryptionKey: "key-2",
  volumes: [{ key: "key-3" }],
  externalLoadBalancers: [{ targetGroupArn: "arn:tg" }, { loadBalancerName: "classic" }],
};
const full = { region: "ap-southeast-2", cluster, instanceGroups: { nodes } };
const shown = (references: readonly Reference[]): string[] =>
  references.map(({ kind, id, property }) => `${kind} ${id} ${property}`);

describe("the references of a cluster to AWS", () => {
  it("are found at any place, each with its property", () => {
    expect(shown(referencesOf(full))).to.have.members([
      "vpc vpc-1 cluster.networkID",
      "subnet subnet-a cluster.subnets[0].id",
      "subnet subnet-b cluster.subnets[1].id",
      "securityGroup sg-1 cluster.api.loadBalancer.additionalSecurityGroups[0]",
      "securityGroup sg-2 cluster.api.loadBalancer.securityGroupOverride",
      "certificate arn:certificate cluster.api.loadBalancer.sslCertificate",
      "securityGroup sg-3 cluster.topology.bastion.loadBalancer.additionalSecurityGroups[0]",
      "prefixList pl-1 cluster.kubernetesApiAccess[1]",
      "prefixList pl-2 cluster.sshAccess[0]",
      "prefixList pl-3 cluster.nodePortAccess[0]",
      "allocation eipalloc-1 cluster.api.loadBalancer.subnets[0].allocationId",
      "allocation eipalloc-2 cluster.subnets[1].egress",
      "subnet subnet-g cluster.subnets[6].id",
      "transitGateway tgw-1 cluster.subnets[2].egress",
      "natGateway nat-2 cluster.subnets[2].additionalRoutes[0].target",
      "instance i-2 cluster.subnets[2].additionalRoutes[1].target",
      "transitGateway tgw-2 cluster.subnets[2].additionalRoutes[2].target",
      "peering pcx-2 cluster.subnets[2].additionalRoutes[3].target",
      "internetGateway igw-2 cluster.subnets[2].additionalRoutes[4].target",
      "egressOnlyGateway eigw-2 cluster.subnets[2].additionalRoutes[5].target",
      "natGateway nat-1 cluster.subnets[3].egress",
      "instance i-1 cluster.subnets[4].egress",
      "hostedZone Z1 cluster.dnsZone",
      "keyPair team cluster.sshKeyName",
      "policy arn:p1 cluster.externalPolicies.node[0]",
      "policy arn:p2 cluster.externalPolicies.node[1]",
      "policy arn:p3 cluster.iam.permissionsBoundary",
      "policy arn:p4 cluster.iam.serviceAccountExternalPermissions[0].aws.policyARNs[0]",
      "key key-1 cluster.etcdClusters[0].etcdMembers[0].kmsKeyId",
      "instanceType t3.large instanceGroups.nodes.machineType",
      "instanceType t3.xlarge instanceGroups.nodes.mixedInstancesPolicy.instances[0]",
      "image ami-1 instanceGroups.nodes.image",
      "securityGroup sg-4 instanceGroups.nodes.additionalSecurityGroups[0]",
      "securityGroup sg-5 instanceGroups.nodes.securityGroupOverride",
      "instanceProfile arn:profile/nodes instanceGroups.nodes.iam.profile",
      "key key-2 instanceGroups.nodes.rootVolumeEncryptionKey",
      "key key-3 instanceGroups.nodes.volumes[0].key",
      "targetGroup arn:tg instanceGroups.nodes.externalLoadBalancers[0].targetGroupArn",
      "loadBalancer classic instanceGroups.nodes.externalLoadBalancers[1].loadBalancerName",
    ]);
  });

  it("have a case for every kind", () => {
    expect([...new Set(referencesOf(full).map(({ kind }) => kind))]).to.have.members(Object.keys(referenceKinds));
  });

  it("leave out values that are empty, unknown or of another form", () => {
    const odd = {
      networkID: unknownValue,
      dnsZone: "",
      sshKeyName: 7,
      subnets: unknownValue,
      api: null,
      externalPolicies: [],
      etcdClusters: [{ etcdMembers: unknownValue }],
    };
    expect(
      referencesOf({
        cluster: odd,
        instanceGroups: { nodes: { machineType: unknownValue, image: null }, more: unknownValue },
      }),
    ).to.deep.equal([]);
    expect(referencesOf({ cluster: unknownValue, instanceGroups: unknownValue })).to.deep.equal([]);
    expect(referencesOf({})).to.deep.equal([]);
  });

  it("are looked up only if they are new: an unchanged cluster asks nothing", () => {
    expect(newReferences(full, structuredClone(full))).to.deep.equal([]);
    const changed = { ...full, instanceGroups: { nodes: { ...nodes, machineType: "m6i.large", image: "ami-1" } } };
    expect(shown(newReferences(full, changed))).to.deep.equal([
      "instanceType m6i.large instanceGroups.nodes.machineType",
    ]);
    expect(newReferences(undefined, full)).to.have.length(39);
  });

  it("are looked up again for an image whose group gets another machine type: it may be of another architecture", () => {
    const plain = { ...nodes, mixedInstancesPolicy: undefined };
    const before = { ...full, instanceGroups: { nodes: plain } };
    const after = { ...full, instanceGroups: { nodes: { ...plain, machineType: "m6g.large" } } };
    expect(shown(newReferences(before, after))).to.deep.equal([
      "instanceType m6g.large instanceGroups.nodes.machineType",
      "image ami-1 instanceGroups.nodes.image",
    ]);
  });

  it("know all machine types of a list with commas, and that control planes start nodes in each zone", () => {
    const groups = { c: { role: "ControlPlane", machineType: "t3.large,m5.large", subnets: ["a", "b"] } };
    expect(
      referencesOf({ cluster: { subnets }, instanceGroups: groups }).flatMap(({ id, types, everyZone }) =>
        types ? [[id, types, everyZone]] : [],
      ),
    ).to.deep.equal([
      ["t3.large", ["m5.large", "t3.large"], true],
      ["m5.large", ["m5.large", "t3.large"], true],
    ]);
  });

  it("are looked up again for a machine type that moves to other zones", () => {
    const moved = { ...full, instanceGroups: { nodes: { ...nodes, subnets: ["b"] } } };
    expect(newReferences(full, moved).map(({ id, zones }) => [id, zones])).to.deep.equal([
      ["t3.large", ["ap-southeast-2b"]],
      ["t3.xlarge", ["ap-southeast-2b"]],
    ]);
  });
});

describe("the lookup", () => {
  const none: Lookup = () => Promise.resolve(new Map<Reference, string>());
  const all = Object.fromEntries(Object.keys(referenceKinds).map((kind) => [kind, none])) as Record<
    string,
    Lookup
  > as unknown as Lookups;
  const missing: Lookup = (references) =>
    Promise.resolve(new Map(references.map((one) => [one, `${one.id} is missing`])));
  const throwing =
    (name: string, message: string): Lookup =>
    () =>
      Promise.reject(Object.assign(new Error(message), { name }));
  const references = referencesOf(full);
  const time = (): AbortSignal => AbortSignal.timeout(3000);

  it("names all missing references at once, of every kind", async () => {
    const { failures, notChecked } = await lookUp(references, { ...all, vpc: missing, policy: missing }, time());
    expect(failures.map(({ property }) => property)).to.deep.equal([
      "cluster.networkID",
      "cluster.externalPolicies.node[0]",
      "cluster.externalPolicies.node[1]",
      "cluster.iam.permissionsBoundary",
      "cluster.iam.serviceAccountExternalPermissions[0].aws.policyARNs[0]",
    ]);
    expect(notChecked).to.deep.equal([]);
  });

  it("does not call missing what AWS shows a moment later", async () => {
    let looks = 0;
    const late: Lookup = (...asked) => ((looks += 1) === 1 ? missing(...asked) : none(...asked));
    expect((await lookUp(references, { ...all, vpc: late }, time())).failures).to.deep.equal([]);
    expect(looks).to.equal(2);
  });

  it("that is denied or fails is no failure of the cluster: its kinds are named, the others are found", async () => {
    const denied = throwing("UnauthorizedOperation", "You are not authorized to perform this operation.");
    const { failures, notChecked } = await lookUp(
      references,
      {
        ...all,
        image: denied,
        policy: denied,
        vpc: denied,
        key: throwing("CredentialsProviderError", "Could not load credentials\nand more"),
        keyPair: missing,
      },
      time(),
    );
    expect(failures.map(({ property }) => property)).to.deep.equal(["cluster.sshKeyName"]);
    expect(notChecked).to.have.members([
      "VPCs, IAM policies, images (access denied)",
      "KMS keys (Could not load credentials)",
    ]);
  });

  it("that gets no answer ends, with all others", async () => {
    const { failures, notChecked } = await lookUp(
      references,
      { ...all, vpc: () => new Promise(() => undefined) },
      AbortSignal.timeout(50),
    );
    expect(failures).to.deep.equal([]);
    expect(notChecked).to.deep.equal(["VPCs (AWS did not answer within 4s)"]);
  });
});
