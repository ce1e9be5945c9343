export type Tags = Readonly<Record<string, string>>;

/** Kinds of resources, in kOps's words where it has one, in the order in which they can be deleted. */
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

/** A resource that may be the cluster's, because it has a tag of the cluster or a name that kOps gives. */
export interface Resource {
  kind: Kind;
  id: string;
  name: string;
  tags: Tags;
  /** Why it is kOps's, apart from its name: decides when no tag does. */
  proof?: string | undefined;
  /** Ids of its security groups, where they matter. */
  groups?: readonly string[] | undefined;
  /** Id of its VPC. */
  vpc?: string | undefined;
  /** For a network interface: its instance, with the tags of that. */
  instance?: { id: string; tags: Tags } | undefined;
  /** What a deletion needs besides the id: the zone and record, the security group of a rule. */
  detail?: unknown;
}

/** Tags of any service as a mapping. */
export function tagsOf(
  tags: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined,
): Record<string, string> {
  return Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key ?? "", Value ?? ""]));
}
