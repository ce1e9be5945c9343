import { expect } from "chai";
import fc from "fast-check";
import { checkInputs } from "../../../../providers/kops/rules/check-inputs.ts";
import { refusalsOf, irreversibleRefusals } from "../../../../providers/kops/rules/refusals.ts";
import { unknownValue } from "../../../../providers/kops/model/unknown.ts";
import { updateFlags } from "../../../../providers/kops/kops-cli/flags.ts";
import type { KopsClusterInputs } from "../../../../providers/kops/index.ts";
import { sampleInputs } from "../samples.ts";
import { refusalNames } from "../../../../providers/kops/model/inputs.ts";
import type { RefusalName } from "../../../../providers/kops/model/inputs.ts";

type Fields = Record<string, unknown>;

const authority = (name: string): Fields => ({ certificate: `certificate of ${name}`, privateKey: `key of ${name}` });
const member = (zone: string): Fields => ({
  name: zone,
  instanceGroup: `control-plane-${zone}`,
  encryptedVolume: true,
});
const members = [member("a"), member("b"), member("c")];
const subnetA = { name: "a", type: "Private", zone: "ap-southeast-2a", cidr: "10.0.1.0/24", id: "subnet-a" };
const subnetB = { name: "b", type: "Private", zone: "ap-southeast-2b", cidr: "10.0.2.0/24", id: "subnet-b" };

/** A cluster that names everything a rule looks at. */
function fullCluster(changes: Fields = {}): Fields {
  return {
    channel: "stable",
    cloudProvider: "aws",
    configBase: "s3://state-of-sbx/k1.sbx.example.com",
    kubernetesVersion: "1.34.3",
    networkID: "vpc-1",
    networkCIDR: "10.0.0.0/16",
    nonMasqueradeCIDR: "100.64.0.0/10",
    podCIDR: "100.96.0.0/11",
    topology: { masters: "private", nodes: "private", dns: { type: "Public" } },
    subnets: [subnetA, subnetB],
    networking: { cilium: { enableNodePort: true } },
    api: { loadBalancer: { class: "Network", type: "Internal" } },
    serviceAccountIssuerDiscovery: { discoveryStore: "s3://discovery/k1" },
    etcdClusters: [
      { name: "main", etcdMembers: members },
      { name: "events", etcdMembers: members },
    ],
    ...changes,
  };
}

const group = (role: string, changes: Fields = {}): Fields => ({
  role,
  image: "ami-1",
  machineType: "t3.large",
  minSize: 1,
  maxSize: 1,
  subnets: ["a"],
  ...changes,
});
const fullGroups = (changes: Fields = {}): Fields => ({
  "control-plane-a": group("ControlPlane"),
  "control-plane-b": group("ControlPlane"),
  nodes: group("Node"),
  ...changes,
});
const given = (changes: Fields = {}): Fields => ({
  ...sampleInputs(),
  cluster: fullCluster(),
  instanceGroups: fullGroups(),
  ...changes,
});
const withCluster = (changes: Fields): Fields => given({ cluster: fullCluster(changes) });
const withGroups = (changes: Fields): Fields => given({ instanceGroups: fullGroups(changes) });
const withoutGroup = (name: string): Fields =>
  given({ instanceGroups: Object.fromEntries(Object.entries(fullGroups()).filter(([key]) => key !== name)) });
const withMain = (main: Fields, changes: Fields = {}): Fields =>
  withCluster({
    ...changes,
    etcdClusters: [
      { name: "main", etcdMembers: members, ...main },
      { name: "events", etcdMembers: members },
    ],
  });
const withMembers = (...etcdMembers: Fields[]): Fields => withMain({ etcdMembers });
const withSubnet = (changes: Fields): Fields => withCluster({ subnets: [{ ...subnetA, ...changes }, subnetB] });

const properties = (old: Fields | undefined, desired: Fields): string[] =>
  refusalsOf(old, desired).map(({ property }) => property);

interface Case {
  what: string;
  /** The inputs of the last run, when they are not the full ones. */
  old?: Fields;
  desired: Fields;
  property: string;
  /** Texts that the reason has. */
  says: string[];
  /** What lets it through; nothing does when absent. */
  allow?: RefusalName;
}

