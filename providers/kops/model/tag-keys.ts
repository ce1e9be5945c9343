/*
 * Keys of the AWS tags that the provider knows, the limits of AWS, and which tags and node labels people may give.
 * kOps, etcd-manager, kops-controller and the cloud provider find their resources, volumes, groups and nodes by tags: a
 * tag of the same key given by a person would hide those resources, and the cluster could neither come up nor be
 * deleted.
 */

/** Most tags that AWS takes on one resource. Tags of AWS itself (`aws:…`) do not count. */
export const mostTags = 50;

const longestKey = 128;
const longestValue = 256;

/** Tag by which kOps finds everything that belongs to a cluster; its value is the cluster's name. */
export const kopsClusterTag = "KubernetesCluster";

/** Start of the tag that says whether a resource is shared with a cluster or owned by it. */
export const clusterTagPrefix = "kubernetes.io/cluster/";

/** Key of that tag: `kubernetes.io/cluster/<cluster>`. */
export function clusterTagOf(cluster: string): string {
  return `${clusterTagPrefix}${cluster}`;
}

/** Most characters that DNS takes between two dots. */
const longestLabel = 63;

/**
 * Why AWS or DNS would refuse the name of a cluster. kOps shortens names of roles, queues, rules and target groups
 * itself, but not the key of this tag.
 */
export function longNameProblems(cluster: string): string[] {
  const longest = longestKey - clusterTagPrefix.length;
  return [
    ...(cluster.length > longest
      ? [
          `has ${cluster.length} characters, more than ${longest}: kOps makes the tag ${clusterTagPrefix}… of it, and ` +
            `AWS takes ${longestKey}`,
        ]
      : []),
    ...cluster
      .split(".")
      .filter((label) => label.length > longestLabel)
      .map((label) => `has ${label.length} characters between two dots: DNS takes ${longestLabel}`),
  ];
}

/** Keys of the tags that mark a resource as possibly a cluster's. */
export function tagKeysOf(cluster: string): string[] {
  return [kopsClusterTag, clusterTagOf(cluster), "elbv2.k8s.aws/cluster", "cluster.k8s.amazonaws.com/name"];
}

/** Tag that names the instance group of an instance, whether an Auto Scaling group or Karpenter made it. */
export const instanceGroupTag = "kops.k8s.io/instancegroup";

const subnetGroupPrefix = "kops.k8s.io/instance-group/";
const subnetRoleTags: readonly string[] = ["kubernetes.io/role/elb", "kubernetes.io/role/internal-elb", "SubnetType"];

/** Whether kOps may write this tag on a subnet of the cluster (pkg/model/awsmodel/network.go). */
export function isKopsSubnetTag(key: string, cluster: string): boolean {
  return key === clusterTagOf(cluster) || key.startsWith(subnetGroupPrefix) || subnetRoleTags.includes(key);
}

const autoscaler = "k8s.io/cluster-autoscaler/";
const templateLabel = `${autoscaler}node-template/label/`;
const templateTaint = `${autoscaler}node-template/taint/`;

