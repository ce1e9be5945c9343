import ipaddr from "ipaddr.js";
import type { SubnetKind } from "../../tags/keys.ts";
import { zonePlace } from "./subnets.ts";

/** Destination of a default route. */
export const anyIpv6 = "::/0";

/** IPv4 addresses as IPv6 clients see them (RFC 6052): DNS64 makes them, NAT gateways translate them. */
export const nat64Prefix = "64:ff9b::/96";

/** Sizes of a VPC and its subnets: AWS allows no others here. */
const vpcPrefix = 56;
const subnetPrefix = 64;

/** Of the 256 parts of a VPC's range, private subnets of zones a to g have 00 to 06, utility subnets 10 to 16. */
const firstPart = { private: 0x00, utility: 0x10 } as const satisfies Record<SubnetKind, number>;

/**
 * The /64 of a subnet in its VPC's /56. It depends only on the zone's letter, as the IPv4 range does, so no subnet ever
 * moves when zones are added or removed.
 */
export function ipv6Subnet(vpcCidr: string, kind: SubnetKind, zone: string): string {
  if (!ipaddr.IPv6.isValidCIDR(vpcCidr) || ipaddr.IPv6.parseCIDR(vpcCidr)[1] !== vpcPrefix) {
    throw new Error(
      `The VPC has the IPv6 range "${vpcCidr}", but its subnets need a /${vpcPrefix}. If the VPC lost its range, run ` +
        `\`pulumi up --refresh\` to give it a new one`,
    );
  }
  const { parts } = ipaddr.IPv6.networkAddressFromCIDR(vpcCidr);
  const part = firstPart[kind] + zonePlace(zone);
  const subnet = new ipaddr.IPv6(parts.map((group, index) => (index === 3 ? group + part : group)));
  return `${subnet.toString()}/${subnetPrefix}`;
}
