import { rangeAround } from "../../network/model/ranges.ts";

/**
 * The further ranges of a VPC that subnets of a cluster lie in. kOps refuses a subnet outside the ranges that it is
 * told (`is not a subnet of the networkCIDR … or an additionalNetworkCIDR`); in a VPC that it did not make it beside
 * that only takes addresses of the API from them, and leaves them out of an egress proxy. So it is told no more: a
 * range that comes changes no cluster, nor does another order of them.
 */
export function additionalRanges(
  { secondaryCidrs = [] }: { secondaryCidrs?: readonly string[] | undefined },
  subnetCidrs: readonly string[],
): string[] {
  const used = new Set(subnetCidrs.map((cidr) => rangeAround(secondaryCidrs, cidr)));
  return secondaryCidrs.filter((range) => used.has(range)).toSorted();
}