/** Keys, or starts of keys, with who relies on them. IAM does not tell keys apart by case, so neither do these. */
const reserved: readonly [RegExp, string][] = [
  [/^name$/i, "kOps and this program name what they make by it"],
  [/^kubernetescluster$/i, "kOps finds what belongs to a cluster by it, also when it deletes"],
  [
    new RegExp(`^${clusterTagPrefix}`, "i"),
    "kOps and the cloud provider find what belongs to a cluster by it, also when they delete",
  ],
  [/^kubernetes\.io\/kops\//i, "kOps finds route tables by it"],
  [/^kops\.k8s\.io\//i, "kOps finds instance groups and nodes by it"],
  [/^k8s\.io\/(?!cluster-autoscaler\/)/i, "kOps and etcd-manager find volumes and control-plane nodes by it"],
  [/^aws:/i, "AWS keeps it for its own tags"],
];

/** Something wrong with one tag or label. */
export interface TagProblem {
  key: string;
  message: string;
}

function lengthProblems(key: string, value: string): string[] {
  return [
    ...(key === "" ? ["has an empty key: AWS needs one"] : []),
    ...(key.length > longestKey ? [`has a key of ${key.length} characters: AWS takes ${longestKey}`] : []),
    ...(value.length > longestValue ? [`has a value of ${value.length} characters: AWS takes ${longestValue}`] : []),
  ];
}

/** Characters that IAM takes in keys and values; other services take more. */
const iamCharacters = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

function iamProblems(key: string, value: string): string[] {
  const words = [...(iamCharacters.test(key) ? [] : ["key"]), ...(iamCharacters.test(value) ? [] : ["value"])];
  return words.length === 0
    ? []
    : [
        `has a ${words.join(" and ")} with other characters than IAM takes for the tags of roles: letters, ` +
          "digits, spaces and _ . : / = + - @",
      ];
}

function reservedProblems(key: string): string[] {
  const found = reserved.find(([pattern]) => pattern.test(key));
  return found === undefined ? [] : [`is a tag that is not for people to set: ${found[1]}`];
}

/** Keys that IAM takes for the same, because they differ only in case. `others`: keys of tags set as well. */
function caseProblems(keys: readonly string[], others: readonly string[]): TagProblem[] {
  return keys.flatMap((key, index) => {
    const same = [...others, ...keys.slice(0, index)].find(
      (other) => other !== key && other.toLowerCase() === key.toLowerCase(),
    );
    return same === undefined
      ? []
      : [
          {
            key,
            message: `differs from ${same} only by its case: IAM takes both for one tag, and makes no role with them`,
          },
        ];
  });
}

/**
 * Problems of tags for every resource: those of a stack, of a cluster, `cloudLabels` of a Cluster. IAM roles get them
 * too.
 */
export function tagProblems(tags: Readonly<Record<string, string>>, others: readonly string[] = []): TagProblem[] {
  const each = Object.entries(tags).flatMap(([key, value]) =>
    [...reservedProblems(key), ...labelTagProblems(key), ...lengthProblems(key, value), ...iamProblems(key, value)].map(
      (message) => ({ key, message }),
    ),
  );
  return [...each, ...caseProblems(Object.keys(tags), others)];
}

/**
 * Problems of `cloudLabels` of an instance group. Its launch template, Auto Scaling group, instances and volumes get
 * them.
 */
export function groupTagProblems(
  tags: Readonly<Record<string, string>>,
  group: { name: string; controlPlane: boolean },
): TagProblem[] {
  return Object.entries(tags).flatMap(([key, value]) => {
    // kOps allows it (validateIGCloudLabels).
    if (key === instanceGroupTag && value === group.name) return [];
    return [
      ...reservedProblems(key),
      ...(group.controlPlane ? [] : labelTagProblems(key)),
      ...lengthProblems(key, value),
    ].map((message) => ({ key, message }));
  });
}

/** kops-controller makes node labels from these tags of a group (pkg/nodeidentity/aws in kOps). */
function labelTagProblems(key: string): string[] {
  if (!key.startsWith(templateLabel)) return [];
  const label = key.slice(templateLabel.length);
  return controlPlaneLabels.includes(label)
    ? [`gives nodes the label ${label} of control-plane nodes: pods with the cluster's keys run on nodes that have it`]
    : [];
}

/**
 * Labels that only control-plane nodes may have (BuildMandatoryControlPlaneLabels in pkg/nodelabels): kops-controller,
 * with its keys, runs on nodes that have them.
 */
const controlPlaneLabels: readonly string[] = [
  "node-role.kubernetes.io/control-plane",
  "kops.k8s.io/kops-controller-pki",
];

/**
 * Problems of the node labels of an instance group. kOps makes a tag of each label, for the cluster autoscaler. The
 * label `kops.k8s.io/instancegroup` is allowed: manifests of older versions of kOps have it, often with a former name
 * of the group, and kOps finds nodes by their instances.
 */
export function nodeLabelProblems(
  labels: Readonly<Record<string, string>>,
  group: { controlPlane: boolean },
): TagProblem[] {
  return Object.keys(labels).flatMap((key) => {
    const tag = `${templateLabel}${key}`;
    const messages = [
      ...(controlPlaneLabels.includes(key) && !group.controlPlane
        ? ["is a label of control-plane nodes: pods with the cluster's keys run where it is"]
        : []),
      ...(tag.length > longestKey
        ? [
            `is too long: kOps makes the tag ${templateLabel}… of it, and AWS takes ${longestKey} characters, so ` +
              `it can have ${longestKey - templateLabel.length}`,
          ]
        : []),
    ];
    return messages.map((message) => ({ key, message }));
  });
}

/** Problems of taints, `key=value:Effect`. kOps makes a tag of each taint with a value, for the cluster autoscaler. */
export function taintProblems(taints: readonly string[]): { index: number; message: string }[] {
  return taints.flatMap((taint, index) => {
    const equals = taint.indexOf("=");
    const key = equals < 0 ? "" : taint.slice(0, equals);
    if (templateTaint.length + key.length <= longestKey) return [];
    return [
      {
        index,
        message:
          `has too long a key: kOps makes the tag ${templateTaint}… of it, and AWS takes ${longestKey} ` +
          `characters, so it can have ${longestKey - templateTaint.length}`,
      },
    ];
  });
}

/** What decides the tags of an instance group. */
export interface TaggedGroup {
  role: "ControlPlane" | "APIServer" | "Node" | "Bastion";
  /** Tags of the cluster. */
  clusterTags: readonly string[];
  cloudLabels: readonly string[];
  nodeLabels: readonly string[];
  taints: readonly string[];
}

/**
 * Keys of all tags on an instance group's resources (CloudTagsForInstanceGroup in pkg/model/context.go in kOps),
 * including the one of the node termination handler.
 */
export function tagsOfGroup({ role, clusterTags, cloudLabels, nodeLabels, taints }: TaggedGroup): string[] {
  const roles = {
    ControlPlane: ["master", "control-plane"],
    APIServer: ["apiserver"],
    Node: ["node"],
    Bastion: ["bastion"],
  }[role];
  const labels = {
    ControlPlane: [...controlPlaneLabels, "node.kubernetes.io/exclude-from-external-load-balancers"],
    APIServer: ["node-role.kubernetes.io/api-server"],
    Node: ["node-role.kubernetes.io/node"],
    Bastion: [],
  }[role];
  return [
    ...new Set([
      "Name",
      kopsClusterTag,
      clusterTagPrefix,
      instanceGroupTag,
      "aws-node-termination-handler/managed",
      ...roles.map((one) => `k8s.io/role/${one}`),
      ...clusterTags,
      ...cloudLabels,
      ...[...labels, ...nodeLabels].map((label) => `${templateLabel}${label}`),
      ...taints
        .filter((taint) => taint.includes("="))
        .map((taint) => `${templateTaint}${taint.slice(0, taint.indexOf("="))}`),
    ]),
  ];
}

/** Says that the resources of a group would have more tags than AWS takes. */
export function tagCountProblem(group: TaggedGroup): string | undefined {
  const all = tagsOfGroup(group);
  if (all.length <= mostTags) return undefined;
  const given = new Set([...group.clusterTags, ...group.cloudLabels]).size;
  return (
    `would have ${all.length} tags, ${given} of them given and the others those of kOps, its labels and taints ` +
    `among them: AWS takes ${mostTags}`
  );
}
