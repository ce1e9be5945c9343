import { z } from "zod";
import { strict, type Issue } from "../config/problems.ts";
import { cidrText, isPrefixListId, overlaps, parseBlock, type Block } from "../../providers/kops/model/cidr.ts";
import { regionName } from "../../providers/kops/model/regions.ts";
import { clusterRange } from "./model/ranges.ts";

export const peering = strict({
  vpcId: z
    .string()
    .regex(/^vpc-[0-9a-f]+$/, { error: "must be the id of a VPC, such as vpc-0123456789abcdef0" })
    .describe("The VPC to peer with."),
  cidrs: z.array(z.string()).describe("Its IPv4 ranges that this network reaches."),
  region: z
    .string()
    .regex(regionName, { error: "must be an AWS region, such as ap-southeast-2" })
    .optional()
    .describe("Its region. Default: that of the stack."),
  accountId: z
    .string()
    .regex(/^\d{12}$/, { error: "must be an AWS account in twelve digits, in quotation marks" })
    .optional()
    .describe(
      "Its account, if it is another one. Within one account AWS accepts the connection by itself. Default: that " +
        "of the stack.",
    ),
  roleArn: z
    .string()
    .regex(/^arn:[a-z-]+:iam::\d{12}:role\/.+$/, { error: "must be the ARN of a role" })
    .optional()
    .describe(
      "Role of the other account that accepts the connection and writes routes there. Default: none, the connection " +
        "waits until somebody accepts it, and traffic is dropped until then.",
    ),
  externalId: z
    .string()
    .min(2)
    .optional()
    .describe("External id that the trust policy of `roleArn` asks for. Default: none."),
  routeTableIds: z
    .array(
      z.string().regex(/^rtb-[0-9a-f]+$/, { error: "must be the id of a route table, such as rtb-0123456789abcdef0" }),
    )
    .optional()
    .describe("Route tables of the other side that get a route to this network. Default: none, it makes its own."),
});

export type PeerRequest = z.output<typeof peering>;

/** What AWS would refuse halfway, and what would send packets the wrong way. */
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
      problem(["vpcId"], `${peer.vpcId} is already the peer ${owner}: AWS allows one connection between two VPCs`);
    owners.set(peer.vpcId, name);
    if (peer.accountId !== undefined && peer.roleArn === undefined && (peer.routeTableIds ?? []).length > 0) {
      problem(
        ["routeTableIds"],
        "routes in another account need a role there: give roleArn, or leave them to the other side",
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
      if (isPrefixListId(cidr)) {
        const why = "its ranges may change at any time, and then overlap with this network or another peer unseen";
        problem(["cidrs", index], `${cidr} is a prefix list: ${why}; list the ranges themselves`);
        continue;
      }
      if (!block) {
        problem(["cidrs", index], `"${cidr}" is not an IPv4 CIDR without host bits, such as 10.30.0.0/16`);
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
