import type { Issue } from "../../config/problems.ts";
import type { SubnetKind } from "../../tags/keys.ts";
import { anyIpv6, nat64Prefix } from "../model/ipv6.ts";
import type { FoundSubnet, FoundTable } from "./existing.ts";
import type { ExistingRequest } from "./request.ts";

/** What a subnet made elsewhere lacks for IPv6 clusters. `table`: the one that AWS uses for it. */
export function ipv6Problems(
  kind: SubnetKind,
  { id, ipv6Cidr }: FoundSubnet,
  { egress }: ExistingRequest,
  table: FoundTable | undefined,
  path: PropertyKey[],
): Issue[] {
  if (ipv6Cidr === undefined) return [{ path, message: `${id} has no IPv6 range, which IPv6 clusters need` }];
  if (kind === "utility" || egress === "none") return [];
  const routes = [
    [anyIpv6, table?.ipv6Target, "an egress-only internet gateway"],
    [nat64Prefix, table?.nat64Target, "a NAT gateway (NAT64)"],
  ] as const;
  const missing = routes.flatMap(([to, target, gateway]): Issue[] => {
    if (target !== undefined) return [];
    const message = `${id} has no route to ${to}: pods of IPv6 clusters need one to ${gateway}, or write egress: none`;
    return [{ path, message }];
  });
  if (!(table?.ipv6Target?.startsWith("igw-") ?? false)) return missing;
  const message =
    `${id} routes ${anyIpv6} to an internet gateway: AWS makes no internal load balancers there; route it to an ` +
    "egress-only internet gateway";
  return [...missing, { path, message }];
}
