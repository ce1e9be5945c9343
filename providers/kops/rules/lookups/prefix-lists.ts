import { roleOf } from "../../model/instance-groups.ts";
import { isRecord } from "../../model/spec.ts";
import { at, groupsOf, listOf, present } from "../rule.ts";
import type { Fields } from "../rule.ts";

/** A prefix list as EC2 describes it. */
export interface PrefixList {
  family: "IPv4" | "IPv6";
  /** AWS counts a list as so many rules, however many entries it has. */
  maxEntries: number;
}

/** Keys of the ClusterSpec whose ranges go into security groups. There kOps takes prefix lists, too. */
export const rangeKeys = ["kubernetesApiAccess", "sshAccess", "nodePortAccess"] as const;

export const isPrefixList = (range: unknown): range is string => typeof range === "string" && range.startsWith("pl-");

/** AWS's default quota: rules per security group and direction, for IPv4 and IPv6 each. */
const rulesPerGroup = 60;

/** A security group and the ranges that kOps opens it for: how many rules it makes of a CIDR, and of a prefix list. */
interface Opened {
  group: string;
  ranges: readonly unknown[];
  cidr: number;
  list: number;
}

/** external_access.go, api_loadbalancer.go and bastion.go in pkg/model/awsmodel: ICMP rules go with load balancers. */
function openedGroups(inputs: Fields): Opened[] {
  const rangesAt = (key: string): readonly unknown[] => {
    const value = at(inputs, `cluster.${key}`);
    return Array.isArray(value) ? value : [];
  };
  const [api, ssh, nodePort] = rangeKeys.map(rangesAt);
  const loadBalancer = at(inputs, "cluster.api.loadBalancer");
  const bastion = groupsOf(inputs).some(([, group]) => roleOf(group) === "Bastion");
  const tls = isRecord(loadBalancer) && present(loadBalancer["sslCertificate"]) !== undefined ? 1 : 0;
  const [controlPlane, nodes] = ["the control plane", "the nodes"];
  return [
    isRecord(loadBalancer)
      ? { group: "the API's load balancer", ranges: api ?? [], cidr: 2 + tls, list: 3 + tls }
      : { group: controlPlane, ranges: api ?? [], cidr: 1, list: 1 },
    ...(bastion
      ? [{ group: "the bastions' load balancer", ranges: ssh ?? [], cidr: 2, list: 3 }]
      : [controlPlane, nodes].map((group) => ({ group, ranges: ssh ?? [], cidr: 1, list: 1 }))),
    { group: nodes, ranges: nodePort ?? [], cidr: 2, list: 2 },
  ];
}

/** Warnings about prefix lists that exist: too many rules for AWS's quota, and a family that the cluster lacks. */
export function prefixListWarnings(inputs: Fields, lists: ReadonlyMap<string, PrefixList>): string[] {
  const opened = openedGroups(inputs);
  const counted = new Map<string, number>();
  for (const { group, ranges, cidr, list } of opened) {
    for (const range of ranges) {
      const found = isPrefixList(range) ? lists.get(range) : undefined;
      if (typeof range !== "string" || (isPrefixList(range) && !found)) continue;
      const family = found?.family ?? (range.includes(":") ? "IPv6" : "IPv4");
      const key = `${family} rules in the security group of ${group}`;
      counted.set(key, (counted.get(key) ?? 0) + (found ? list * found.maxEntries : cidr));
    }
  }
  const sizes = [...lists].map(([id, { maxEntries }]) => `${id} as ${maxEntries}`).join(", ");
  const tooMany = [...counted]
    .filter(([, rules]) => rules > rulesPerGroup)
    .map(
      ([key, rules]) =>
        `ranges count as ${rules} ${key} (a prefix list as its maximum of entries, for each port: ${sizes}); AWS ` +
        `allows ${rulesPerGroup} unless the quota "rules per security group" was raised`,
    );
  const subnets = at(inputs, "cluster.subnets");
  const onlyIpv4 =
    Array.isArray(subnets) &&
    listOf(subnets).length > 0 &&
    listOf(subnets).every((one) => present(one["ipv6CIDR"]) === undefined);
  const useless = [...lists].flatMap(([id, { family }]) =>
    family === "IPv6" && onlyIpv4 ? [`${id} holds IPv6 addresses, and the cluster has none: it opens nothing`] : [],
  );
  return [...tooMany, ...useless];
}
