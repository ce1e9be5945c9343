import { expect } from "chai";
import { findingsOf } from "../../../cli/assess/findings.ts";
import { securityRules } from "../../../cli/assess/security-rules.ts";
import type { StoredCluster } from "../../../cli/assess/stored.ts";
import { deepMerge, type PlainObject } from "../../../components/config/merge.ts";
import { manifestNames, storedOf } from "./corpus.ts";

/** What a reviewer has nothing to say about: three control-plane nodes, private, closed, encrypted, current. */
const sound: StoredCluster = {
  name: "k1.example.com",
  kopsVersion: "1.36.2",
  owner: undefined,
  sshPublicKeys: [],
  additionalObjects: [],
  texts: [],
  spec: {
    api: { loadBalancer: { class: "Network", type: "Internal" } },
    authorization: { rbac: {} },
    cloudProvider: "aws",
    configBase: "s3://acme-state/k1.example.com",
    encryptionConfig: true,
    etcdClusters: ["main", "events"].map((name) => ({
      name,
      etcdMembers: ["a", "b", "c"].map((zone) => ({
        name: zone,
        instanceGroup: `control-plane-eu-west-1${zone}`,
        encryptedVolume: true,
      })),
    })),
    iam: { legacy: false, useServiceAccountExternalPermissions: true },
    kubeAPIServer: { auditPolicyFile: "/srv/kubernetes/kube-apiserver/audit-policy.yaml" },
    kubelet: { anonymousAuth: false },
    kubernetesApiAccess: ["10.0.0.0/8"],
    kubernetesVersion: "1.36.1",
    networkCIDR: "10.0.0.0/16",
    networking: { cilium: {} },
    nonMasqueradeCIDR: "100.64.0.0/10",
    serviceAccountIssuerDiscovery: { discoveryStore: "s3://acme-oidc/k1.example.com", enableAWSOIDCProvider: true },
    subnets: ["a", "b", "c"].map((zone, index) => ({
      ...{ name: `eu-west-1${zone}`, zone: `eu-west-1${zone}`, type: "Private", cidr: `10.0.${index}.0/24` },
    })),
    topology: { dns: { type: "None" } },
  },
  groups: {
    ...Object.fromEntries(
      ["a", "b", "c"].map((zone) => [
        `control-plane-eu-west-1${zone}`,
        { role: "Master", machineType: "t3.medium", minSize: 1, maxSize: 1, subnets: [`eu-west-1${zone}`] },
      ]),
    ),
    nodes: { role: "Node", machineType: "t3.large", minSize: 1, maxSize: 3, subnets: ["eu-west-1a"] },
  },
};

interface Case {
  spec?: PlainObject;
  groups?: Record<string, PlainObject>;
  kopsVersion?: string;
  name?: string;
}

const changed = ({ spec = {}, groups = {}, ...more }: Case): StoredCluster => ({
  ...sound,
  ...more,
  spec: deepMerge(sound.spec, spec),
  groups: Object.fromEntries(
    Object.entries(deepMerge(sound.groups, groups)).map(([name, group]) => [name, group as PlainObject]),
  ),
});

const shown = (cluster: StoredCluster): string[] =>
  findingsOf(cluster).map(({ level, kind, rule, field }) => `${level} ${kind} ${rule} ${field}`);

const world = ["0.0.0.0/0"];
const publicApi = { api: { loadBalancer: { type: "Public" } } };
const bastion = { bastions: { role: "Bastion", machineType: "t3.micro", minSize: 1, maxSize: 1, subnets: [] } };
const nodes = (group: PlainObject): Record<string, PlainObject> => ({ nodes: group });
const etcd = (more: PlainObject, member: PlainObject = { encryptedVolume: true }): PlainObject => ({
  etcdClusters: [
    { name: "main", etcdMembers: [{ name: "a", instanceGroup: "control-plane-eu-west-1a", ...member }], ...more },
  ],
});
const policy = (Action: unknown, Resource: unknown): PlainObject => ({
  additionalPolicies: { node: JSON.stringify([{ Effect: "Allow", Action, Resource }]) },
});

