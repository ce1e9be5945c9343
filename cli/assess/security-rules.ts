import { bucketIn, addedPolicies } from "./spec-values.ts";
import type { Finding } from "./findings.ts";
import type { StoredCluster } from "./stored.ts";
import { fieldsOf, isRecord, itemsOf } from "../../providers/kops/model/spec.ts";
import { roleOf } from "../../providers/kops/model/instance-groups.ts";
import { distance, minorOf } from "../../providers/kops/model/versions.ts";
import { at, listOf, lower } from "../../providers/kops/rules/rule.ts";

type Found = Pick<Finding, "field" | "reason"> & Partial<Pick<Finding, "level">>;

/** One row: what a reviewer of kOps clusters looks for. Reasons never repeat a value that may be a secret. */
interface SecurityRule {
  name: string;
  kind: Finding["kind"];
  level: Finding["level"];
  look: (cluster: StoredCluster) => Found[];
}

const when = (is: boolean, field: string, reason: string, level?: Finding["level"]): Found[] =>
  is ? [{ field, reason, ...(level && { level }) }] : [];

const fromWorld = (ranges: unknown): boolean =>
  itemsOf(ranges).some((range) => range === "0.0.0.0/0" || range === "::/0");

const eachGroup = (
  { groups }: StoredCluster,
  look: (group: Record<string, unknown>, field: (path: string) => string) => Found[],
): Found[] =>
  Object.entries(groups).flatMap(([name, group]) => look(group, (path) => `instanceGroups.${name}.${path}`));

const eachEtcd = ({ spec }: StoredCluster, look: (etcd: Record<string, unknown>, field: string) => Found[]): Found[] =>
  listOf(spec["etcdClusters"]).flatMap((etcd, index) => look(etcd, `cluster.etcdClusters[${index}]`));

/** Whether an instance of the cluster has a public address, or is a bastion behind one. */
function isPublic({ spec, groups }: StoredCluster): boolean {
  const open = listOf(spec["subnets"]).filter(({ type }) => type === "Public" || type === "Utility");
  const names = open.map(({ name }) => name);
  return Object.values(groups).some(
    (group) => roleOf(group) === "Bastion" || itemsOf(group["subnets"]).some((name) => names.includes(name)),
  );
}

/** Networks that kOps 1.35 refuses on AWS (validateNetworking in pkg/apis/kops/validation). */
const goneNetworks = ["weave", "romana", "lyftvpc", "classic", "external", "gce"];

/** Flags that kube-apiserver itself no longer has. */
const goneApiFlags = ["enableBasicAuth", "basicAuthFile", "tokenAuthFile", "insecureBindAddress"];

/** Whether a statement of IAM allows everything on everything. */
const allRights = (statement: Record<string, unknown>): boolean => {
  const has = (key: string): boolean => [statement[key]].flat().some((value) => value === "*" || value === "*:*");
  return statement["Effect"] === "Allow" && has("Action") && has("Resource");
};

