import { expect } from "chai";
import type { FoundSubnet, FoundTable } from "../../../components/network/existing/existing.ts";
import { ipv6Problems } from "../../../components/network/existing/ipv6.ts";
import type { ExistingRequest } from "../../../components/network/existing/request.ts";
import type { SubnetKind } from "../../../components/tags/keys.ts";

describe("a subnet made elsewhere, for IPv6 clusters", () => {
  const four: FoundSubnet = { id: "s", vpcId: "v", zone: "z", cidr: "10.0.0.0/24", freeAddresses: 9, tags: {} };
  const six = { ...four, ipv6Cidr: "2001:db8::/64" };
  const none: FoundTable = { main: true, subnetIds: [] };
  const only64: FoundTable = { ...none, nat64Target: "nat-1" };
  const without64: FoundTable = { ...none, ipv6Target: "eigw-1" };
  const table: FoundTable = { ...only64, ...without64 };

  const noRange = "s has no IPv6 range, which IPv6 clusters need";
  const noWayOut =
    "s has no route to ::/0: pods of IPv6 clusters need one to an egress-only internet gateway, or write egress: none";
  const no64 =
    "s has no route to 64:ff9b::/96: pods of IPv6 clusters need one to a NAT gateway (NAT64), or write egress: none";
  const isOpen =
    "s routes ::/0 to an internet gateway: AWS makes no internal load balancers there; route it to an egress-only " +
    "internet gateway";

  const cases: [what: string, SubnetKind, FoundSubnet, FoundTable | undefined, ExistingRequest["egress"], string[]][] =
    [
      ["with range and routes is taken", "private", six, table, undefined, []],
      ["without a range is refused", "private", four, table, undefined, [noRange]],
      ["without a range is refused, whatever its routes", "utility", four, undefined, "none", [noRange]],
      ["needs no such routes for load balancers", "utility", six, undefined, undefined, []],
      ["without a way out is refused", "private", six, only64, undefined, [noWayOut]],
      ["without NAT64 is refused", "private", six, without64, undefined, [no64]],
      ["without any route is refused with both", "private", six, undefined, undefined, [noWayOut, no64]],
      ["may lack them where egress is none", "private", six, undefined, "none", []],
      ["may use a transit gateway", "private", six, { ...table, ipv6Target: "tgw-1" }, "required", []],
      ["with a way in is refused", "private", six, { ...table, ipv6Target: "igw-1" }, undefined, [isOpen]],
    ];
  for (const [what, kind, subnet, its, egress, messages] of cases) {
    it(what, () => {
      const request = { vpcId: "v", subnets: { utility: {} }, egress };
      expect(ipv6Problems(kind, subnet, request, its, ["there"])).to.deep.equal(
        messages.map((message) => ({ path: ["there"], message })),
      );
    });
  }
});
