import type { Issue } from "../../config/problems.ts";
import {
  cidrText,
  contains,
  overlaps,
  parseBlock,
  privateRangeOf,
  type Block,
} from "../../../providers/kops/model/cidr.ts";

/** Range of pods and services: `nonMasqueradeCIDR` in composed clusters. */
export const clusterRange = "100.64.0.0/10";

/** AWS's quota is five ranges for a VPC. */
const mostSecondary = 4;
const largest = 16;
const smallest = 28;

const block = (cidr: string): Block => {
  const parsed = parseBlock(cidr);
  if (!parsed) throw new Error(`${cidr} is not a CIDR`);
  return parsed;
};

/** Ranges that AWS refuses although they are in the right private network. */
const reserved = {
  always: block("172.31.0.0/16"),
  /** The first is refused if the VPC has another range in the second. */
  beside: [block("10.0.0.0/16"), block("10.0.0.0/15")] as const,
};

/** Additional ranges that AWS would refuse halfway through an operation (VPC CIDR blocks, in its user guide). */
export function secondaryProblems(vpcCidr: string, secondaryCidrs: readonly string[]): Issue[] {
  const problems: Issue[] = [];
  if (secondaryCidrs.length > mostSecondary) {
    problems.push({
      path: ["secondaryCidrs"],
      message: `lists ${secondaryCidrs.length} ranges: AWS allows ${mostSecondary} in addition to the first of a VPC`,
    });
  }
  const first = parseBlock(vpcCidr);
  const home = first && privateRangeOf(first);
  const taken: { cidr: Block; what: string }[] = first ? [{ cidr: first, what: "the first range of the VPC" }] : [];
  const parsed = secondaryCidrs.map(parseBlock);
  for (const [index, text] of secondaryCidrs.entries()) {
    const problem = (message: string): void => {
      problems.push({ path: ["secondaryCidrs", index], message });
    };
    const cidr = parsed[index];
    if (!cidr) {
      problem(`"${text}" is not an IPv4 CIDR without host bits, such as 10.21.0.0/16`);
      continue;
    }
    if (cidr.prefix < largest || cidr.prefix > smallest)
      problem(`${text} has the wrong size: /${largest} to /${smallest}`);
    if (overlaps(block(clusterRange), cidr))
      problem(`${text} overlaps with the addresses of pods and services (${clusterRange})`);
    else if (home && !contains(home, cidr))
      problem(
        `${text} is not inside ${cidrText(home)}, as ${vpcCidr} is: AWS allows no other private range beside it, ` +
          "and a public one would hide addresses of the internet",
      );
    if (contains(reserved.always, cidr))
      problem(`${text} is in ${cidrText(reserved.always)}, which AWS reserves for default VPCs`);
    const [zero, both] = reserved.beside;
    // In any order: the ranges are created in parallel.
    const near = contains(zero, cidr)
      ? [first, ...parsed].find((other) => other !== undefined && other !== cidr && contains(both, other))
      : undefined;
    const hit = taken.find((other) => overlaps(other.cidr, cidr));
    if (hit) problem(`${text} overlaps with ${hit.what} (${cidrText(hit.cidr)})`);
    else if (near) problem(`${text} is in ${cidrText(zero)}, and AWS allows nothing of that beside ${cidrText(near)}`);
    taken.push({ cidr, what: `secondaryCidrs[${index}]` });
  }
  return problems;
}

/** The range that contains a subnet. */
export function rangeAround<Range extends string>(ranges: readonly Range[], subnetCidr: string): Range | undefined {
  const inner = parseBlock(subnetCidr);
  return ranges.find((range) => {
    const outer = parseBlock(range);
    return outer !== undefined && inner !== undefined && contains(outer, inner);
  });
}
