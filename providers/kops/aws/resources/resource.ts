export type Tags = Readonly<Record<string, string>>;

/** Kinds of resources, by kOps's words where it has one. The order is that in which they can be deleted. */
export const kinds = [
  "autoscaling-group",
  "instance",
  "load-balancer",
  "classic-load-balancer",
  "target-group",
  "eventbridge-rule",
  "sqs",
  "network-interface",
  "nat-gateway",
  "autoscaling-config",
  "iam-instance-profile",
  "iam-role",
  "oidc-provider",
  "keypair",
  "security-group-rule",
  "security-group",
  "elastic-ip",
  "subnet",
  "route-table",
  "internet-gateway",
  "egress-only-internet-gateway",
  "vpc",
  "dhcp-options",
  "route53-record",
  "volume",
  "snapshot",
] as const;

export type Kind = (typeof kinds)[number];

/** A resource that may be the cluster's: it has a tag of the cluster, or a name that kOps gives. */
export interface Resource {
  kind: Kind;
  id: string;
  name: string;
  tags: Tags;
  /** What shows, beside its name, that kOps made it for this cluster: counts where it has no tag that says so. */
  proof?: string | undefined;
  /** Security groups it has, where that matters. */
  groups?: readonly string[] | undefined;
  /** What it lies in. */
  vpc?: string | undefined;
  /** Of a network interface: the instance that has it, with its tags. */
  instance?: { id: string; tags: Tags } | undefined;
  /** What a deletion needs beside the id: the zone and the record, the group of a rule. */
  detail?: unknown;
}

/** Tags of any service as a mapping. */
export function tagsOf(
  tags: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined,
): Record<string, string> {
  return Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key ?? "", Value ?? ""]));
}

/** Keys of tags by which something may be a cluster's. */
export function tagKeysOf(cluster: string): string[] {
  return [
    "KubernetesCluster",
    `kubernetes.io/cluster/${cluster}`,
    "elbv2.k8s.aws/cluster",
    "cluster.k8s.amazonaws.com/name",
  ];
}