/** What is changed, and what is found. */
const cases: [string, Case, string[]][] = [
  [
    "apiOpen",
    { spec: { ...publicApi, kubernetesApiAccess: world } },
    ["mend insecure apiOpen cluster.kubernetesApiAccess"],
  ],
  [
    "apiOpen, inside",
    { spec: { kubernetesApiAccess: ["::/0"] } },
    ["note insecure apiOpen cluster.kubernetesApiAccess"],
  ],
  ["sshOpen", { spec: { sshAccess: world }, groups: bastion }, ["mend insecure sshOpen cluster.sshAccess"]],
  ["sshOpen, inside", { spec: { sshAccess: world } }, ["note insecure sshOpen cluster.sshAccess"]],
  [
    "nodePortsOpen",
    { spec: { nodePortAccess: world }, groups: bastion },
    ["mend insecure nodePortsOpen cluster.nodePortAccess"],
  ],
  [
    "allowsAll",
    { spec: { authorization: { alwaysAllow: {} } } },
    ["mend insecure allowsAll cluster.authorization.alwaysAllow"],
  ],
  ["allowsAll, by default", { spec: { authorization: null } }, ["mend insecure allowsAll cluster.authorization"]],
  ["kubeletAnonymous", { spec: { kubelet: null } }, ["mend insecure kubeletAnonymous cluster.kubelet.anonymousAuth"]],
  [
    "kubeletAnonymous, a group",
    { groups: nodes({ kubelet: { anonymousAuth: true } }) },
    ["mend insecure kubeletAnonymous instanceGroups.nodes.kubelet.anonymousAuth"],
  ],
  [
    "kubeletReadOnlyPort",
    { spec: { kubelet: { readOnlyPort: 10255 } } },
    ["mend insecure kubeletReadOnlyPort cluster.kubelet.readOnlyPort"],
  ],
  [
    "apiAnonymous",
    { spec: { kubeAPIServer: { anonymousAuth: true } } },
    ["note deprecated apiAnonymous cluster.kubeAPIServer.anonymousAuth"],
  ],
  [
    "apiFlags",
    { spec: { kubeAPIServer: { basicAuthFile: "/a" } } },
    ["mend unsupported apiFlags cluster.kubeAPIServer.basicAuthFile"],
  ],
  [
    "etcdUnencrypted",
    { spec: etcd({}, {}) },
    ["mend insecure etcdUnencrypted cluster.etcdClusters[0].etcdMembers[0].encryptedVolume"],
  ],
  [
    "rootUnencrypted",
    { groups: nodes({ rootVolumeEncryption: false }) },
    ["mend insecure rootUnencrypted instanceGroups.nodes.rootVolumeEncryption"],
  ],
  [
    "imdsV1",
    { groups: nodes({ instanceMetadata: { httpTokens: "optional" } }) },
    ["mend insecure imdsV1 instanceGroups.nodes.instanceMetadata.httpTokens"],
  ],
  [
    "imdsHops",
    { groups: nodes({ instanceMetadata: { httpPutResponseHopLimit: 3 } }) },
    ["note insecure imdsHops instanceGroups.nodes.instanceMetadata.httpPutResponseHopLimit"],
  ],
  ["iamLegacy", { spec: { iam: { legacy: true } } }, ["mend insecure iamLegacy cluster.iam.legacy"]],
  ["allRights", { spec: policy("*", ["*"]) }, ["mend insecure allRights cluster.additionalPolicies.node"]],
  ["allRights, not", { spec: policy("s3:GetObject", "*") }, []],
  [
    "noIssuer",
    { spec: { serviceAccountIssuerDiscovery: null } },
    ["note insecure noIssuer cluster.serviceAccountIssuerDiscovery"],
  ],
  [
    "publicStore",
    { spec: { serviceAccountIssuerDiscovery: { discoveryStore: "s3://acme-state/oidc" } } },
    ["mend insecure publicStore cluster.serviceAccountIssuerDiscovery.discoveryStore"],
  ],
  ["secretsInClear", { spec: { encryptionConfig: null } }, ["note insecure secretsInClear cluster.encryptionConfig"]],
  ["noAudit", { spec: { kubeAPIServer: null } }, ["note insecure noAudit cluster.kubeAPIServer.auditPolicyFile"]],
  [
    "insecureMetrics",
    { spec: { metricsServer: { enabled: true } } },
    ["note insecure insecureMetrics cluster.metricsServer.insecure"],
  ],
  [
    "publicNodes",
    {
      spec: { subnets: [{ name: "eu-west-1a", zone: "eu-west-1a", type: "Public", cidr: "10.0.0.0/24" }] },
      groups: nodes({ subnets: ["eu-west-1a"] }),
    },
    ["note insecure publicNodes instanceGroups.control-plane-eu-west-1a.subnets"],
  ],
  [
    "goneNetwork",
    { spec: { networking: { cilium: null, weave: {} } } },
    ["mend unsupported goneNetwork cluster.networking.weave"],
  ],
  [
    "kubenet",
    { spec: { networking: { cilium: null, kubenet: {} } } },
    ["note fragile kubenet cluster.networking.kubenet"],
  ],
  [
    "etcdLegacy",
    { spec: etcd({ provider: "Legacy" }) },
    ["mend unsupported etcdLegacy cluster.etcdClusters[0].provider"],
  ],
  ["docker", { spec: { containerRuntime: "docker" } }, ["mend unsupported docker cluster.containerRuntime"]],
  [
    "singleControlPlane",
    { groups: { "control-plane-eu-west-1b": { role: "Node" }, "control-plane-eu-west-1c": { role: "Node" } } },
    ["note fragile singleControlPlane instanceGroups.control-plane-eu-west-1a"],
  ],
  [
    "kubernetesDeprecated",
    { spec: { kubernetesVersion: "1.32.1" } },
    [
      "note deprecated kubernetesDeprecated cluster.kubernetesVersion",
      "note unsupported kubernetesWindow cluster.kubernetesVersion",
    ],
  ],
  [
    "refused, a Kubernetes too old",
    { spec: { kubernetesVersion: "1.28.1" } },
    ["mend unsupported refused cluster.kubernetesVersion"],
  ],
  [
    "refused, a kOps too old",
    { kopsVersion: "1.28.4", spec: { kubernetesVersion: "1.28.1" } },
    ["mend unsupported refused kopsVersion", "note unsupported kopsBehind kopsVersion"],
  ],
  ["neverApplied", { kopsVersion: undefined as unknown as string }, ["mend unsupported neverApplied kopsVersion"]],
  [
    "removedLater, kopeio",
    { spec: { networking: { cilium: null, kopeio: {} } } },
    ["note deprecated removedLater cluster.networking.kopeio"],
  ],
  [
    "removedLater, a classic load balancer",
    { spec: { api: { loadBalancer: { class: "Classic" } } } },
    ["note deprecated removedLater cluster.api.loadBalancer.class"],
  ],
  [
    "removedLater, gossip",
    { name: "k1.k8s.local", spec: { topology: null } },
    ["note deprecated removedLater cluster.topology.dns.type"],
  ],
  [
    "unused",
    { spec: { masterInternalName: "api.internal.k1" } },
    ["note deprecated unused cluster.masterInternalName"],
  ],
];

