/*
 * Everything that differs between minors of kOps, in one table. A new minor gets a row here; rules, plans and
 * docs/reference/kops-versions.md follow. Sources are kOps's release notes (docs/releases/1.xx-NOTES.md), and its code
 * at the tag of each minor: OldestSupportedKubernetesVersion and OldestRecommendedKubernetesVersion in
 * upup/pkg/fi/cloudup/apply_cluster.go, pkg/apis/kops/validation and util/pkg/distributions.
 */

/** How a row is known: tests run a release of it, its code was read, or only what its authors published about it. */
type Known = "run" | "read" | "published";

export interface KopsMinor {
  /** Minors of Kubernetes, 1.x. The newest one is the minor of kOps itself. They follow no rule. */
  oldestKubernetes: number;
  /** The oldest one that is not deprecated. */
  recommendedKubernetes: number;
  known: Known;
  /** The version of its Karpenter add-on. */
  karpenter: string;
}

/** Oldest first. An older kOps lacks what the provider relies on (roles in `update cluster`, `--api-server`). */
export const kopsMinors = {
  "1.31": { oldestKubernetes: 25, recommendedKubernetes: 28, known: "read", karpenter: "0.31" },
  "1.32": { oldestKubernetes: 27, recommendedKubernetes: 29, known: "read", karpenter: "0.31" },
  "1.33": { oldestKubernetes: 27, recommendedKubernetes: 29, known: "read", karpenter: "0.31" },
  "1.34": { oldestKubernetes: 29, recommendedKubernetes: 31, known: "read", karpenter: "1.8" },
  "1.35": { oldestKubernetes: 29, recommendedKubernetes: 31, known: "run", karpenter: "1.8" },
  "1.36": { oldestKubernetes: 31, recommendedKubernetes: 33, known: "run", karpenter: "1.13" },
  // Notes of 1.37.0, and the code of 1.37.0-alpha.1.
  "1.37": { oldestKubernetes: 32, recommendedKubernetes: 34, known: "published", karpenter: "1.15" },
} as const satisfies Readonly<Record<string, KopsMinor>>;

export type KopsMinorName = keyof typeof kopsMinors;

interface Removal {
  /** The first minor of kOps without it. */
  in: KopsMinorName;
  /** What is removed, as the object of "uses". */
  what: string;
  /** What to do before the upgrade. */
  instead: string;
  guide?: string;
}

const docs = "https://kops.sigs.k8s.io";

/** What minors removed that a cluster on AWS may use. `rules/removed-features.ts` finds each in the inputs. */
export const removedFeatures = {
  canal: {
    in: "1.34",
    what: "the Canal network plug-in",
    instead: "change to another one, such as Calico, with kOps 1.33",
    guide: `${docs}/networking/#switching-between-networking-providers`,
  },
  cilium116: { in: "1.34", what: "Cilium older than 1.18", instead: "remove the version, or pin 1.18" },
  terminationHandlerBesideKarpenter: {
    in: "1.34",
    what: "the node termination handler beside Karpenter",
    instead: "set its enabled to false: Karpenter handles interruptions itself",
  },
  podInfraContainerImage: { in: "1.35", what: "podInfraContainerImage", instead: "use containerd.sandboxImage" },
  etcd34: { in: "1.36", what: "etcd 3.4", instead: "upgrade to etcd 3.5 with kOps 1.35" },
  oldSystems: {
    in: "1.36",
    what: "Amazon Linux 2, Ubuntu 20.04 or Debian 10",
    instead: "roll the group to an image of a newer system with kOps 1.35: nodes of this one would never join",
    guide: `${docs}/operations/images/`,
  },
  addonFiles: {
    in: "1.36",
    what: "manifests of add-ons in file://",
    instead: "put the manifest into the state store, where nodes can read it",
  },
  calicoBpfBesideKubeProxy: {
    in: "1.36",
    what: "Calico's BPF mode beside kube-proxy",
    instead: "set kubeProxy.enabled: false",
  },
  gossip: {
    in: "1.37",
    what: "gossip DNS",
    instead: "move the cluster to DNS of type None or to a hosted zone, with kOps 1.36",
    guide: `${docs}/gossip/`,
  },
  gossipFields: { in: "1.37", what: "the configuration of gossip", instead: "remove the field" },
  classicLoadBalancer: {
    in: "1.37",
    what: "the classic load balancer of the API",
    instead: "move the API to a network load balancer (class: Network), with kOps 1.36",
    guide: "https://github.com/kubernetes/kops/blob/master/permalinks/acm_nlb.md",
  },
  kopeio: {
    in: "1.37",
    what: "the Kopeio network plug-in",
    instead: "change to another one, such as kindnet, with kOps 1.36",
    guide: `${docs}/networking/#switching-between-networking-providers`,
  },
  containerd20: {
    in: "1.37",
    what: "containerd older than 2.1.0",
    instead: "remove the version, or pin 2.1.0 or newer",
  },
} as const satisfies Readonly<Record<string, Removal>>;

export type RemovedFeature = keyof typeof removedFeatures;

export const removalOf = (feature: RemovedFeature): Removal => removedFeatures[feature];

/** What a minor does or prints otherwise than the one before it, where this program, or its user, must know. */
export const changedBehaviour = {
  karpenterV1: { in: "1.34", says: "Karpenter 1.x instead of 0.31: uninstall the old one before the upgrade" },
  etcd36: { in: "1.34", says: "etcd 3.6 for Kubernetes 1.34 and newer, before it 3.5" },
  queueNames: { in: "1.35", says: "names of long SQS queues are shortened" },
  managedNodePools: {
    in: "1.36",
    says:
      "the Karpenter add-on makes an EC2NodeClass and a NodePool for each group; before, people make them. Groups of " +
      "Karpenter need an image and positive sizes",
  },
  versionFromBaseUrl: { in: "1.36", says: "kOps takes the last part of KOPS_BASE_URL for its own version" },
  rbacByDefault: {
    in: "1.36",
    says: "a manifest without authorization gets RBAC; before, everything was allowed",
  },
  containerdSchema3: { in: "1.36", says: "containerd.configAdditions must have containerd's schema 3" },
  etcd37: { in: "1.37", says: "etcd 3.7 for Kubernetes 1.37" },
  interruptionQueue: { in: "1.37", says: "kOps makes a queue and event rules for Karpenter's interruptions" },
  narrowRoles: {
    in: "1.37",
    says:
      "roles of nodes lose permissions: Route 53 for a control plane whose service accounts have roles of their own, " +
      "KMS except through EC2 and S3; a role that needs none has no inline policy",
  },
  containerdSchema4: {
    in: "1.37",
    says: "containerd 2.3 with schema 4: configAdditions for the old CRI plug-in have no effect",
  },
} as const satisfies Readonly<Record<string, { in: KopsMinorName; says: string }>>;

/** kOps's own choice of etcd 3.x, by the oldest minor of Kubernetes (EtcdOptionsBuilder in pkg/model/components). */
export const etcdByKubernetes: readonly (readonly [kubernetes: number, etcd: number])[] = [
  [37, 7],
  [34, 6],
  [0, 5],
];
