import { isDeepStrictEqual } from "node:util";
import type { IpPermission } from "@aws-sdk/client-ec2";
import type { Props } from "../../../protocol/values.ts";
import { bool, number, objects, text, texts } from "../../shared/handler.ts";

/** One source or destination of one port range: the unit that AWS adds and removes. */
export interface Permission {
  readonly protocol: string;
  readonly from: number;
  readonly to: number;
  readonly kind: "cidr" | "ipv6" | "prefixList" | "group";
  readonly peer: string;
  readonly description: string;
}

// AWS returns names for the protocols that have one.
const PROTOCOLS: Readonly<Record<string, string>> = { all: "-1", "1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6" };

/** The rules in the form of the arguments `ingress` and `egress`. `self` is the group's own id. */
export function fromArguments(rules: readonly Props[], self: string): Permission[] {
  return rules.flatMap((rule) => {
    const given = (text(rule, "protocol") ?? "-1").toLowerCase();
    const protocol = PROTOCOLS[given] ?? given;
    // For "all protocols", ports have no meaning, and programs write 0.
    const [from, to] = protocol === "-1" ? [0, 0] : [number(rule, "fromPort") ?? 0, number(rule, "toPort") ?? 0];
    const of =
      (kind: Permission["kind"]) =>
      (peer: string): Permission => ({ protocol, from, to, kind, peer, description: text(rule, "description") ?? "" });
    return [
      ...texts(rule, "cidrBlocks").map(of("cidr")),
      ...texts(rule, "ipv6CidrBlocks").map(of("ipv6")),
      ...texts(rule, "prefixListIds").map(of("prefixList")),
      ...texts(rule, "securityGroups").map(of("group")),
      ...(bool(rule, "self") ? [self] : []).map(of("group")),
    ];
  });
}

export function fromAws(permissions: readonly IpPermission[] | undefined): Permission[] {
  return (permissions ?? []).flatMap((permission) => {
    const protocol = permission.IpProtocol ?? "-1";
    const [from, to] = protocol === "-1" ? [0, 0] : [permission.FromPort ?? 0, permission.ToPort ?? 0];
    const of = (kind: Permission["kind"], peer = "", description = ""): Permission => ({
      protocol,
      from,
      to,
      kind,
      peer,
      description,
    });
    return [
      ...(permission.IpRanges ?? []).map((range) => of("cidr", range.CidrIp, range.Description)),
      ...(permission.Ipv6Ranges ?? []).map((range) => of("ipv6", range.CidrIpv6, range.Description)),
      ...(permission.PrefixListIds ?? []).map((list) => of("prefixList", list.PrefixListId, list.Description)),
      ...(permission.UserIdGroupPairs ?? []).map((pair) => of("group", pair.GroupId, pair.Description)),
    ];
  });
}

export function toAws({ protocol, from, to, kind, peer, description }: Permission): IpPermission {
  const Description = description === "" ? {} : { Description: description };
  return {
    IpProtocol: protocol,
    ...(protocol !== "-1" && { FromPort: from, ToPort: to }),
    ...(kind === "cidr" && { IpRanges: [{ CidrIp: peer, ...Description }] }),
    ...(kind === "ipv6" && { Ipv6Ranges: [{ CidrIpv6: peer, ...Description }] }),
    ...(kind === "prefixList" && { PrefixListIds: [{ PrefixListId: peer, ...Description }] }),
    ...(kind === "group" && { UserIdGroupPairs: [{ GroupId: peer, ...Description }] }),
  };
}

/** The rules to add and to remove. */
export function permissionDelta(
  olds: readonly Permission[],
  news: readonly Permission[],
): { add: Permission[]; remove: Permission[] } {
  const without = (list: readonly Permission[], other: readonly Permission[]): Permission[] =>
    list.filter((permission) => !other.some((candidate) => isDeepStrictEqual(candidate, permission)));
  return { add: without(news, olds), remove: without(olds, news) };
}

/**
 * The rules in the form of the arguments. AWS does not keep their grouping: if they mean the same as the program's, its
 * grouping stays, or every refresh would show a change.
 */
export function observedRules(
  permissions: readonly Permission[],
  asWritten: Props,
  name: "ingress" | "egress",
  self: string,
): Props[] {
  const written = objects(asWritten, name);
  const { add, remove } = permissionDelta(fromArguments(written, self), permissions);
  if (written.length > 0 && add.length === 0 && remove.length === 0) return written;
  const groups = new Map<string, Permission[]>();
  for (const permission of permissions) {
    const key = `${permission.protocol} ${permission.from} ${permission.to} ${permission.description}`;
    groups.set(key, [...(groups.get(key) ?? []), permission]);
  }
  return [...groups.values()].map((members): Props => {
    const peers = (kind: Permission["kind"]): string[] =>
      members
        .filter((member) => member.kind === kind && member.peer !== self)
        .map(({ peer }) => peer)
        .toSorted();
    const [first] = members;
    return {
      cidrBlocks: peers("cidr"),
      description: first?.description ?? "",
      fromPort: first?.from ?? 0,
      ipv6CidrBlocks: peers("ipv6"),
      prefixListIds: peers("prefixList"),
      protocol: first?.protocol ?? "-1",
      securityGroups: peers("group"),
      self: members.some(({ peer }) => peer === self),
      toPort: first?.to ?? 0,
    };
  });
}
