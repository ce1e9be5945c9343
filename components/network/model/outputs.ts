import type * as pulumi from "@pulumi/pulumi";

/** What a cluster needs to know of one zone. */
export interface NetworkZone {
  zone: string;
  /** Where nodes live; absent in the topology `public`, where they live in the utility subnet. */
  privateSubnetId?: pulumi.Output<string>;
  privateCidr?: string;
  utilitySubnetId: pulumi.Output<string>;
  utilityCidr: string;
  /** Their IPv6 ranges, in a network with `ipv6`. */
  privateIpv6Cidr?: pulumi.Output<string>;
  utilityIpv6Cidr?: pulumi.Output<string>;
  /** The NAT gateway that the private subnet uses, if one was made here. */
  natGatewayId?: pulumi.Output<string>;
}

/** What a cluster needs to know of the network it lives in, whoever made it. */
export interface NetworkOutputs {
  vpcId: pulumi.Output<string>;
  /** The first IPv4 range of the VPC. */
  vpcCidr: string;
  /** Its further ones. */
  secondaryCidrs: readonly string[];
  /** Its IPv6 range, in a network with `ipv6`. */
  ipv6Cidr?: pulumi.Output<string>;
  zones: NetworkZone[];
}
