import { rangeAround } from "../../network/model/ranges.ts";

/**
 * The VPC's additional ranges that contain subnets of a cluster. kOps refuses a subnet outside the ranges it is given
 * (`is not a subnet of the networkCIDR … or an additionalNetworkCIDR`). In a VPC made elsewhere it uses them otherwise
 * only for API addresses and to exempt them from an egress proxy. So it gets no others: a new range, or another order,
 * changes no cluster.
 */
export function additionalRanges(
  { secondaryCidrs = [] }: { secondaryCidrs?: readonly string[] | undefined },
  subnetCidrs: readonly string[],
): string[] {
  const used = new Set(subnetCidrs.map((cidr) => rangeAround(secondaryCidrs, cidr)));
  return secondaryCidrs.filter((range) => used.has(range)).toSorted();
}
