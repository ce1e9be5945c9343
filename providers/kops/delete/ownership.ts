import type { KopsNames } from "../model/cloud-names.ts";
import { kopsClusterTag, clusterTagOf, clusterTagPrefix } from "../model/tag-keys.ts";
import { kinds } from "../aws/resources/resource.ts";
import type { Kind, Resource, Tags } from "../aws/resources/resource.ts";
import { madeFor } from "./destroy-plan.ts";

/**
 * The owner of a resource:
 * - `cluster`: the cluster itself, by tags, or by its name and something else that only kOps writes.
 * - `workload`: something that runs in the cluster made it.
 * - `unproven`: it has a name that kOps gives, but no other proof.
 * - `other`: somebody else.
 */
export type Ownership = "cluster" | "workload" | "unproven" | "other";

/** A shared part of a network has the cluster's tag too, with `shared`: only `owned` makes it the cluster's. */
const partsOfNetwork: ReadonlySet<Kind> = new Set([
  "subnet",
  "vpc",
  "route-table",
  "internet-gateway",
  "egress-only-internet-gateway",
  "nat-gateway",
  "elastic-ip",
  "dhcp-options",
]);

/** Whether tags name another cluster as the owner. */
function isOfOtherCluster(cluster: string, tags: Tags): boolean {
  const { KubernetesCluster: named, "elbv2.k8s.aws/cluster": balanced } = tags;
  if ((named !== undefined && named !== cluster) || (balanced !== undefined && balanced !== cluster)) return true;
  return (
    tags[clusterTagOf(cluster)] === undefined &&
    Object.entries(tags).some(([key, value]) => key.startsWith(clusterTagPrefix) && value === "owned")
  );
}

/** Whether a resource has a name that kOps gives for this cluster. */
function hasKopsName(names: KopsNames, { kind, name }: Resource): boolean {
  switch (kind) {
    case "autoscaling-group":
    case "autoscaling-config":
      return names.autoScalingGroups.includes(name);
    case "iam-role":
    case "iam-instance-profile":
      return names.roles.includes(name);
    case "security-group":
      return names.securityGroups.includes(name);
    case "sqs":
      return name === names.queue;
    case "eventbridge-rule":
      return names.rules.includes(name);
    case "keypair":
    case "route53-record":
      return true;
    default:
      return false;
  }
}

export function ownershipOf(names: KopsNames, resource: Resource): Ownership {
  const { cluster } = names;
  const { kind, tags, proof } = resource;
  const relation = tags[clusterTagOf(cluster)];
  if (relation === "shared" || isOfOtherCluster(cluster, tags)) return "other";
  if (madeFor(cluster, tags) !== undefined) return "workload";
  if (relation === "owned") return "cluster";
  if (!partsOfNetwork.has(kind) && (tags[kopsClusterTag] === cluster || relation !== undefined)) return "cluster";
  if (kind === "network-interface" && tags["cluster.k8s.amazonaws.com/name"] === cluster) return "cluster";
  if (!hasKopsName(names, resource)) return "other";
  return proof === undefined ? "unproven" : "cluster";
}

/** A network interface that nothing uses any more. */
export function isFree({ kind, detail }: Resource): boolean {
  return kind === "network-interface" && (detail as { status?: string } | undefined)?.status === "available";
}

/** AWS's tag for the Auto Scaling group of an instance. */
export const groupTag = "aws:autoscaling:groupName";

/** Whether it is deleted by itself. AWS deletes an instance with its group, and an interface with what uses it. */
function isRemovable(resource: Resource): boolean {
  if (resource.kind === "instance") return resource.tags[groupTag] === undefined;
  return resource.kind !== "network-interface" || isFree(resource);
}

/** Resources by owner, in the order in which they can be deleted. */
export interface ByOwnership {
  cluster: Resource[];
  workload: Resource[];
  unproven: Resource[];
  other: Resource[];
}

/** Each resource once, in the order in which they can be deleted. */
export function inDeletionOrder(resources: readonly Resource[]): Resource[] {
  return [...new Map(resources.map((one) => [`${one.kind} ${one.id}`, one])).values()].sort(
    (a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || a.name.localeCompare(b.name),
  );
}

export function byOwnership(names: KopsNames, resources: readonly Resource[]): ByOwnership {
  const groups: ByOwnership = { cluster: [], workload: [], unproven: [], other: [] };
  for (const resource of inDeletionOrder(resources)) {
    const whose = ownershipOf(names, resource);
    if ((whose === "cluster" || whose === "workload") && !isRemovable(resource)) groups.other.push(resource);
    else groups[whose].push(resource);
  }
  return groups;
}

/** A resource in words: kind, name and id. */
export function describeResource({ kind, id, name }: Resource): string {
  const what = kind === "autoscaling-config" ? "launch template" : kind.replaceAll("-", " ");
  return name === "" || name === id ? `${what} ${id}` : `${what} ${name} (${id})`;
}

/** The same for a resource of a workload, with its maker. */
export function describeWorkload(cluster: string, resource: Resource): string {
  const data = resource.kind === "volume" || resource.kind === "snapshot" ? ", with its data" : "";
  return `${describeResource(resource)} of ${madeFor(cluster, resource.tags) ?? "a workload"}${data}`;
}
