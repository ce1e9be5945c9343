import { clusterTagOf } from "../../../providers/kops/model/tag-keys.ts";
import { type Issue } from "../../config/problems.ts";
import type { Tags } from "../../tags/subnet-tags.ts";
import { rangeAround } from "../model/ranges.ts";
import { ipv6Problems } from "./ipv6.ts";
import { roleTag, tagLimitProblems, type SubnetKind } from "../../tags/keys.ts";
import type { ChosenSubnets, ExistingRequest, RoleTags } from "./request.ts";

export interface FoundVpc {
  id: string;
  /** Its first range. */
  cidr: string;
  secondaryCidrs: readonly string[];
  dnsSupport: boolean;
  dnsHostnames: boolean;
}

export interface FoundSubnet {
  id: string;
  vpcId: string;
  zone: string;
  cidr: string;
  freeAddresses: number;
  tags: Tags;
  /** Absent without IPv6. */
  ipv6Cidr?: string;
}

export interface FoundTable {
  /** Whether it serves subnets without a table of their own. */
  main: boolean;
  subnetIds: readonly string[];
  /** Target of `0.0.0.0/0`: the id of a gateway or the like; absent without such a route. */
  defaultTarget?: string;
  /** The same of `::/0`. */
  ipv6Target?: string;
  /** The same of NAT64's prefix. */
  nat64Target?: string;
}

/** An existing network, as AWS returned it. */
export interface FoundNetwork {
  vpc: FoundVpc;
  /** Absent if the request has no private subnets. */
  private?: readonly FoundSubnet[];
  /** Absent if the request has no utility subnets. */
  utility?: readonly FoundSubnet[];
  tables: readonly FoundTable[];
}

export interface ExistingZone {
  zone: string;
  privateSubnetId?: string;
  privateCidr?: string;
  utilitySubnetId?: string;
  utilityCidr?: string;
  /** Both absent unless IPv6 clusters can be in the network. */
  privateIpv6Cidr?: string;
  utilityIpv6Cidr?: string;
}

/** An existing network that clusters can use. */
export interface ResolvedNetwork {
  vpcId: string;
  vpcCidr: string;
  secondaryCidrs: readonly string[];
  /** Whether IPv6 clusters can be in it. @default false */
  ipv6Clusters?: boolean;
  zones: ExistingZone[];
}

const defaultFreeAddresses = 16;
/** AWS refuses a load balancer in a subnet with fewer. */
const loadBalancerAddresses = 8;

/** The subnets of a kind by zone, one in each; a missing or second subnet is a problem. */
function choose(
  kind: SubnetKind,
  chosen: ChosenSubnets,
  found: readonly FoundSubnet[],
  zones: readonly string[],
  vpc: FoundVpc,
  problems: Issue[],
): Map<string, FoundSubnet> {
  const path = ["existing", "subnets", kind];
  const byZone = new Map<string, FoundSubnet>();
  const pathOf = (id: string): PropertyKey[] =>
    chosen.ids ? [...path, "ids", chosen.ids.indexOf(id)] : [...path, "tags"];
  for (const [index, id] of (chosen.ids ?? []).entries()) {
    if (!found.some((subnet) => subnet.id === id))
      problems.push({ path: [...path, "ids", index], message: `there is no subnet ${id} in this account and region` });
  }
  for (const subnet of found) {
    if (subnet.vpcId !== vpc.id) {
      problems.push({
        path: pathOf(subnet.id),
        message: `${subnet.id} is in ${subnet.vpcId}, not in the VPC ${vpc.id}`,
      });
      continue;
    }
    if (!zones.includes(subnet.zone)) {
      if (chosen.ids)
        problems.push({
          path: pathOf(subnet.id),
          message: `${subnet.id} is in ${subnet.zone}, which is not one of the zones ${zones.join(", ")}`,
        });
      continue;
    }
    const other = byZone.get(subnet.zone);
    if (other)
      problems.push({
        path: pathOf(subnet.id),
        message: `${subnet.id} and ${other.id} are both in ${subnet.zone}: one ${kind} subnet in each zone is used`,
      });
    else byZone.set(subnet.zone, subnet);
  }
  for (const zone of zones) {
    if (!byZone.has(zone)) problems.push({ path, message: `there is no ${kind} subnet in ${zone}` });
  }
  return byZone;
}

