import ipaddr from "ipaddr.js";
import { z } from "zod";
import * as aws from "../aws/services.mjs";
import { strict, type Issue } from "../config/problems.ts";
import type { NetworkVpc } from "./vpc.ts";

export const dhcpOptions = strict({
  domainName: z
    .string()
    .optional()
    .describe(
      "Domain of host names, which resolvers append to short names. Kubernetes nodes are still named after their " +
        "instance id. Default: the region's own, such as ap-southeast-2.compute.internal.",
    ),
  domainNameServers: z
    .array(z.string())
    .optional()
    .describe(
      "Up to four addresses of name servers. They must forward private hosted zones, the names of instances " +
        "and those of interface endpoints to the VPC's resolver: otherwise nodes find neither their API nor " +
        "AWS. Default: AmazonProvidedDNS, that resolver.",
    ),
  ntpServers: z
    .array(z.string())
    .optional()
    .describe(
      "Up to four addresses of time servers. Default: none; AWS images use 169.254.169.123, which is always there.",
    ),
}).describe(
  "What hosts learn by DHCP. AWS cannot change a set of options: a new set is made before the old one is deleted. " +
    "Nodes " +
    "take it when they renew their lease, within the hour; none is replaced. Default: AWS's own.",
);

export type DhcpOptionsRequest = z.output<typeof dhcpOptions>;

/** AWS's name for the VPC's resolver. */
const amazonDns = "AmazonProvidedDNS";

const mostServers = 4;

const isAddress = (text: string): boolean => ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text);

/** The domain in AWS's own options, and in those of a VPC that kOps makes. */
const regionDomain = (region: string): string =>
  region === "us-east-1" ? "ec2.internal" : `${region}.compute.internal`;

function serverProblems(key: "domainNameServers" | "ntpServers", servers: readonly string[]): Issue[] {
  const path = ["dhcpOptions", key];
  const problems: Issue[] = [];
  if (servers.length === 0) problems.push({ path, message: "must not be empty: leave it out for the default" });
  if (servers.length > mostServers)
    problems.push({ path, message: `lists ${servers.length} servers: AWS allows ${mostServers}` });
  for (const [index, server] of servers.entries()) {
    const isResolver = key === "domainNameServers" && server === amazonDns;
    if (servers.indexOf(server) !== index)
      problems.push({ path: [...path, index], message: `${server} is listed twice` });
    else if (!isResolver && !isAddress(server)) {
      problems.push({
        path: [...path, index],
        message: `"${server}" is not an IP address${key === "domainNameServers" ? ` or ${amazonDns}` : ""}`,
      });
    } else if (isResolver && servers.length > 1) {
      problems.push({
        path: [...path, index],
        message: `${amazonDns} must be the only entry: AWS allows it or addresses`,
      });
    }
  }
  return problems;
}

export function dhcpOptionsProblems({ domainName, domainNameServers, ntpServers }: DhcpOptionsRequest): Issue[] {
  const problems: Issue[] = [];
  if (domainName === undefined && domainNameServers === undefined && ntpServers === undefined) {
    problems.push({ path: ["dhcpOptions"], message: "must not be empty: leave it out for AWS's own options" });
  }
  const labels = domainName?.split(".") ?? [];
  if (
    domainName !== undefined &&
    (domainName.length > 253 || labels.some((label) => !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label)))
  ) {
    problems.push({
      path: ["dhcpOptions", "domainName"],
      message: `"${domainName}" is not a domain name, such as corp.example.com (one, in lower case)`,
    });
  }
  if (domainNameServers) problems.push(...serverProblems("domainNameServers", domainNameServers));
  if (ntpServers) problems.push(...serverProblems("ntpServers", ntpServers));
  return problems;
}

/** The complete set for AWS: hosts learn nothing that is left out of it. */
export function completeDhcpOptions({ domainName, domainNameServers, ntpServers }: DhcpOptionsRequest, region: string) {
  return {
    domainName: domainName ?? regionDomain(region),
    domainNameServers: [...(domainNameServers ?? [amazonDns])],
    ...(ntpServers && { ntpServers: [...ntpServers] }),
  };
}

export function createDhcpOptions(request: DhcpOptionsRequest, made: NetworkVpc): void {
  const { vpc, region, named, parent } = made;
  const name = `${made.name}-dhcp`;
  const options = new aws.ec2.VpcDhcpOptions(
    name,
    { ...completeDhcpOptions(request, region), tags: named(name) },
    { parent },
  );
  new aws.ec2.VpcDhcpOptionsAssociation(
    name,
    { vpcId: vpc.id, dhcpOptionsId: options.id },
    // Its id contains both ids: after a change in place, a refresh would not find it. Its deletion gives the VPC AWS's
    // own options, so it must come first.
    { parent, replaceOnChanges: ["dhcpOptionsId"], deleteBeforeReplace: true },
  );
}
