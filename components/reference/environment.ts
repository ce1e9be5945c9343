import { z } from "zod";

/** Version of the output `environment`. Keys may be added under the same version. */
export const environmentReferenceVersion = 1;

/** What a stack of clusters gets to know of the environment its clusters go into: the output `environment`. */
export const environmentReference = z.object({
  version: z.literal(environmentReferenceVersion).describe("Version of this output. New keys keep the version."),
  name: z.string().describe("Stack that made the environment."),
  region: z.string().describe("AWS region."),
  accountId: z.string().describe("AWS account, twelve digits."),
  tags: z.record(z.string(), z.string()).describe("AWS tags of everything in the environment."),
  network: z
    .object({
      vpcId: z.string().describe("The VPC."),
      vpcCidr: z.string().describe("Its first IPv4 range."),
      secondaryCidrs: z.array(z.string()).optional().describe("Its further IPv4 ranges; absent when there are none."),
      ipv6Cidr: z.string().optional().describe("Its IPv6 range; absent without `network.ipv6`."),
      ipv6Clusters: z
        .boolean()
        .optional()
        .describe("Whether IPv6 clusters can be in it; absent without `network.ipv6: clusters`."),
      zones: z
        .array(
          z.object({
            zone: z.string().describe("Availability zone."),
            privateSubnetId: z.string().optional().describe("Where nodes live; absent in the topology `public`."),
            privateCidr: z.string().optional().describe("Its IPv4 range."),
            utilitySubnetId: z
              .string()
              .optional()
              .describe("Where load balancers with public addresses live; absent in an existing network without them."),
            utilityCidr: z.string().optional().describe("Its IPv4 range."),
            privateIpv6Cidr: z
              .string()
              .optional()
              .describe("IPv6 range of the private subnet; absent without `network.ipv6`."),
            utilityIpv6Cidr: z
              .string()
              .optional()
              .describe("IPv6 range of the utility subnet; absent without `network.ipv6`."),
          }),
        )
        .min(1)
        .describe("Zones with their subnets."),
    })
    .describe("The network."),
  dns: z
    .object({
      topology: z.enum(["Public", "Private", "None"]).describe("How kOps publishes names."),
      zoneName: z.string().describe("Domain that clusters are named below."),
      zoneId: z.string().optional().describe("Hosted zone; absent when names are not published."),
    })
    .describe("DNS."),
  stateStore: z
    .object({
      stateStore: z.string().describe("kOps's `--state`."),
      discoveryBucket: z.string().describe("Bucket of the public OIDC discovery documents."),
    })
    .describe("Where kOps keeps clusters."),
});

export type EnvironmentReference = z.output<typeof environmentReference>;