function vpcProblems({ id, dnsSupport, dnsHostnames }: FoundVpc): Issue[] {
  const path = ["existing", "vpcId"];
  const problems: Issue[] = [];
  for (const [on, attribute, why] of [
    [dnsSupport, "enableDnsSupport", "kOps refuses a VPC without it"],
    [dnsHostnames, "enableDnsHostnames", "private hosted zones do not work without it"],
  ] as const) {
    if (!on)
      problems.push({ path, message: `the VPC ${id} has ${attribute} off: ${why} (aws ec2 modify-vpc-attribute)` });
  }
  return problems;
}

function rangeProblems(found: FoundSubnet, { cidr, secondaryCidrs }: FoundVpc, path: PropertyKey[]): Issue[] {
  const ranges = [cidr, ...secondaryCidrs];
  if (rangeAround(ranges, found.cidr) !== undefined) return [];
  return [
    {
      path,
      message: `${found.id} has the range ${found.cidr}, outside the VPC's ${ranges.join(" and ")}: kOps refuses it`,
    },
  ];
}

/** The table that AWS uses for a subnet. */
const tableOf = (subnet: string, tables: readonly FoundTable[]): FoundTable | undefined =>
  tables.find(({ subnetIds }) => subnetIds.includes(subnet)) ?? tables.find(({ main }) => main);

function routeProblems(
  kind: SubnetKind,
  { id }: FoundSubnet,
  request: ExistingRequest,
  tables: readonly FoundTable[],
  path: PropertyKey[],
): Issue[] {
  const target = tableOf(id, tables)?.defaultTarget;
  const toInternet = target?.startsWith("igw-") ?? false;
  if (kind === "utility") {
    if (toInternet) return [];
    const where = target === undefined ? "no default route" : `a default route to ${target}`;
    return [{ path, message: `${id} has ${where}: a utility subnet needs one to an internet gateway` }];
  }
  if (toInternet)
    return [
      {
        path,
        message:
          `${id} is not private: its default route goes to the internet gateway ${target ?? ""}, which does not ` +
          "work for nodes without a public address",
      },
    ];
  if (target === undefined && request.egress !== "none") {
    return [
      {
        path,
        message:
          `${id} has no default route, so nodes could not bootstrap. Give it one to a NAT gateway or the like, or ` +
          "write egress: none if images and AWS APIs are reached without one",
      },
    ];
  }
  return [];
}

function freeProblems(
  subnet: FoundSubnet,
  needed: number,
  what: string,
  clusters: readonly string[],
  path: PropertyKey[],
): Issue[] {
  // Clusters in the subnet already have addresses: a full subnet must not block a change of them.
  const known = clusters.length > 0 && clusters.every((cluster) => clusterTagOf(cluster) in subnet.tags);
  if (known || subnet.freeAddresses >= needed) return [];
  return [
    {
      path,
      message: `${subnet.id} (${subnet.cidr}) has ${subnet.freeAddresses} free addresses: ${what} needs ${needed}`,
    },
  ];
}

function roleProblems(
  roles: readonly SubnetKind[],
  { id, tags }: FoundSubnet,
  mode: RoleTags,
  path: PropertyKey[],
): Issue[] {
  if (mode === "ignore") return [];
  return (["utility", "private"] as const).flatMap((role): Issue[] => {
    const key = roleTag[role];
    const desired = roles.includes(role);
    if (!desired && key in tags) {
      return [
        {
          path,
          message:
            `${id} has the tag ${key}, which is for ${role} subnets: load balancers would use the wrong subnets. ` +
            "Remove it, or write roleTags: ignore",
        },
      ];
    }
    if (desired && mode === "expect" && !(key in tags)) {
      return [
        {
          path,
          message:
            `${id} does not have the tag ${key}: load balancer controllers would not find it. Write roleTags: own to ` +
            "have it added, or ignore",
        },
      ];
    }
    return [];
  });
}

