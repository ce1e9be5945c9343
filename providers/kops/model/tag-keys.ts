/*
 * Which AWS tags and node labels people may give. kOps, etcd-manager, kops-controller and the cloud provider find their
 * own resources, volumes, groups and nodes by tags: a given one of the same key would take theirs away, and the cluster
 * could neither come up nor be deleted.
 */

/** AWS takes no more on one resource. Tags of AWS itself (`aws:…`) do not count. */
export const mostTags = 50;

const longestKey = 128;
const longestValue = 256;

const autoscaler = "k8s.io/cluster-autoscaler/";
const templateLabel = `${autoscaler}node-template/label/`;
const templateTaint = `${autoscaler}node-template/taint/`;
const groupLabel = "kops.k8s.io/instancegroup";

/**
 * By key, or by what keys begin with: who works by it. Keys of IAM do not differ by their case, so neither do these.
 */
const reserved: readonly [RegExp, string][] = [
  [/^name$/i, "kOps and this program name what they make by it"],
  [/^kubernetescluster$/i, "kOps finds what belongs to a cluster by it, also when it deletes"],
  [
    /^kubernetes\.io\/cluster\//i,
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

function lengths(key: string, value: string): string[] {
  return [
    ...(key === "" ? ["has an empty key, which AWS does not take"] : []),
    ...(key.length > longestKey ? [`has a key of ${key.length} characters: AWS takes ${longestKey}`] : []),
    ...(value.length > longestValue ? [`has a value of ${value.length} characters: AWS takes ${longestValue}`] : []),
  ];
}

/** What IAM takes in keys and values; other services take more. */
const ofIam = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

function notForIam(key: string, value: string): string[] {
  const words = [...(ofIam.test(key) ? [] : ["key"]), ...(ofIam.test(value) ? [] : ["value"])];
  return words.length === 0
    ? []
    : [
        `has a ${words.join(" and ")} with other characters than IAM takes for the tags of roles: letters, ` +
          "digits, spaces and _ . : / = + - @",
      ];
}

function ofReserved(key: string): string[] {
  const found = reserved.find(([pattern]) => pattern.test(key));
  return found === undefined ? [] : [`is a tag that is not for people to set: ${found[1]}`];
}

/** Keys that IAM takes for one, for they differ only by their case. `others` are set beside these. */
function twice(keys: readonly string[], others: readonly string[]): TagProblem[] {
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
 * What is wrong with tags of everything: of a stack, a cluster, `cloudLabels` of a Cluster. Roles get them too, so
 * IAM's limits hold.
 */
export function tagProblems(tags: Readonly<Record<string, string>>, others: readonly string[] = []): TagProblem[] {
  const each = Object.entries(tags).flatMap(([key, value]) =>
    [...ofReserved(key), ...protectedTemplate(key), ...lengths(key, value), ...notForIam(key, value)].map(
      (message) => ({ key, message }),
    ),
  );
  return [...each, ...twice(Object.keys(tags), others)];
}

/**
 * What is wrong with `cloudLabels` of an instance group: its launch template, Auto Scaling group, instances and volumes
 * get them.
 */
export function groupTagProblems(
  tags: Readonly<Record<string, string>>,
  group: { name: string; controlPlane: boolean },
): TagProblem[] {
  return Object.entries(tags).flatMap(([key, value]) => {
    // As kOps has it (validateIGCloudLabels).
    if (key === groupLabel && value === group.name) return [];
    return [...ofReserved(key), ...(group.controlPlane ? [] : protectedTemplate(key)), ...lengths(key, value)].map(
      (message) => ({ key, message }),
    );
  });
}

/** Node labels that nodes get out of tags of their group (pkg/nodeidentity/aws in kOps). */
function protectedTemplate(key: string): string[] {
  if (!key.startsWith(templateLabel)) return [];
  const label = key.slice(templateLabel.length);
  return controlPlaneLabels.includes(label)
    ? [`gives nodes the label ${label}, which is of control-plane nodes: pods with the cluster's keys run where it is`]
    : [];
}

/**
 * Labels of control-plane nodes alone (BuildMandatoryControlPlaneLabels in pkg/nodelabels): kops-controller, with its
 * keys, runs where they are.
 */
const controlPlaneLabels: readonly string[] = [
  "node-role.kubernetes.io/control-plane",
  "kops.k8s.io/kops-controller-pki",
];

/**
 * What is wrong with labels of an instance group's nodes. (`kops.k8s.io/instancegroup` is not: manifests of older
 * versions of kOps have it, often with a former name of the group, and kOps finds nodes by their instances.) kOps makes
 * a tag of each, for the cluster autoscaler.
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

/**
 * What is wrong with taints, `key=value:Effect`. kOps makes a tag of each that has a value, for the cluster autoscaler.
 */
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

/** An instance group as far as its tags go. */
export interface TaggedGroup {
  role: "ControlPlane" | "APIServer" | "Node" | "Bastion";
  /** Tags of the cluster. */
  clusterTags: readonly string[];
  cloudLabels: readonly string[];
  nodeLabels: readonly string[];
  taints: readonly string[];
}

/**
 * Keys of all tags of an instance group's resources (CloudTagsForInstanceGroup in pkg/model/context.go in kOps), the
 * one of the node termination handler among them.
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
      "KubernetesCluster",
      "kubernetes.io/cluster/",
      groupLabel,
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

/** That a group's resources would have more tags than AWS takes. */
export function tagCountProblem(group: TaggedGroup): string | undefined {
  const all = tagsOfGroup(group);
  if (all.length <= mostTags) return undefined;
  const given = new Set([...group.clusterTags, ...group.cloudLabels]).size;
  return (
    `would have ${all.length} tags, ${given} of them given and the others those of kOps, its labels and taints ` +
    `among them: AWS takes ${mostTags}`
  );
}