describe("the findings of an assessment", () => {
  it("are none for a cluster that a reviewer has nothing to say about", () => {
    expect(shown(sound)).to.deep.equal([]);
  });

  for (const [title, change, expected] of cases)
    it(`has: ${title}`, () => {
      expect(shown(changed(change)), JSON.stringify(shown(changed(change)))).to.include.members(expected);
      if (expected.length === 0) expect(shown(changed(change))).to.deep.equal([]);
    });

  it("has a row for each rule", () => {
    const tried = new Set(cases.flatMap(([, , expected]) => expected.map((line) => line.split(" ")[2])));
    expect(securityRules.map(({ name }) => name).filter((name) => !tried.has(name))).to.deep.equal([]);
  });

  it("are found in kOps's own manifests, each with a field and a reason", async () => {
    for (const slug of await manifestNames()) {
      const found = findingsOf(await storedOf(slug));
      for (const { field, reason } of found) {
        expect(field, slug).to.match(/^(cluster|instanceGroups|kopsVersion)/);
        expect(reason, slug).to.match(/\w.{10,}/);
      }
      const levels = found.map(({ level }) => level);
      expect(levels, slug).to.deep.equal(levels.toSorted());
    }
    expect(shown(await storedOf("kopeio"))).to.include.members([
      "mend insecure apiOpen cluster.kubernetesApiAccess",
      "mend insecure sshOpen cluster.sshAccess",
      "note fragile singleControlPlane instanceGroups.control-plane-ap-southeast-2a",
      "note deprecated removedLater cluster.networking.kopeio",
    ]);
    expect(shown(await storedOf("older-kubernetes"))).to.include(
      "note deprecated kubernetesDeprecated cluster.kubernetesVersion",
    );
  });
});
