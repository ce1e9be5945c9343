import ipaddr from "ipaddr.js";
import type { Issue } from "../config/problems.ts";

/**
 * What hosts in the VPC are told by DHCP. AWS cannot change a set of options: another one is made, the VPC goes over to
 * it, then the old one goes. Running nodes take the new options when they renew their lease, which is within the hour;
 * none is replaced.
 */
export interface DhcpOptionsRequest {
  /**
   * Domain of host names, and what resolvers append to short ones. Names of Kubernetes nodes are instance ids, and stay
   * so.
   * @default the region's own, `ap-southeast-2.compute.internal` or, in us-east-1, `ec2.internal`
   */
  domainName?: string | undefined;
  /**
   * Up to four addresses of name servers, or AmazonProvidedDNS alone. Servers of one's own must hand private hosted
   * zones, names of the region and of interface endpoints on to the VPC's resolver, or nodes find neither their API nor
   * AWS.
   * @default AmazonProvidedDNS
   */
  domainNameServers?: readonly string[] | undefined;
  /** Up to four addresses of time servers. @default none: images of AWS use 169.254.169.123, which is always there */
  ntpServers?: readonly string[] | undefined;
}

/** AWS's word for the resolver of the VPC. */
export const amazonDns = "AmazonProvidedDNS";

const mostServers = 4;

const isAddress = (text: string): boolean => ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text);

/** The domain that AWS has in its own options, and kOps in those of a VPC that it makes. */
const regionDomain = (region: string): string =>
  region === "us-east-1" ? "ec2.internal" : `${region}.compute.internal`;

function serverProblems(key: "domainNameServers" | "ntpServers", servers: readonly string[]): Issue[] {
  const path = ["dhcpOptions", key];
  const problems: Issue[] = [];
  if (servers.length === 0) problems.push({ path, message: "must not be empty: leave it out for the default" });
  if (servers.length > mostServers)
    problems.push({ path, message: `lists ${servers.length} servers: AWS takes ${mostServers}` });
  for (const [index, server] of servers.entries()) {
    const isResolver = key === "domainNameServers" && server === amazonDns;
    if (servers.indexOf(server) !== index)
      problems.push({ path: [...path, index], message: `${server} is listed twice` });
    else if (!isResolver && !isAddress(server)) {
      problems.push({
        path: [...path, index],
        message: `"${server}" is no IP address${key === "domainNameServers" ? `, nor ${amazonDns}` : ""}`,
      });
    } else if (isResolver && servers.length > 1) {
      problems.push({ path: [...path, index], message: `${amazonDns} stands alone: AWS takes either it or addresses` });
    }
  }
  return problems;
}

export function dhcpOptionsProblems({ domainName, domainNameServers, ntpServers }: DhcpOptionsRequest): Issue[] {
  const problems: Issue[] = [];
  if (domainName === undefined && domainNameServers === undefined && ntpServers === undefined) {
    problems.push({ path: ["dhcpOptions"], message: "must not be empty: leave it out for the options of AWS" });
  }
  const labels = domainName?.split(".") ?? [];
  if (
    domainName !== undefined &&
    (domainName.length > 253 || labels.some((label) => !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label)))
  ) {
    problems.push({
      path: ["dhcpOptions", "domainName"],
      message: `"${domainName}" is no domain name, such as corp.example.com (one, in lower case)`,
    });
  }
  if (domainNameServers) problems.push(...serverProblems("domainNameServers", domainNameServers));
  if (ntpServers) problems.push(...serverProblems("ntpServers", ntpServers));
  return problems;
}

/** A set of options as AWS is told it: what it leaves out, hosts would not be told at all. */
export function completeDhcpOptions({ domainName, domainNameServers, ntpServers }: DhcpOptionsRequest, region: string) {
  return {
    domainName: domainName ?? regionDomain(region),
    domainNameServers: [...(domainNameServers ?? [amazonDns])],
    ...(ntpServers && { ntpServers: [...ntpServers] }),
  };
}
