import type { RefusalName } from "../../../../providers/kops/model/inputs.ts";
import {
  authority,
  member,
  members,
  subnetB,
  fullCluster,
  group,
  fullGroups,
  given,
  withCluster,
  withGroups,
  withoutGroup,
  withMain,
  withMembers,
  withSubnet,
} from "./full-inputs.ts";
import type { Fields } from "./full-inputs.ts";
import { ranges } from "./refused-ranges.ts";
import { namesAndObjects } from "./refused-objects.ts";

export interface Case {
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

/** Every change that a rule refuses, at least once for each name that can be allowed. */
export const cases: Case[] = [
  ...ranges,
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
    what: "a load balancer in a subnet that the cluster lacks",
    desired: withCluster({
      api: { loadBalancer: { class: "Network", type: "Internal", subnets: [{ name: "x" }] } },
    }),
    property: "cluster.api.loadBalancer.subnets[0].name",
    says: ["x is not a subnet of the cluster (it has a, b)"],
  },
  {
    what: "a load balancer with one address for two subnets",
    desired: withCluster({
      api: {
        loadBalancer: {
          class: "Network",
          type: "Internal",
          subnets: [
            { name: "a", allocationId: "eipalloc-1" },
            { name: "b", allocationId: "eipalloc-1" },
          ],
        },
      },
    }),
    property: "cluster.api.loadBalancer.subnets[1].allocationId",
    says: ["eipalloc-1 is also that of a"],
  },
  {
    what: "a load balancer in two subnets of a zone",
    desired: withCluster({
      api: { loadBalancer: { class: "Network", type: "Internal", subnets: [{ name: "a" }, { name: "a" }] } },
    }),
    property: "cluster.api.loadBalancer.subnets[1].name",
    says: ["a is in ap-southeast-2a, as is a: a load balancer takes one subnet of a zone"],
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
    allow: "kubernetesVersion",
  },
  {
    what: "a Kubernetes that kOps has dropped",
    old: withCluster({ kubernetesVersion: "1.30.4" }),
    desired: given({ kopsVersion: "1.36.2", cluster: fullCluster({ kubernetesVersion: "1.30.4" }) }),
    property: "cluster.kubernetesVersion",
    says: ["supports 1.31 to 1.36", "keep kopsVersion at 1.35 or older"],
    allow: "kubernetesVersion",
  },
  {
    what: "an older kOps",
    desired: given({ kopsVersion: "1.34.9" }),
    property: "kopsVersion",
    says: ["from 1.35.0 to 1.34.9", "allowDowngrade: true"],
  },
  ...namesAndObjects,
  {
    what: "a release candidate of the same kOps",
    desired: given({ kopsVersion: "1.35.0-beta.1" }),
    property: "kopsVersion",
    says: ["allowDowngrade"],
  },
];
