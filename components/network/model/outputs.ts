import type * as pulumi from "@pulumi/pulumi";

/** One zone of a network, for clusters. */
export interface NetworkZone {
  zone: string;
  /** Subnet of nodes; absent in the topology `public`, where nodes are in the utility subnet. */
  privateSubnetId?: pulumi.Output<string>;
  privateCidr?: string;
  /** Subnet of public load balancers; absent in an existing network without such subnets. */
  utilitySubnetId?: pulumi.Output<string>;
  utilityCidr?: string;
  /** IPv6 ranges, in a network with `ipv6`. */
  privateIpv6Cidr?: pulumi.Output<string>;
  utilityIpv6Cidr?: pulumi.Output<string>;
  /** The private subnet's NAT gateway, if one was made here. */
  natGatewayId?: pulumi.Output<string>;
}

/** One zone of a network made here. */
export type MadeZone = NetworkZone & Required<Pick<NetworkZone, "utilitySubnetId" | "utilityCidr">>;

/** A network for clusters, whoever made it. */
export interface NetworkOutputs {
  vpcId: pulumi.Output<string>;
  /** The first IPv4 range of the VPC. */
  vpcCidr: string;
  /** Its additional ranges. */
  secondaryCidrs: readonly string[];
  /** Its IPv6 range, in a network with `ipv6`. */
  ipv6Cidr?: pulumi.Output<string>;
  /** Whether IPv6 clusters can be in it. @default false */
  ipv6Clusters?: boolean;
  zones: NetworkZone[];
  /** Public addresses of the NAT gateways made here, in the order of the zones. */
  natAddresses?: pulumi.Output<string[]>;
}
