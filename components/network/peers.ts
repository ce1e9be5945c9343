import type { Issue } from "../config/problems.ts";
import { cidrText, overlaps, parseBlock, type Block } from "./cidr.ts";
import { clusterRange } from "./ranges.ts";

/** A VPC to be peered with. */
export interface PeerRequest {
  vpcId: string;
  /** Its IPv4 ranges that are to be reached from here. */
  cidrs: readonly string[];
  /** @default the region of the network */
  region?: string | undefined;
  /**
   * Twelve digits, of another account only: within one's own the connection is accepted by itself. @default the account
   * of the network
   */
  accountId?: string | undefined;
  /**
   * Role of the other account that accepts the connection and writes the routes there. Without it the connection waits
   * until somebody accepts it, and traffic is dropped so long.
   * @default none
   */
  roleArn?: string | undefined;
  /**
   * Route tables of the other side, which get a route to this network. @default none: the other side makes its routes
   * itself
   */
  routeTableIds?: readonly string[] | undefined;
}

/** All that AWS refuses half way, or that would send packets the wrong way. */
export function peerProblems(vpcCidrs: readonly string[], peers: Readonly<Record<string, PeerRequest>>): Issue[] {
  const problems: Issue[] = [];
  const taken: { block: Block; what: string }[] = [];
  for (const [cidrs, what] of [
    [vpcCidrs, "this network"],
    [[clusterRange], "the addresses of pods and services"],
  ] as const) {
    taken.push(...cidrs.flatMap((cidr) => parseBlock(cidr) ?? []).map((block) => ({ block, what })));
  }
  const owners = new Map<string, string>();
  for (const [name, peer] of Object.entries(peers)) {
    const problem = (path: PropertyKey[], message: string): void => {
      problems.push({ path: ["peerings", name, ...path], message });
    };
    const owner = owners.get(peer.vpcId);
    if (owner !== undefined)
      problem(["vpcId"], `${peer.vpcId} is already the peer ${owner}: AWS takes one connection between two VPCs`);
    owners.set(peer.vpcId, name);
    if (peer.accountId !== undefined && peer.roleArn === undefined && (peer.routeTableIds ?? []).length > 0) {
      problem(
        ["routeTableIds"],
        "routes in another account are written with a role there: give roleArn, or leave them to the other side",
      );
    }
    if (peer.roleArn !== undefined && accountOf(peer.roleArn) !== peer.accountId) {
      problem(
        ["roleArn"],
        `is a role of the account ${accountOf(peer.roleArn) ?? "?"}, but accountId is ${peer.accountId ?? "not given"}`,
      );
    }
    for (const [index, id] of (peer.routeTableIds ?? []).entries()) {
      if (peer.routeTableIds?.indexOf(id) !== index) problem(["routeTableIds", index], `${id} is listed twice`);
    }
    if (peer.cidrs.length === 0) problem(["cidrs"], "needs at least one range: nothing would be routed");
    for (const [index, cidr] of peer.cidrs.entries()) {
      const block = parseBlock(cidr);
      if (!block) {
        problem(["cidrs", index], `"${cidr}" is no IPv4 CIDR without host bits, such as 10.30.0.0/16`);
        continue;
      }
      const hit = taken.find((other) => overlaps(other.block, block));
      if (hit) problem(["cidrs", index], `${cidr} overlaps with ${hit.what} (${cidrText(hit.block)})`);
      taken.push({ block, what: `the peer ${name}` });
    }
  }
  return problems;
}

export const accountOf = (roleArn: string): string | undefined =>
  /^arn:[a-z-]+:iam::(\d{12}):role\/.+$/.exec(roleArn)?.[1];
