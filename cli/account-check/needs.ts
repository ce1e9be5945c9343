import { isRecord, itemsOf, fieldsOf } from "../../providers/kops/model/spec.ts";
import { isKarpenter, roleOf, type Role } from "../../providers/kops/model/instance-groups.ts";
import { surgeOf } from "../../providers/kops/plan/document/estimate.ts";
import { natGateways } from "../../components/network/nat.ts";
import type { NetworkRequest } from "../../components/network/request.ts";

/** A cluster as kOps reads it. */
export interface KopsObjects {
  name: string;
  cluster: Record<string, unknown>;
  instanceGroups: Readonly<Record<string, Record<string, unknown>>>;
}

/** Machines of one instance group, on demand or spot. */
export interface Machines {
  cluster: string;
  group: string;
  /** Types that AWS may choose among. */
  types: string[];
  market: "on-demand" | "spot";
  /** As the group begins. */
  start: number;
  /** At its largest. */
  most: number;
  /** In addition while it rolls. kOps rolls the groups of a cluster one after another. */
  surge: number;
}

/** What has a quota of its own in a region. */
export interface Counts {
  vpcs: number;
  internetGateways: number;
  egressOnlyGateways: number;
  addresses: number;
  networkLoadBalancers: number;
  classicLoadBalancers: number;
  roles: number;
  instanceProfiles: number;
}

/** What a stack makes, as far as AWS limits it. */
export interface Needs {
  counts: Counts;
  /** By zone. */
  natGateways: Record<string, number>;
  machines: Machines[];
  /** Groups whose nodes Karpenter chooses, as `cluster/group`. */
  karpenter: string[];
}

const none: Counts = {
  vpcs: 0,
  internetGateways: 0,
  egressOnlyGateways: 0,
  addresses: 0,
  networkLoadBalancers: 0,
  classicLoadBalancers: 0,
  roles: 0,
  instanceProfiles: 0,
};

const counted = <Key>(keys: readonly Key[]): Map<Key, number> =>
  keys.reduce((counts, key) => counts.set(key, (counts.get(key) ?? 0) + 1), new Map<Key, number>());

/** What the stack makes of its own network; nothing in one that exists. */
export function networkNeeds(network: NetworkRequest | undefined): Pick<Needs, "natGateways"> & { counts: Counts } {
  if (!network || network.existing) return { counts: none, natGateways: {} };
  const { zones, topology = "private", ipv6 = false, flowLogs } = network;
  const { mode, addresses } = natGateways(topology === "public" ? "none" : (network.nat ?? "per-zone"));
  const inZones = mode === "none" ? [] : mode === "single" ? zones.slice(0, 1) : zones;
  return {
    counts: {
      ...none,
      vpcs: 1,
      internetGateways: 1,
      egressOnlyGateways: ipv6 !== false && topology === "private" ? 1 : 0,
      addresses: Math.max(0, inZones.length - addresses.length),
      roles: flowLogs?.to === "cloudwatch" ? 1 : 0,
    },
    natGateways: Object.fromEntries(counted(inZones)),
  };
}

/** What kOps makes of a network for a cluster that has its own. */
function ownNetworkNeeds({ cluster }: KopsObjects): Pick<Needs, "natGateways"> & { counts: Counts } {
  const subnets = itemsOf(cluster["subnets"]).map(fieldsOf);
  if (subnets.some(({ id }) => typeof id === "string" && id !== "")) return { counts: none, natGateways: {} };
  const vpc = cluster["networkID"] === undefined || cluster["networkID"] === "" ? 1 : 0;
  const gateways = subnets.filter(({ type, egress }) => type === "Private" && (egress ?? "") === "");
  const zones = [...new Set(gateways.map(({ zone }) => String(zone)))];
  const outside = subnets.some(({ type }) => type !== "Private");
  return {
    counts: { ...none, vpcs: vpc, internetGateways: outside ? vpc : 0, addresses: zones.length },
    natGateways: Object.fromEntries(counted(zones)),
  };
}

const sizes: Readonly<Record<Role, number>> = { ControlPlane: 1, APIServer: 1, Bastion: 1, Node: 2 };

