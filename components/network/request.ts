import { z } from "zod";
import { strict, type Issue } from "../config/problems.ts";
import { dhcpOptions, dhcpOptionsProblems } from "./dhcp-options.ts";
import { endpointProblems, endpoints } from "./endpoints.ts";
import { flowLogProblems, flowLogs } from "./flow-logs.ts";
import { nat, natGateways, natProblems } from "./nat.ts";
import { secondaryProblems } from "./model/ranges.ts";
import { defaultCidr, planSubnets } from "./model/subnets.ts";
import { peering, peerProblems } from "./peers.ts";
import { existing, existingProblems } from "./existing/request.ts";

/** Value of `ipv6`: IPv6 clusters can be in the network. */
export const forIpv6Clusters = "clusters";

/** The `network` part of a stack's config. */
export const networkRequest = strict({
  cidr: z
    .string()
    .optional()
    .describe(
      "IPv4 range of the VPC, /16 to /22. Changing it replaces the network: not possible while clusters live in " +
        "it. Default: 10.20.0.0/16.",
    ),
  secondaryCidrs: z
    .array(z.string())
    .optional()
    .describe(
      "Additional IPv4 ranges of the VPC, /16 to /28, at most four, of the same private network as cidr. Subnets " +
        "given " +
        "by zone may be in them; computed ones stay in cidr, so adding a range moves nothing. Removing one that has " +
        "subnets is refused. Where apiAccess and firewalls name cidr, add these. Default: none.",
    ),
  ipv6: z
    .union([z.boolean(), z.literal(forIpv6Clusters)], { error: "must be true, false or clusters" })
    .optional()
    .describe(
      "IPv6 beside IPv4: an Amazon /56 for the VPC, a /64 for each subnet, routes out for both kinds " +
        "(private subnets cannot be reached from outside), all free of charge. true: for other things in the VPC; " +
        "clusters are IPv4, and kOps gives their nodes no IPv6 address. clusters: also what a cluster file with " +
        "`ipv6: true` needs, NAT64 by the NAT gateways of private subnets, and instance names with IPv6 addresses. " +
        "Turned on in place; before you turn it off, remove the subnets' IPv6 ranges by hand. With `existing`, " +
        "clusters means that all of this was made there, and is checked. Default: false.",
    ),
  zones: z
    .array(z.string())
    .min(1, { error: "needs at least one zone" })
    .describe(
      "Availability zones by full name, one to all of the region. Adding one moves nothing; removing one deletes its " +
        "subnets.",
    ),
  topology: z
    .enum(["private", "public"])
    .optional()
    .describe(
      "private: nodes in private subnets, utility subnets beside them. public: utility subnets only; nodes have " +
        "public " +
        "addresses, and there is no NAT gateway to pay for. Default: private.",
    ),
  nat: nat.optional(),
  subnets: z
    .record(
      z.string(),
      strict({
        private: z.string().optional().describe("IPv4 range of its private subnet. Default: computed."),
        utility: z.string().optional().describe("IPv4 range of its utility subnet. Default: computed."),
      }),
    )
    .optional()
    .describe(
      "Subnet ranges for single zones, instead of computed ones, inside cidr or one of secondaryCidrs. Changing one " +
        "replaces the subnet.",
    ),
  endpoints: endpoints.optional(),
  flowLogs: flowLogs.optional(),
  dhcpOptions: dhcpOptions.optional(),
  peerings: z
    .record(
      z
        .string()
        .regex(/^[a-z]([-a-z0-9]*[a-z0-9])?$/, { error: "must be a name of lower case letters, digits and hyphens" }),
      peering,
    )
    .optional()
    .describe("VPCs to peer with, by a name that stays. Another name is another connection. Default: none."),
  existing: existing.optional(),
});

export type NetworkRequest = z.output<typeof networkRequest>;

/** A network to be made. */
export type NewNetworkRequest = Omit<NetworkRequest, "existing">;

/** What is wrong with a network to be made. */
export function newNetworkProblems(request: NewNetworkRequest): Issue[] {
  const { cidr = defaultCidr, secondaryCidrs = [], zones, subnets, topology, peerings } = request;
  const problems = [
    ...planSubnets({ vpcCidr: cidr, secondaryCidrs, zones, given: subnets, topology }).problems,
    ...secondaryProblems(cidr, secondaryCidrs),
    ...natProblems(request.nat, zones),
  ];
  const { mode } = natGateways(request.nat ?? "none");
  if (topology === "public" && mode !== "none") {
    const message = `${mode} is for private subnets, and the topology public has none: leave it out`;
    problems.push({ path: ["nat"], message });
  }
  if (topology === "public" && request.ipv6 === forIpv6Clusters) {
    const message = `${forIpv6Clusters} is for private subnets, and the topology public has none: write true`;
    problems.push({ path: ["ipv6"], message });
  }
  if (request.endpoints) problems.push(...endpointProblems(request.endpoints));
  if (request.flowLogs) problems.push(...flowLogProblems(request.flowLogs));
  if (request.dhcpOptions) problems.push(...dhcpOptionsProblems(request.dhcpOptions));
  if (peerings) problems.push(...peerProblems([cidr, ...secondaryCidrs], peerings));
  return problems;
}

const onlyForNew = networkRequest.omit({ zones: true, existing: true }).keyof().options;

/** What is wrong with a request for a network, as far as it shows without a lookup. */
export function networkProblems(request: NetworkRequest): Issue[] {
  const { existing: found, ...made } = request;
  if (!found) return newNetworkProblems(made);
  const both = onlyForNew
    .filter((key) => request[key] !== undefined && !(key === "ipv6" && request.ipv6 === forIpv6Clusters))
    .map((key) => ({
      path: [key],
      message: "cannot be given together with existing: in somebody else's network only tags are made",
    }));
  return [...both, ...existingProblems(found)];
}