export const securityRules: readonly SecurityRule[] = [
  {
    ...{ name: "apiOpen", kind: "insecure", level: "mend" },
    look: ({ spec }) => {
      const inside = at(spec, "api.loadBalancer.type") === "Internal";
      return when(
        fromWorld(spec["kubernetesApiAccess"]),
        "cluster.kubernetesApiAccess",
        inside
          ? "lets everybody reach the Kubernetes API; its load balancer is internal, so that is who reaches the VPC"
          : "lets the whole internet reach the Kubernetes API: name the networks that need it",
        inside ? "note" : "mend",
      );
    },
  },
  {
    ...{ name: "sshOpen", kind: "insecure", level: "mend" },
    look: (cluster) => {
      const reached = isPublic(cluster);
      return when(
        fromWorld(cluster.spec["sshAccess"]),
        "cluster.sshAccess",
        reached
          ? "lets the whole internet reach SSH: name the networks that need it, or use Session Manager"
          : "lets everybody reach SSH; no instance has a public address, so that is who reaches the VPC",
        reached ? "mend" : "note",
      );
    },
  },
  {
    ...{ name: "nodePortsOpen", kind: "insecure", level: "mend" },
    look: (cluster) =>
      when(
        fromWorld(cluster.spec["nodePortAccess"]),
        "cluster.nodePortAccess",
        "lets everybody reach the node ports of all Services",
        isPublic(cluster) ? "mend" : "note",
      ),
  },
  {
    ...{ name: "allowsAll", kind: "insecure", level: "mend" },
    look: ({ spec }) => [
      ...when(
        isRecord(at(spec, "authorization.alwaysAllow")),
        "cluster.authorization.alwaysAllow",
        "every user may do everything: use rbac",
      ),
      // Since kOps 1.36 the default is RBAC.
      ...when(
        spec["authorization"] === undefined,
        "cluster.authorization",
        "is missing: until kOps 1.36 every user may do everything; write rbac: {}",
      ),
    ],
  },
  {
    ...{ name: "kubeletAnonymous", kind: "insecure", level: "mend" },
    look: (cluster) => [
      ...when(
        at(cluster.spec, "kubelet.anonymousAuth") !== false,
        "cluster.kubelet.anonymousAuth",
        "is not false: whoever reaches a node can run commands in its pods (kops.sigs.k8s.io/security/#kubelet-api)",
      ),
      ...eachGroup(cluster, (group, field) =>
        when(
          at(group, "kubelet.anonymousAuth") === true,
          field("kubelet.anonymousAuth"),
          "is true: whoever reaches a node can run commands in its pods",
        ),
      ),
    ],
  },
  {
    ...{ name: "kubeletReadOnlyPort", kind: "insecure", level: "mend" },
    look: ({ spec }) =>
      when(
        Number(at(spec, "kubelet.readOnlyPort") ?? 0) > 0,
        "cluster.kubelet.readOnlyPort",
        "shows pods and their environment to whoever reaches a node, without a login: set it to 0",
      ),
  },
  {
    ...{ name: "apiAnonymous", kind: "deprecated", level: "note" },
    look: ({ spec }) =>
      when(
        at(spec, "kubeAPIServer.anonymousAuth") === true,
        "cluster.kubeAPIServer.anonymousAuth",
        "asks for anonymous requests; kOps turns them off whatever it says: remove it",
      ),
  },
  {
    ...{ name: "apiFlags", kind: "unsupported", level: "mend" },
    look: ({ spec }) =>
      goneApiFlags.flatMap((flag) =>
        when(
          at(spec, `kubeAPIServer.${flag}`) !== undefined,
          `cluster.kubeAPIServer.${flag}`,
          "is a way in that Kubernetes no longer has: remove it",
        ),
      ),
  },
  {
    ...{ name: "etcdUnencrypted", kind: "insecure", level: "mend" },
    look: (cluster) =>
      eachEtcd(cluster, (etcd, field) =>
        listOf(etcd["etcdMembers"]).flatMap(({ encryptedVolume }, index) =>
          when(
            encryptedVolume !== true,
            `${field}.etcdMembers[${index}].encryptedVolume`,
            "is not true: the volume, with all Secrets of the cluster, is encrypted only if the account says so; " +
              "it cannot be changed in place",
          ),
        ),
      ),
  },
  {
    ...{ name: "rootUnencrypted", kind: "insecure", level: "mend" },
    look: (cluster) =>
      eachGroup(cluster, ({ rootVolumeEncryption }, field) =>
        when(
          rootVolumeEncryption === false,
          field("rootVolumeEncryption"),
          "is false: nodes keep images and logs in clear",
        ),
      ),
  },
  {
    ...{ name: "imdsV1", kind: "insecure", level: "mend" },
    look: (cluster) =>
      eachGroup(cluster, (group, field) =>
        when(
          at(group, "instanceMetadata.httpTokens") === "optional",
          field("instanceMetadata.httpTokens"),
          "is optional: a request that a pod is tricked into reads the credentials of the node (IMDSv1)",
        ),
      ),
  },
  {
    ...{ name: "imdsHops", kind: "insecure", level: "note" },
    look: (cluster) =>
      eachGroup(cluster, (group, field) =>
        when(
          Number(at(group, "instanceMetadata.httpPutResponseHopLimit") ?? 1) > 1,
          field("instanceMetadata.httpPutResponseHopLimit"),
          "is above 1: every pod can use the IAM role of its node",
        ),
      ),
  },
  {
    ...{ name: "iamLegacy", kind: "insecure", level: "mend" },
    look: ({ spec }) =>
      when(
        at(spec, "iam.legacy") === true,
        "cluster.iam.legacy",
        "is true: nodes have wide rights, on all of the state store among them",
      ),
  },
  {
    ...{ name: "allRights", kind: "insecure", level: "mend" },
    look: ({ spec }) =>
      addedPolicies(spec).flatMap(({ role, statements }) =>
        when(
          statements.some(allRights),
          `cluster.additionalPolicies.${role}`,
          "allows everything on everything: what these nodes run owns the account",
        ),
      ),
  },
  {
    ...{ name: "noIssuer", kind: "insecure", level: "note" },
    look: ({ spec }) =>
      when(
        at(spec, "serviceAccountIssuerDiscovery.enableAWSOIDCProvider") !== true,
        "cluster.serviceAccountIssuerDiscovery",
        "AWS knows no OIDC issuer of the cluster: pods can have IAM rights only by the role of their node",
      ),
  },
  {
    ...{ name: "publicStore", kind: "insecure", level: "mend" },
    look: ({ spec }) => {
      const store = bucketIn(at(spec, "serviceAccountIssuerDiscovery.discoveryStore"));
      return when(
        store !== undefined && store === bucketIn(spec["configBase"]),
        "cluster.serviceAccountIssuerDiscovery.discoveryStore",
        "is in the bucket of the state store, whose objects are then public by ACL beside private keys: publish the " +
          "documents in a bucket of their own",
      );
    },
  },
  {
    ...{ name: "secretsInClear", kind: "insecure", level: "note" },
    look: ({ spec }) =>
      when(
        spec["encryptionConfig"] !== true,
        "cluster.encryptionConfig",
        "etcd, and each of its backups, has Secrets in clear",
      ),
  },
  {
    ...{ name: "noAudit", kind: "insecure", level: "note" },
    look: ({ spec }) =>
      when(
        at(spec, "kubeAPIServer.auditPolicyFile") === undefined,
        "cluster.kubeAPIServer.auditPolicyFile",
        "nothing logs who did what through the API",
      ),
  },
  {
    ...{ name: "insecureMetrics", kind: "insecure", level: "note" },
    look: ({ spec }) =>
      when(
        at(spec, "metricsServer.enabled") === true && at(spec, "metricsServer.insecure") !== false,
        "cluster.metricsServer.insecure",
        "the metrics server does not check whom it speaks to: set it to false, with cert-manager",
      ),
  },
  {
    ...{ name: "publicNodes", kind: "insecure", level: "note" },
    look: ({ spec, groups }) => {
      const open = listOf(spec["subnets"]).flatMap(({ type, name }) => (type === "Public" ? [name] : []));
      const found = Object.entries(groups).filter(([, group]) =>
        itemsOf(group["subnets"]).some((name) => open.includes(name)),
      );
      const [first, ...more] = found.map(([name]) => name);
      return first === undefined
        ? []
        : [
            {
              field: `instanceGroups.${first}.subnets`,
              reason: `its nodes${more.length > 0 ? ` (also of ${more.join(", ")})` : ""} are in public subnets`,
            },
          ];
    },
  },
  {
    ...{ name: "goneNetwork", kind: "unsupported", level: "mend" },
    look: ({ spec }) =>
      Object.entries(fieldsOf(spec["networking"])).flatMap(([name, options]) =>
        when(
          goneNetworks.includes(name.toLowerCase()) && isRecord(options),
          `cluster.networking.${name}`,
          "is a network plug-in that kOps no longer has on AWS: nobody mends it",
        ),
      ),
  },
  {
    ...{ name: "kubenet", kind: "fragile", level: "note" },
    look: ({ spec }) =>
      when(
        isRecord(at(spec, "networking.kubenet")),
        "cluster.networking.kubenet",
        "has no network policies, and AWS's route tables limit it to 50 nodes unless raised",
      ),
  },
  {
    ...{ name: "etcdLegacy", kind: "unsupported", level: "mend" },
    look: (cluster) =>
      eachEtcd(cluster, ({ provider, version }, field) => [
        ...when(
          lower(provider) === "legacy",
          `${field}.provider`,
          "is etcd without etcd-manager: kOps no longer has it",
        ),
        ...when(
          distance(minorOf(version) ?? { major: 3, minor: 0 }, { major: 3, minor: 0 }) > 0,
          `${field}.version`,
          "is etcd 2, which Kubernetes no longer speaks",
        ),
      ]),
  },
  {
    ...{ name: "docker", kind: "unsupported", level: "mend" },
    look: ({ spec }) =>
      when(
        lower(spec["containerRuntime"]) === "docker",
        "cluster.containerRuntime",
        "is docker, which Kubernetes 1.24 and newer do not speak to",
      ),
  },
  {
    ...{ name: "singleControlPlane", kind: "fragile", level: "note" },
    look: ({ groups }) => {
      const members = Object.entries(groups).filter(([, group]) => roleOf(group) === "ControlPlane");
      const [first] = members;
      const even = members.length % 2 === 0;
      if (first === undefined || (members.length > 1 && !even)) return [];
      const reason =
        members.length === 1
          ? "is the only control-plane node: each change, and each fault of its zone, is an API outage"
          : `${members.length} control-plane nodes: etcd loses its quorum as soon as with ${members.length - 1}`;
      return [{ field: `instanceGroups.${first[0]}`, reason }];
    },
  },
];
