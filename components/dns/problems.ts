import { isIP } from "node:net";
import type { Issue } from "../config/problems.ts";
import { delegationRecord, recordProblems } from "./records.ts";
import type { DnsRequest } from "./request.ts";

/** An address for node:dns: may have a port; IPv6 addresses then are in brackets. */
function isResolver(text: string): boolean {
  const [, bracketed, plain] = /^(?:\[([^\]]+)\]|([^:]+))(?::\d{1,5})?$/.exec(text) ?? [];
  return isIP(bracketed ?? plain ?? text) !== 0;
}

/** What is wrong with a request, as far as it shows without a lookup. `clusters` are full names. */
export function dnsProblems(request: DnsRequest, clusters: readonly string[]): Issue[] {
  const problems: Issue[] = [];
  if (request.type === "none") return problems;
  problems.push(...recordProblems(request.records ?? {}, request.name, clusters));
  if (request.type === "private") {
    const ids = (request.vpcs ?? []).map(({ vpcId }) => vpcId);
    for (const [index, id] of ids.entries())
      if (ids.indexOf(id) !== index)
        problems.push({ path: ["vpcs", index, "vpcId"], message: `${id} is listed twice` });
    return problems;
  }
  for (const [index, resolver] of (request.delegation?.resolvers ?? []).entries()) {
    if (!isResolver(resolver))
      problems.push({
        path: ["delegation", "resolvers", index],
        message: `"${resolver}" is not an IP address, such as 1.1.1.1 or 127.0.0.1:5353`,
      });
  }
  if (request.type === "existing") {
    if (request.visibility === "public" && request.associate !== undefined)
      problems.push({ path: ["associate"], message: "is for private zones: everybody can resolve a public zone" });
    if (request.visibility === "private" && request.delegation)
      problems.push({ path: ["delegation"], message: "is for public zones: a private zone has no parent" });
    return problems;
  }
  if (request.parent && request.records?.[delegationRecord])
    problems.push({
      path: ["records", delegationRecord],
      message:
        "cannot be named so beside parent: the program's own record in the parent zone has this name among the " +
        "resources; choose another name, for example with a CNAME",
    });
  const parentName = request.parent?.zone.includes(".") === true ? request.parent.zone : undefined;
  if (parentName !== undefined && !request.name.endsWith(`.${parentName}`)) {
    problems.push({
      path: ["parent", "zone"],
      message: `${request.name} is not below ${parentName} and cannot be delegated from it`,
    });
  }
  return problems;
}

/**
 * What is wrong with a request for a VPC that another account owns. Only that account can associate it with a private
 * zone of this one, after this one has authorized it (AssociateVPCWithHostedZone in the API reference of Route 53).
 */
export function sharedVpcProblems(
  request: DnsRequest,
  { vpcId, region, owner }: { vpcId: string; region: string; owner: string },
): Issue[] {
  const here = `the VPC ${vpcId} is shared by the account ${owner}, which alone can associate it with a zone`;
  const zone = request.type === "existing" ? (request.id ?? "ZONE") : "ZONE";
  const vpc = `--hosted-zone-id ${zone} --vpc VPCRegion=${region},VPCId=${vpcId}`;
  const how =
    `\`aws route53 create-vpc-association-authorization ${vpc}\` in this account, then \`aws route53 ` +
    `associate-vpc-with-hosted-zone ${vpc}\` in ${owner}`;
  if (request.type === "private")
    return [
      {
        path: ["type"],
        message:
          `cannot be private: ${here}. Write public or none; or make a private zone in this account, run ${how}, and ` +
          "write type: existing with its id",
      },
    ];
  if (request.type === "existing" && request.associate === true)
    return [{ path: ["associate"], message: `cannot be true: ${here}. Run ${how}, and leave it out` }];
  return [];
}