const cases: Case[] = [
  {
    what: "another range of the VPC",
    desired: withCluster({ networkCIDR: "10.1.0.0/16" }),
    property: "cluster.networkCIDR",
    says: ["from 10.0.0.0/16 to 10.1.0.0/16"],
    allow: "networkCIDR",
  },
  {
    what: "a range of the VPC other than the one kOps chose",
    old: withCluster({ networkCIDR: undefined, networkID: undefined }),
    desired: withCluster({ networkID: undefined }),
    property: "cluster.networkCIDR",
    says: ["from 172.20.0.0/16"],
    allow: "networkCIDR",
  },
  {
    what: "another VPC",
    desired: withCluster({ networkID: "vpc-2" }),
    property: "cluster.networkID",
    says: ["from vpc-1 to vpc-2"],
    allow: "networkID",
  },
  {
    what: "a VPC that exists instead of the one kOps made",
    old: withCluster({ networkID: undefined }),
    desired: given(),
    property: "cluster.networkID",
    says: ["from nothing to vpc-1"],
    allow: "networkID",
  },
  {
    what: "another range for pods and Services",
    desired: withCluster({ nonMasqueradeCIDR: "100.0.0.0/10" }),
    property: "cluster.nonMasqueradeCIDR",
    says: ["from 100.64.0.0/10"],
    allow: "nonMasqueradeCIDR",
  },
  {
    what: "a range for Services other than the default",
    desired: withCluster({ serviceClusterIPRange: "100.65.0.0/16" }),
    property: "cluster.serviceClusterIPRange",
    says: ["from 100.64.0.0/13"],
    allow: "serviceClusterIPRange",
  },
  {
    what: "another range for pods",
    desired: withCluster({ podCIDR: "100.112.0.0/12" }),
    property: "cluster.podCIDR",
    says: ["from 100.96.0.0/11"],
    allow: "podCIDR",
  },
  {
    what: "another network plug-in",
    desired: withCluster({ networking: { calico: {} } }),
    property: "cluster.networking",
    says: ["from cilium to calico", "kops.sigs.k8s.io/networking/#switching"],
    allow: "networking",
  },
  {
    what: "a public control plane instead of a private one",
    desired: withCluster({ topology: { masters: "public", nodes: "private" } }),
    property: "cluster.topology.masters",
    says: ["from private to public"],
    allow: "topology",
  },
  {
    what: "public nodes instead of private ones",
    desired: withCluster({ topology: { masters: "private", nodes: "public" } }),
    property: "cluster.topology.nodes",
    says: ["from private to public"],
    allow: "topology",
  },
  {
    what: "another kind of DNS",
    desired: withCluster({ topology: { dns: { type: "None" } } }),
    property: "cluster.topology.dns.type",
    says: ["from Public to None"],
    allow: "topology",
  },
  {
    what: "a kind of DNS other than the default",
    old: withCluster({ topology: undefined }),
    desired: withCluster({ topology: { dns: { type: "Private" } } }),
    property: "cluster.topology.dns.type",
    says: ["from Public to Private"],
    allow: "topology",
  },
  {
    what: "another cloud",
    desired: withCluster({ cloudProvider: "gce" }),
    property: "cluster.cloudProvider",
    says: ["from aws to gce"],
    allow: "cloudProvider",
  },
  {
    what: "another base of the configuration",
    desired: withCluster({ configBase: "s3://state-of-sbx/elsewhere" }),
    property: "cluster.configBase",
    says: ["to s3://state-of-sbx/elsewhere"],
    allow: "configBase",
  },
  {
    what: "another place of the keys",
    desired: withCluster({ keyStore: "s3://keys/k1" }),
    property: "cluster.keyStore",
    says: ["from s3://state-of-sbx/k1.sbx.example.com/pki to s3://keys/k1"],
    allow: "configBase",
  },
  {
    what: "another issuer, be it by the case of a letter",
    desired: withCluster({ serviceAccountIssuerDiscovery: { discoveryStore: "s3://discovery/K1" } }),
    property: "cluster.serviceAccountIssuerDiscovery.discoveryStore",
    says: ["from s3://discovery/k1 to s3://discovery/K1", "service_account_issuer_migration"],
    allow: "serviceAccountIssuer",
  },
  {
    what: "an issuer where kOps had chosen it",
    desired: withCluster({ kubeAPIServer: { serviceAccountIssuer: "https://issuer.example.com" } }),
    property: "cluster.kubeAPIServer.serviceAccountIssuer",
    says: ["to https://issuer.example.com"],
    allow: "serviceAccountIssuer",
  },
  {
    what: "a public load balancer instead of an internal one",
    desired: withCluster({ api: { loadBalancer: { class: "Network", type: "Public" } } }),
    property: "cluster.api.loadBalancer.type",
    says: ["from Internal to Public"],
    allow: "loadBalancer",
  },
  {
    what: "a load balancer whose class is left out, which is Classic",
    desired: withCluster({ api: { loadBalancer: { type: "Internal" } } }),
    property: "cluster.api.loadBalancer.class",
    says: ["from Network to Classic"],
    allow: "loadBalancer",
  },
  {
    what: "a subnet in another zone",
    desired: withSubnet({ zone: "ap-southeast-2c" }),
    property: "cluster.subnets[0].zone",
    says: ["from ap-southeast-2a to ap-southeast-2c"],
    allow: "subnets",
  },
  {
    what: "a subnet with another id",
    desired: withSubnet({ id: "subnet-x" }),
    property: "cluster.subnets[0].id",
    says: ["from subnet-a to subnet-x"],
    allow: "subnets",
  },
  {
    what: "a subnet with another range",
    desired: withSubnet({ cidr: "10.0.9.0/24" }),
    property: "cluster.subnets[0].cidr",
    says: ["from 10.0.1.0/24 to 10.0.9.0/24"],
    allow: "subnets",
  },
  {
    what: "a subnet of another type",
    desired: withSubnet({ type: "Public" }),
    property: "cluster.subnets[0].type",
    says: ["from Private to Public"],
    allow: "subnets",
  },
  {
    what: "a removed subnet",
    desired: withCluster({ subnets: [subnetB] }),
    property: "cluster.subnets",
    says: ["subnet a cannot be removed"],
    allow: "subnets",
  },
  {
    what: "a removed etcd member",
    desired: withMembers(member("a"), member("b")),
    property: "cluster.etcdClusters[0].etcdMembers",
    says: ["from a, b, c to a, b:", "etcd_administration"],
    allow: "etcdClusters",
  },
  {
    what: "an etcd member that is added",
    desired: withMembers(...members, member("d")),
    property: "cluster.etcdClusters[0].etcdMembers",
    says: ["to a, b, c, d:", "single-to-multi-master"],
    allow: "etcdClusters",
  },
  {
    what: "an etcd member that moves",
    desired: withMembers({ ...member("a"), instanceGroup: "z" }, member("b"), member("c")),
    property: "cluster.etcdClusters[0].etcdMembers[0].instanceGroup",
    says: ["from control-plane-a to z"],
  },
  {
    what: "a removed etcd cluster",
    desired: withCluster({ etcdClusters: [{ name: "main", etcdMembers: members }] }),
    property: "cluster.etcdClusters",
    says: ["events cannot be removed"],
  },
  {
    what: "another provider of etcd",
    desired: withMain({ provider: "Legacy" }),
    property: "cluster.etcdClusters[0].provider",
    says: ["from Manager to Legacy"],
  },
  {
    what: "an older minor of etcd",
    old: withMain({ version: "3.6.5" }),
    desired: withMain({ version: "3.5.21" }),
    property: "cluster.etcdClusters[0].version",
    says: ["from 3.6.5 to 3.5.21", "irreversible", "restore-backups"],
    allow: "etcdClusters",
  },
  {
    what: "an older minor of etcd than the one kOps had taken",
    desired: withMain({ version: "3.5.21" }),
    property: "cluster.etcdClusters[0].version",
    says: ["from 3.6, kOps's own to 3.5.21"],
    allow: "etcdClusters",
  },
  {
    what: "a minor of etcd left out, in whose place kOps takes an older one",
    old: withMain({ version: "3.6.5" }, { kubernetesVersion: "1.33.7" }),
    desired: withMain({}, { kubernetesVersion: "1.33.7" }),
    property: "cluster.etcdClusters[0].version",
    says: ["from 3.6.5 to 3.5, kOps's own"],
    allow: "etcdClusters",
  },
  {
    what: "an etcd volume that is no longer encrypted",
    desired: withMembers({ ...member("a"), encryptedVolume: undefined }, member("b"), member("c")),
    property: "cluster.etcdClusters[0].etcdMembers[0].encryptedVolume",
    says: ["from true to false"],
    allow: "etcdEncryption",
  },
  {
    what: "an etcd volume with another key",
    desired: withMembers(member("a"), { ...member("b"), kmsKeyId: "k" }, member("c")),
    property: "cluster.etcdClusters[0].etcdMembers[1].kmsKeyId",
    says: ["from nothing to k"],
    allow: "etcdEncryption",
  },
  {
    what: "a removed control-plane group",
    desired: withoutGroup("control-plane-b"),
    property: "instanceGroups.control-plane-b",
    says: ["etcd member", "etcd_administration"],
    allow: "controlPlaneGroups",
  },
  {
    what: "a removed control-plane group with the old role name",
    old: withGroups({ "control-plane-b": group("Master") }),
    desired: withoutGroup("control-plane-b"),
    property: "instanceGroups.control-plane-b",
    says: ["etcd member"],
    allow: "controlPlaneGroups",
  },
  {
    what: "another role of a group",
    desired: withGroups({ "control-plane-b": group("Node") }),
    property: "instanceGroups.control-plane-b.role",
    says: ["from ControlPlane to Node"],
    allow: "role",
  },
  {
    what: "a new group without image where there is no channel",
    desired: given({
      cluster: fullCluster({ channel: "none" }),
      instanceGroups: fullGroups({ more: group("Node", { image: "" }) }),
    }),
    property: "instanceGroups.more.image",
    says: ["channel is none"],
  },
  {
    what: "an encryption config that kOps would not read",
    desired: given({ secrets: { encryptionConfig: "kind: EncryptionConfiguration" } }),
    property: "secrets.encryptionConfig",
    says: ["cluster.encryptionConfig: true"],
  },
  {
    what: "a certificate authority for a cluster that has one",
    desired: given({ secrets: { certificateAuthority: authority("one") } }),
    property: "secrets.certificateAuthority",
    says: ["that exists", "rotate-secrets"],
    allow: "certificateAuthority",
  },
  {
    what: "another certificate authority",
    old: given({ secrets: { certificateAuthority: authority("one") } }),
    desired: given({ secrets: { certificateAuthority: authority("two") } }),
    property: "secrets.certificateAuthority",
    says: ["by an update", "rotate-secrets"],
    allow: "certificateAuthority",
  },
  {
    what: "an older minor of Kubernetes",
    desired: withCluster({ kubernetesVersion: "1.33.9" }),
    property: "cluster.kubernetesVersion",
    says: ["from 1.34.3 to 1.33.9", "irreversible", "restore"],
    allow: "kubernetesVersion",
  },
  {
    what: "two minors of Kubernetes at once",
    old: withCluster({ kubernetesVersion: "v1.33.1" }),
    desired: withCluster({ kubernetesVersion: "1.35.0" }),
    property: "cluster.kubernetesVersion",
    says: ["1.33 → 1.34 → 1.35", "next step is 1.34"],
    allow: "kubernetesVersion",
  },
  {
    what: "a Kubernetes newer than kOps",
    desired: given({ kopsVersion: "1.33.2", allowDowngrade: true }),
    property: "cluster.kubernetesVersion",
    says: ["newer than kOps 1.33", "1.34 or newer"],
  },
  {
    what: "a Kubernetes that kOps has dropped",
    old: withCluster({ kubernetesVersion: "1.30.4" }),
    desired: given({ kopsVersion: "1.36.2", cluster: fullCluster({ kubernetesVersion: "1.30.4" }) }),
    property: "cluster.kubernetesVersion",
    says: ["1.31 or newer", "keep kopsVersion at 1.35 or older"],
    allow: "kubernetesVersion",
  },
  {
    what: "an older kOps",
    desired: given({ kopsVersion: "1.34.9" }),
    property: "kopsVersion",
    says: ["from 1.35.0 to 1.34.9", "allowDowngrade: true"],
  },
  {
    what: "a release candidate of the same kOps",
    desired: given({ kopsVersion: "1.35.0-beta.1" }),
    property: "kopsVersion",
    says: ["allowDowngrade"],
  },
];

