import type { Input } from "@pulumi/pulumi";
/** One zone of the environment's network. */
export interface EnvironmentZone {
  zone: string;
  /** Both absent if nodes live in the utility subnet. */
  privateSubnetId?: Input<string> | undefined;
  privateCidr?: string | undefined;
  /** Both absent if the network has no subnets for public addresses. */
  utilitySubnetId?: Input<string> | undefined;
  utilityCidr?: string | undefined;
  /** IPv6 ranges, in a network that has them. */
  privateIpv6Cidr?: Input<string> | undefined;
  utilityIpv6Cidr?: Input<string> | undefined;
}

/** The environment, as far as a cluster's manifests depend on it. Ids may be outputs: they are never read here. */
export interface ClusterEnvironment {
  network: {
    vpcId: Input<string>;
    vpcCidr: string;
    /** Additional ranges of the VPC. @default none */
    secondaryCidrs?: readonly string[] | undefined;
    zones: readonly EnvironmentZone[];
  };
  dns: { topology: "Public" | "Private" | "None"; zoneName: string; zoneId?: Input<string> };
  store: { stateStore: string; discoveryBucket: string };
  /** AWS tags for everything kOps makes. @default none */
  tags?: Record<string, string> | undefined;
  /** The same, also for requests and manifests with tags of their own, which take precedence. @default none */
  defaultTags?: Record<string, string> | undefined;
}

/** A subnet of the environment that a cluster uses. */
export interface PlacedSubnet {
  kind: "private" | "utility";
  zone: string;
  id: Input<string>;
}