/** Of `nodes` nodes, those on demand (instances distribution of an Auto Scaling group). */
function onDemand(group: Record<string, unknown>, nodes: number): number {
  const { maxPrice } = group;
  if (typeof maxPrice === "string" && maxPrice !== "") return 0;
  const mixed = fieldsOf(group["mixedInstancesPolicy"]);
  const { onDemandBase: base = 0, onDemandAboveBase: share = 100 } = mixed;
  const [first, percent] = [Number(base), Number(share)];
  return Math.min(nodes, first + Math.ceil((Math.max(0, nodes - first) * percent) / 100));
}

const texts = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).flatMap((one: unknown) =>
    typeof one === "string" && one !== "" ? one.split(",") : [],
  );

/** Machines of one group. */
function machinesOf({ name: cluster, cluster: spec }: KopsObjects, name: string, group: Record<string, unknown>) {
  const role = roleOf(group);
  const start = Number(group["minSize"] ?? sizes[role]);
  const most = Math.max(start, Number(group["maxSize"] ?? sizes[role]));
  const surge = surgeOf(group, spec, { nodes: most, controlPlane: role === "ControlPlane" });
  const mixed = texts(fieldsOf(group["mixedInstancesPolicy"])["instances"]);
  const types = mixed.length > 0 ? mixed : texts(group["machineType"]);
  const [always, atMost, rolling] = [start, most, most + surge].map((nodes) => onDemand(group, nodes)) as [
    number,
    number,
    number,
  ];
  const parts: Machines[] = [
    { cluster, group: name, types, market: "on-demand", start: always, most: atMost, surge: rolling - atMost },
    {
      cluster,
      group: name,
      types,
      market: "spot",
      start: start - always,
      most: most - atMost,
      surge: surge - (rolling - atMost),
    },
  ];
  return parts.filter((one) => one.most + one.surge > 0);
}

/** Load balancers that kOps makes: for the API, and for bastions (pkg/model/awsmodel). */
function balancers({
  cluster,
  instanceGroups,
}: KopsObjects): Pick<Counts, "networkLoadBalancers" | "classicLoadBalancers"> {
  const api = fieldsOf(cluster["api"])["loadBalancer"];
  const isNetwork = isRecord(api) && api["class"] === "Network";
  const bastions = Object.values(instanceGroups).some((group) => roleOf(group) === "Bastion");
  return {
    networkLoadBalancers: (isNetwork ? 1 : 0) + (bastions ? 1 : 0),
    classicLoadBalancers: isRecord(api) && !isNetwork ? 1 : 0,
  };
}

/** Roles and instance profiles that kOps makes: one for each kind of group, and roles of service accounts. */
function identities({ cluster, instanceGroups }: KopsObjects): Pick<Counts, "roles" | "instanceProfiles"> {
  const own = Object.values(instanceGroups).filter((group) => fieldsOf(group["iam"])["profile"] === undefined);
  const kinds = new Set(own.map(roleOf)).size;
  const accounts = itemsOf(fieldsOf(cluster["iam"])["serviceAccountExternalPermissions"]).length;
  return { roles: kinds + accounts, instanceProfiles: kinds };
}

function add(one: Counts, other: Partial<Counts>): Counts {
  const keys = Object.keys(none) as (keyof Counts)[];
  return Object.fromEntries(keys.map((key) => [key, one[key] + (other[key] ?? 0)])) as unknown as Counts;
}

/** What a stack makes: its network, if any, and all its clusters. */
export function needsOf(network: NetworkRequest | undefined, clusters: readonly KopsObjects[]): Needs {
  const own = networkNeeds(network);
  const natGatewaysIn = { ...own.natGateways };
  let { counts } = own;
  for (const one of clusters) {
    const theirs = ownNetworkNeeds(one);
    counts = [theirs.counts, balancers(one), identities(one)].reduce<Counts>(add, counts);
    for (const [zone, count] of Object.entries(theirs.natGateways))
      natGatewaysIn[zone] = (natGatewaysIn[zone] ?? 0) + count;
  }
  const groups = clusters.flatMap((one) => Object.entries(one.instanceGroups).map((group) => ({ one, group })));
  return {
    counts,
    natGateways: natGatewaysIn,
    machines: groups.flatMap(({ one, group: [name, group] }) =>
      isKarpenter(group) ? [] : machinesOf(one, name, group),
    ),
    karpenter: groups.flatMap(({ one, group: [name, group] }) => (isKarpenter(group) ? [`${one.name}/${name}`] : [])),
  };
}
