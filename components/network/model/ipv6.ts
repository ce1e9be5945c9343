import ipaddr from "ipaddr.js";
import type { SubnetKind } from "../../tags/keys.ts";
import { zonePlace } from "./subnets.ts";

/** Everything, as a route has it. */
export const anyIpv6 = "::/0";

/** What Amazon gives a VPC, and what each subnet of it has: AWS takes no other sizes here. */
const vpcPrefix = 56;
const subnetPrefix = 64;

/** Of the 256 parts of a VPC's range: private subnets of the zones a to g are 00 to 06, utility subnets 10 to 16. */
const firstPart = { private: 0x00, utility: 0x10 } as const satisfies Record<SubnetKind, number>;

/**
 * The /64 of a subnet in its VPC's /56. As its IPv4 range it has its place by the letter of the zone alone, so no
 * subnet ever gets another one when zones come or go.
 */
export function ipv6Subnet(vpcCidr: string, kind: SubnetKind, zone: string): string {
  if (!ipaddr.IPv6.isValidCIDR(vpcCidr) || ipaddr.IPv6.parseCIDR(vpcCidr)[1] !== vpcPrefix) {
    throw new Error(
      `The VPC has the IPv6 range "${vpcCidr}", and its subnets are parts of a /${vpcPrefix}: run \`pulumi up ` +
        `--refresh\`, so that it gets one when it has lost its own`,
    );
  }
  const { parts } = ipaddr.IPv6.networkAddressFromCIDR(vpcCidr);
  const part = firstPart[kind] + zonePlace(zone);
  return `${new ipaddr.IPv6(parts.map((group, index) => (index === 3 ? group + part : group))).toString()}/${subnetPrefix}`;
}
