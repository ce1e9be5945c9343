import type { Issue } from "../config/problems.ts";
import { dhcpOptionsProblems } from "./dhcp-options.ts";
import { endpointProblems } from "./endpoints.ts";
import { existingProblems } from "./existing.ts";
import { flowLogProblems } from "./flow-logs.ts";
import type { NetworkArgs } from "./Network.ts";
import { peerProblems } from "./peers.ts";
import { secondaryProblems } from "./ranges.ts";
import type { NetworkRequest } from "./request.ts";
import { defaultCidr, planSubnets } from "./subnets.ts";

/** What is wrong with a network that is to be made. */
export function newNetworkProblems(args: Omit<NetworkArgs, "region" | "tags">): Issue[] {
  const {
    cidr = defaultCidr,
    secondaryCidrs = [],
    zones,
    subnets,
    topology,
    nat,
    endpoints,
    flowLogs,
    dhcpOptions,
    peerings,
  } = args;
  const problems = [
    ...planSubnets({ vpcCidr: cidr, secondaryCidrs, zones, given: subnets, topology }).problems,
    ...secondaryProblems(cidr, secondaryCidrs),
  ];
  if (topology === "public" && nat !== undefined && nat !== "none") {
    problems.push({
      path: ["nat"],
      message: `${nat} is for private subnets, and the topology public has none: leave it out`,
    });
  }
  if (endpoints) problems.push(...endpointProblems(endpoints));
  if (flowLogs) problems.push(...flowLogProblems(flowLogs));
  if (dhcpOptions) problems.push(...dhcpOptionsProblems(dhcpOptions));
  if (peerings) problems.push(...peerProblems([cidr, ...secondaryCidrs], peerings));
  return problems;
}

const onlyForNew = [
  "cidr",
  "secondaryCidrs",
  "ipv6",
  "topology",
  "nat",
  "subnets",
  "endpoints",
  "flowLogs",
  "dhcpOptions",
  "peerings",
] as const;

/** What is wrong with a request for a network, as far as it shows without looking anything up. */
export function networkProblems(request: NetworkRequest): Issue[] {
  const { existing, ...made } = request;
  if (!existing) return newNetworkProblems(made);
  const both = onlyForNew
    .filter((key) => request[key] !== undefined)
    .map((key) => ({
      path: [key],
      message: "cannot be given together with existing: in somebody else's network nothing is made but tags",
    }));
  return [...both, ...existingProblems(existing)];
}
