import type { Kind as ClusterKind } from "../../../providers/kops/aws/resources/resource.ts";
import type { Run } from "../run-name.ts";

/** Kinds of resources that an acceptance run makes, in the order in which AWS lets them be deleted. */
export const sweptKinds = [
  "autoscaling-group",
  "instance",
  "load-balancer",
  "classic-load-balancer",
  "target-group",
  "eventbridge-rule",
  "sqs",
  "flow-log",
  "vpc-endpoint",
  "peering",
  "nat-gateway",
  "network-interface",
  "autoscaling-config",
  "iam-instance-profile",
  "iam-role",
  "iam-policy",
  "oidc-provider",
  "keypair",
  "security-group",
  "elastic-ip",
  "subnet",
  "route-table",
  "internet-gateway",
  "egress-only-internet-gateway",
  "hosted-zone",
  "vpc",
  "dhcp-options",
  "volume",
  "snapshot",
  "log-group",
  "bucket",
  "kms-key",
] as const;

export type SweptKind = (typeof sweptKinds)[number];

/** Kinds that the provider deletes, too. */
export type SharedKind = Extract<SweptKind, ClusterKind>;

/** A resource that a run left behind. */
export interface Leftover {
  kind: SweptKind;
  id: string;
  name: string;
  run: Run;
  /** The VPC of an internet gateway. */
  vpc?: string | undefined;
  /** AWS is deleting it already: there is nothing to do but wait. */
  leaving?: boolean;
}

/** As AWS lists it, before anybody asked whose it is. */
export type Listed = Omit<Leftover, "run"> & { tags: Readonly<Record<string, string>> };

export const describe = ({ kind, id, name }: Pick<Leftover, "kind" | "id" | "name">): string =>
  name === "" || name === id ? `${kind} ${id}` : `${kind} ${name} (${id})`;
