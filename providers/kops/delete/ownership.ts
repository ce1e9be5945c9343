import type { MadeNames } from "../store/made-names.ts";
import { kinds } from "../aws/resources/resource.ts";
import type { Kind, Resource, Tags } from "../aws/resources/resource.ts";
import { madeFor } from "../kops-cli/output/delete-plan.ts";

/**
 * Whose a resource is, as far as it shows:
 * - `cluster`: the cluster's own, by its tags, or by its name and something else that only kOps writes.
 * - `workload`: made by something that runs in the cluster.
 * - `unproven`: it has a name that kOps gives, and nothing else that shows whose it is.
 * - `other`: somebody else's.
 */
export type Ownership = "cluster" | "workload" | "unproven" | "other";

/** Parts of a network carry the tag `shared` when they are not the cluster's; only `owned` makes one its own. */
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

const clusterKey = "kubernetes.io/cluster/";

/** Whether tags say that a resource is another cluster's. */
function isAnothers(cluster: string, tags: Tags): boolean {
  const { KubernetesCluster: named, "elbv2.k8s.aws/cluster": balanced } = tags;
  if ((named !== undefined && named !== cluster) || (balanced !== undefined && balanced !== cluster)) return true;
  return (
    tags[`${clusterKey}${cluster}`] === undefined &&
    Object.entries(tags).some(([key, value]) => key.startsWith(clusterKey) && value === "owned")
  );
}

/** Whether a resource has a name that kOps gives for this cluster. */
function hasKopsName(names: MadeNames, { kind, name }: Resource): boolean {
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

/** Whose a resource is. */
export function ownershipOf(names: MadeNames, resource: Resource): Ownership {
  const { cluster } = names;
  const { kind, tags, proof } = resource;
  const relation = tags[`${clusterKey}${cluster}`];
  if (relation === "shared" || isAnothers(cluster, tags)) return "other";
  if (madeFor(cluster, tags) !== undefined) return "workload";
  if (relation === "owned") return "cluster";
  if (!partsOfNetwork.has(kind) && (tags["KubernetesCluster"] === cluster || relation !== undefined)) return "cluster";
  if (kind === "network-interface" && tags["cluster.k8s.amazonaws.com/name"] === cluster) return "cluster";
  if (!hasKopsName(names, resource)) return "other";
  return proof === undefined ? "unproven" : "cluster";
}

/** A network interface that nothing has any more. */
export function isFree({ kind, detail }: Resource): boolean {
  return kind === "network-interface" && (detail as { status?: string } | undefined)?.status === "available";
}

/** By this tag AWS tells which Auto Scaling group an instance is of. */
export const groupTag = "aws:autoscaling:groupName";

/** What can be deleted of its own: an interface in use goes with what has it, an instance of a group with the group. */
function isRemovable(resource: Resource): boolean {
  if (resource.kind === "instance") return resource.tags[groupTag] === undefined;
  return resource.kind !== "network-interface" || isFree(resource);
}

/** What a look found, sorted. In the order in which it can be deleted. */
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

export function byOwnership(names: MadeNames, resources: readonly Resource[]): ByOwnership {
  const groups: ByOwnership = { cluster: [], workload: [], unproven: [], other: [] };
  for (const resource of inDeletionOrder(resources)) {
    const whose = ownershipOf(names, resource);
    if ((whose === "cluster" || whose === "workload") && !isRemovable(resource)) groups.other.push(resource);
    else groups[whose].push(resource);
  }
  return groups;
}

/** A resource in words. */
export function describeResource({ kind, id, name }: Resource): string {
  const what = kind === "autoscaling-config" ? "launch template" : kind.replaceAll("-", " ");
  return name === "" || name === id ? `${what} ${id}` : `${what} ${name} (${id})`;
}

/** The same of one that workloads made. */
export function describeWorkload(cluster: string, resource: Resource): string {
  const data = resource.kind === "volume" || resource.kind === "snapshot" ? ", with its data" : "";
  return `${describeResource(resource)} of ${madeFor(cluster, resource.tags) ?? "a workload"}${data}`;
}
