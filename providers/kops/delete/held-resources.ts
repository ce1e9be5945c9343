import type { KopsNames } from "../model/cloud-names.ts";
import type { Resource } from "../aws/resources/resource.ts";
import { ownershipOf, groupTag, isFree, byOwnership, describeResource } from "./ownership.ts";

/** Something that keeps AWS from deleting a resource of the cluster. */
export interface Hold {
  /** Id of the security group or VPC. */
  held: string;
  /** What uses it, in words. */
  by: string;
}

/** Whether the deletion also removes what uses this network interface. */
function isDeletedToo(
  names: KopsNames,
  { name, instance, tags, detail }: Resource,
  groups: ReadonlySet<string>,
): boolean {
  const { type, requester } = (detail ?? {}) as { type?: string; requester?: string };
  // Load balancers are listed themselves; kOps deletes a NAT gateway with the route table of the cluster's VPC.
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
      `${instance.id}${title === undefined ? "" : ` (${title})`}` +
      (group === undefined ? "" : ` of Auto Scaling group ${group}`)
    );
  }
  return `${isFree(found) ? "unused " : ""}network interface ${id}${name === "" ? "" : ` (${name})`}`;
}

/**
 * Other people's instances, network interfaces, load balancers and security group rules that use the cluster's security
 * groups or its own VPC. The deletion does not remove them.
 */
export function holdsOn(names: KopsNames, resources: readonly Resource[]): Hold[] {
  const { cluster, workload } = byOwnership(names, resources);
  const deleted = new Set([...cluster, ...workload]);
  const groups = new Set(cluster.filter(({ kind }) => kind === "security-group").map(({ id }) => id));
  const vpcs = new Set(cluster.filter(({ kind }) => kind === "vpc").map(({ id }) => id));
  const scaling = new Set(cluster.filter(({ kind }) => kind === "autoscaling-group").map(({ name }) => name));
  const holds: Hold[] = [];
  for (const resource of resources) {
    if (deleted.has(resource)) continue;
    const held =
      resource.groups?.find((id) => groups.has(id)) ??
      (resource.vpc !== undefined && vpcs.has(resource.vpc) ? resource.vpc : undefined);
    if (held === undefined) continue;
    if (resource.kind === "network-interface") {
      if (!isDeletedToo(names, resource, scaling)) holds.push({ held, by: describeInterface(resource) });
    } else if (
      resource.kind === "load-balancer" ||
      resource.kind === "classic-load-balancer" ||
      resource.kind === "security-group-rule" ||
      resource.kind === "security-group"
    ) {
      holds.push({ held, by: describeResource(resource) });
    }
  }
  return [...new Map(holds.map((one) => [`${one.held} ${one.by}`, one])).values()];
}

/** Everything that uses a resource now, whoever owns it. */
export function heldBy(id: string, resources: readonly Resource[]): string[] {
  const by = resources.flatMap((one) => {
    if (one.id === id || (one.groups?.includes(id) !== true && one.vpc !== id)) return [];
    return one.kind === "network-interface" ? [describeInterface(one)] : [describeResource(one)];
  });
  return [...new Set(by)];
}