/** The roles of a kind of subnet: without private subnets, utility subnets have both. */
export const rolesOf = (kind: SubnetKind, hasPrivate: boolean): SubnetKind[] =>
  kind === "utility" && !hasPrivate ? ["utility", "private"] : [kind];

/**
 * The requested network, and all problems that kOps, AWS or nodes would run into half an hour later. `clusters`: full
 * names of the clusters in it, also of new ones. `ipv6Clusters`: whether IPv6 clusters must be possible.
 */
export function resolveExisting(
  request: ExistingRequest,
  zones: readonly string[],
  found: FoundNetwork,
  clusters: readonly string[] = [],
  ipv6Clusters = false,
): { network: ResolvedNetwork; problems: Issue[] } {
  const { vpc, tables } = found;
  const problems = vpcProblems(vpc);
  const hasPrivate = request.subnets.private !== undefined;
  const mode = request.roleTags ?? "expect";
  const chosen = new Map<SubnetKind, Map<string, FoundSubnet>>();
  for (const kind of ["private", "utility"] as const) {
    const chosenBy = request.subnets[kind];
    if (!chosenBy) continue;
    const byZone = choose(kind, chosenBy, found[kind] ?? [], zones, vpc, problems);
    chosen.set(kind, byZone);
    const forNodes = kind === "private" || !hasPrivate;
    const roles = rolesOf(kind, hasPrivate);
    for (const subnet of byZone.values()) {
      const path = chosenBy.ids
        ? ["existing", "subnets", kind, "ids", chosenBy.ids.indexOf(subnet.id)]
        : ["existing", "subnets", kind];
      const needed = forNodes ? (request.freeAddresses ?? defaultFreeAddresses) : loadBalancerAddresses;
      problems.push(
        ...rangeProblems(subnet, vpc, path),
        ...routeProblems(kind, subnet, request, tables, path),
        ...freeProblems(subnet, needed, forNodes ? "a cluster" : "a load balancer", clusters, path),
        ...roleProblems(roles, subnet, mode, path),
        ...(ipv6Clusters ? ipv6Problems(kind, subnet, request, tableOf(subnet.id, tables), path) : []),
        ...tagLimitProblems([
          {
            what: subnet.id,
            path,
            keys: [
              ...Object.keys(subnet.tags),
              ...(mode === "own" ? roles.map((role) => roleTag[role]) : []),
              ...clusters.map(clusterTagOf),
            ],
          },
        ]),
      );
    }
  }
  problems.push(...sharedSubnets(chosen));
  if (ipv6Clusters && !hasPrivate)
    problems.push({ path: ["existing", "subnets"], message: "IPv6 clusters need private subnets, and it names none" });
  return {
    network: {
      vpcId: vpc.id,
      vpcCidr: vpc.cidr,
      secondaryCidrs: vpc.secondaryCidrs,
      ...(ipv6Clusters && { ipv6Clusters }),
      zones: zones.flatMap((zone) => {
        const [nodes, utility] = [chosen.get("private")?.get(zone), chosen.get("utility")?.get(zone)];
        if (!utility && !nodes) return [];
        return [
          {
            zone,
            ...(nodes && { privateSubnetId: nodes.id, privateCidr: nodes.cidr }),
            ...(utility && { utilitySubnetId: utility.id, utilityCidr: utility.cidr }),
            ...(ipv6Clusters && nodes?.ipv6Cidr !== undefined && { privateIpv6Cidr: nodes.ipv6Cidr }),
            ...(ipv6Clusters && utility?.ipv6Cidr !== undefined && { utilityIpv6Cidr: utility.ipv6Cidr }),
          },
        ];
      }),
    },
    problems,
  };
}

/** Subnets that match the tags of both kinds. */
function sharedSubnets(chosen: ReadonlyMap<SubnetKind, ReadonlyMap<string, FoundSubnet>>): Issue[] {
  const utility = new Set([...(chosen.get("utility")?.values() ?? [])].map(({ id }) => id));
  return [...(chosen.get("private")?.values() ?? [])]
    .filter(({ id }) => utility.has(id))
    .map(({ id }) => ({
      path: ["existing", "subnets"],
      message: `${id} is selected as both private and utility subnet`,
    }));
}