describe("what kOps or AWS cannot change in place", () => {
  for (const { what, old, desired, property, says, allow } of cases) {
    it(`${what} is refused, with the next step`, () => {
      const found = refusalsOf(old ?? given(), desired);
      expect(found.map((one) => one.property)).to.deep.equal([property]);
      for (const part of says) expect(found[0]?.reason).to.include(part);
    });

    it(
      `${what} is allowed by ` + (allow === undefined ? "no name" : `the name ${allow} alone, as the refusal tells`),
      () => {
        expect(
          properties(old ?? given(), { ...desired, allow: refusalNames.filter((name) => name !== allow) }),
        ).to.deep.equal([property]);
        const reason = refusalsOf(old ?? given(), desired)[0]?.reason;
        if (allow === undefined) {
          expect(reason).not.to.include("allow: [");
        } else {
          expect(reason).to.include(`allow: ["${allow}"]`);
          expect(properties(old ?? given(), { ...desired, allow: [allow] })).to.deep.equal([]);
        }
      },
    );
  }

  it("has a case for every name that can be allowed", () => {
    // `image` asks for new images (images.ts); what is unknown is known in the plan only (dropped-fields.ts).
    expect(
      [...new Set(cases.flatMap(({ allow }) => (allow === undefined ? [] : [allow]))), "image", "unknownFields"].sort(),
    ).to.deep.equal([...refusalNames].sort());
  });

  it("does not include a group without image: an existing one keeps its image, a new one gets the channel's", () => {
    expect(
      properties(
        given(),
        withGroups({ nodes: group("Node", { image: undefined }), more: group("Node", { image: undefined }) }),
      ),
    ).to.deep.equal([]);
    const channelless = given({ cluster: fullCluster({ channel: "none" }) });
    expect(
      properties(channelless, {
        ...channelless,
        instanceGroups: fullGroups({ nodes: group("Node", { image: undefined }) }),
      }),
    ).to.deep.equal([]);
  });

  it("does not include the certificate authority of a new cluster, or one that is left out later", () => {
    const secrets = { certificateAuthority: authority("one") };
    expect(properties(undefined, given({ secrets }))).to.deep.equal([]);
    expect(properties(given({ secrets }), given({ secrets }))).to.deep.equal([]);
    expect(properties(given({ secrets }), given())).to.deep.equal([]);
  });

  it("is refused all at once", () => {
    const desired = given({
      kopsVersion: "1.34.0",
      cluster: fullCluster({ networkID: "vpc-2", networking: { calico: {} }, kubernetesVersion: "1.32.0" }),
      instanceGroups: { "control-plane-a": group("ControlPlane") },
    });
    expect(properties(given(), desired)).to.have.members([
      "kopsVersion",
      "cluster.kubernetesVersion",
      "cluster.networkID",
      "cluster.networking",
      "instanceGroups.control-plane-b",
    ]);
  });

  it("is refused together with inputs of a wrong form", () => {
    const found = checkInputs(
      { ...withCluster({ networkID: "vpc-2" }), region: "here", kopsVersion: "v1.35.0" },
      given(),
    );
    expect(found.map(({ property }) => property)).to.have.members(["region", "kopsVersion", "cluster.networkID"]);
  });
});

