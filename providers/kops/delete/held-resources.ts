import type { MadeNames } from "../store/made-names.ts";
import type { Resource } from "../aws/resources/resource.ts";
import { ownershipOf, groupTag, isFree, byOwnership, describeResource } from "./ownership.ts";

/** Something that keeps AWS from deleting what is the cluster's. */
export interface Hold {
  /** The security group or VPC that it holds, by id. */
  held: string;
  /** What holds it, in words. */
  by: string;
}

/** Whether an interface is in nobody's way, as it goes with what the deletion takes. */
function isDeletedToo(
  names: MadeNames,
  { name, instance, tags, detail }: Resource,
  groups: ReadonlySet<string>,
): boolean {
  const { type, requester } = (detail ?? {}) as { type?: string; requester?: string };
  // Load balancers are looked at themselves; a NAT gateway goes with the route table of the cluster's VPC.
  if (
    requester === "amazon-elb" ||
    type === "network_load_balancer" ||
    type === "load_balancer" ||
    type === "nat_gateway" ||
    name.startsWith("Interface for NAT Gateway ")
  )
    return true;
  if (instance === undefined) return false;
  const group = instance.tags[groupTag];
  if (group !== undefined && groups.has(group)) return true;
  const one: Resource = { kind: "instance", id: instance.id, name: "", tags: instance.tags };
  return (
    ownershipOf(names, one) === "cluster" ||
    (tags["node.k8s.amazonaws.com/instance_id"] !== undefined &&
      ownershipOf(names, { ...one, kind: "network-interface", tags }) === "cluster")
  );
}

function describeInterface(found: Resource): string {
  const { id, name, instance } = found;
  if (instance !== undefined) {
    const group = instance.tags[groupTag];
    const title = instance.tags["Name"];
    return (
      "instance " +
      `${instance.id}${title === undefined ? "" : ` (${title})`}${group === undefined ? "" : ` of Auto Scaling group ${group}`}`
    );
  }
  return `network interface ${id}${name === "" ? "" : ` (${name})`}${isFree(found) ? ", which nothing uses" : ""}`;
}

/**
 * What holds the cluster's security groups and its own VPC, and goes by nothing that the deletion deletes: instances,
 * network interfaces, load balancers and rules of security groups of somebody else.
 */
export function holdsOn(names: MadeNames, resources: readonly Resource[]): Hold[] {
  const { cluster, workload } = byOwnership(names, resources);
  const going = new Set([...cluster, ...workload]);
  const groups = new Set(cluster.filter(({ kind }) => kind === "security-group").map(({ id }) => id));
  const vpcs = new Set(cluster.filter(({ kind }) => kind === "vpc").map(({ id }) => id));
  const scaling = new Set(cluster.filter(({ kind }) => kind === "autoscaling-group").map(({ name }) => name));
  const holders: Hold[] = [];
  for (const resource of resources) {
    if (going.has(resource)) continue;
    const held =
      resource.groups?.find((id) => groups.has(id)) ??
      (resource.vpc !== undefined && vpcs.has(resource.vpc) ? resource.vpc : undefined);
    if (held === undefined) continue;
    if (resource.kind === "network-interface") {
      if (!isDeletedToo(names, resource, scaling)) holders.push({ held, by: describeInterface(resource) });
    } else if (
      resource.kind === "load-balancer" ||
      resource.kind === "classic-load-balancer" ||
      resource.kind === "security-group-rule" ||
      resource.kind === "security-group"
    ) {
      holders.push({ held, by: describeResource(resource) });
    }
  }
  return [...new Map(holders.map((one) => [`${one.held} ${one.by}`, one])).values()];
}

/** By what a resource that AWS does not let go is held now, whosever it is: for the one who waits. */
export function heldBy(id: string, resources: readonly Resource[]): string[] {
  const by = resources.flatMap((one) => {
    if (one.id === id || (one.groups?.includes(id) !== true && one.vpc !== id)) return [];
    return one.kind === "network-interface" ? [describeInterface(one)] : [describeResource(one)];
  });
  return [...new Set(by)];
}