describe("inputs of a wrong form", () => {
  it("are reported once, without their consequences", () => {
    expect(checkInputs(given({ cluster: "k1" }), given()).map(({ property }) => property)).to.deep.equal(["cluster"]);
  });
});

describe("the spec that was last applied to the cloud", () => {
  it("refuses an older minor of etcd, even if Pulumi never saw the newer one succeed", () => {
    const { kopsVersion, cluster, instanceGroups } = sampleInputs({
      cluster: fullCluster({ etcdClusters: [{ name: "main", version: "3.6.5", etcdMembers: members }] }),
      instanceGroups: fullGroups() as KopsClusterInputs["instanceGroups"],
    });
    const reverted = sampleInputs({
      cluster: fullCluster({ etcdClusters: [{ name: "main", version: "3.5.21", etcdMembers: members }] }),
      instanceGroups,
    });
    const found = irreversibleRefusals(reverted, { kopsVersion, cluster, instanceGroups });
    expect(found.map(({ property }) => property)).to.deep.equal(["cluster.etcdClusters[0].version"]);
    expect(
      irreversibleRefusals({ ...reverted, allow: ["etcdClusters"] }, { kopsVersion, cluster, instanceGroups }),
    ).to.deep.equal([]);
  });
});

describe("what can be changed in place", () => {
  const fine: [string, Fields, Fields][] = [
    ["nothing at all", given(), given()],
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

describe("a value that is not known yet", () => {
  /** Every way to put one unknown into a value, at any depth. */
  function unknowns(value: unknown): unknown[] {
    if (Array.isArray(value))
      return [
        unknownValue,
        ...value.flatMap((item, index) =>
          unknowns(item).map((one) => value.map((kept: unknown, at) => (at === index ? one : kept))),
        ),
      ];
    if (value === null || typeof value !== "object") return [unknownValue];
    return [
      unknownValue,
      ...Object.entries(value).flatMap(([key, item]) => unknowns(item).map((one) => ({ ...value, [key]: one }))),
    ];
  }

  it("never causes a refusal, at any place", () => {
    const tried = unknowns(given()).filter((one): one is Fields => one !== unknownValue);
    expect(tried.length).to.be.greaterThan(80);
    for (const desired of tried) expect(checkInputs(desired, given()), JSON.stringify(desired)).to.deep.equal([]);
  });

  it("may be the role of the only control-plane group", () => {
    expect(checkInputs(given({ instanceGroups: { one: group(unknownValue), nodes: group("Node") } }))).to.deep.equal(
      [],
    );
  });

  it("in `allow` may be the missing name", () => {
    expect(properties(given(), { ...withCluster({ networkID: "vpc-2" }), allow: unknownValue })).to.deep.equal([]);
  });
});

describe("the input allow", () => {
  it("refuses an unknown name, and lists the known ones", () => {
    const [found] = checkInputs(given({ allow: ["networking", "everything"] }));
    expect(found?.property).to.equal("allow[1]");
    for (const name of ["everything", ...refusalNames]) expect(found?.reason).to.include(name);
  });
});

describe("the refusals", () => {
  it("throw for no inputs, however malformed", () => {
    const keys = [
      "name",
      "stateStore",
      "kopsVersion",
      "allow",
      "cluster",
      "instanceGroups",
      "subnets",
      "etcdClusters",
      "etcdMembers",
      "networking",
      "kubernetesVersion",
      "role",
      "api",
      "loadBalancer",
      "topology",
    ];
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.string(),
        fc.integer(),
        fc.constantFrom(null, undefined, true, "1.34.3", unknownValue),
        fc.array(tie("tree"), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...keys), tie("tree")),
      ),
    }));
    const inputs = fc.dictionary(fc.constantFrom(...keys), tree);
    fc.assert(
      fc.property(inputs, inputs, (old, desired) => Array.isArray(checkInputs(desired, old))),
      { numRuns: 500 },
    );
  });
});

describe("kOps", () => {
  it("works on what a newer version wrote only if allowDowngrade is set", () => {
    expect(updateFlags({})).to.deep.equal(["--create-kube-config=false", "--vmodule=securitygroup=4"]);
    expect(updateFlags({ allowDowngrade: false })).to.deep.equal(updateFlags({}));
    expect(updateFlags({ allowDowngrade: true })).to.include("--allow-kops-downgrade");
  });
});
