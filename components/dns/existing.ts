import * as aws from "../aws/services.mjs";
import type * as pulumi from "@pulumi/pulumi";
import { messageOf } from "../../providers/kops/model/errors.ts";
import type { Issue } from "../config/problems.ts";
import type { DnsRequest } from "./request.ts";

export type ExistingZoneRequest = Extract<DnsRequest, { type: "existing" }>;

/** A zone as AWS shows it. */
export interface FoundZone {
  id: string;
  name: string;
  private: boolean;
  nameServers: string[];
}

/** Looks up a zone by its id, or by name and visibility. None, or several, is a problem. */
export async function lookupZone(
  request: ExistingZoneRequest,
  options: pulumi.InvokeOptions,
): Promise<{ found?: FoundZone; problems: Issue[] }> {
  const asked =
    request.id === undefined
      ? { name: request.name, privateZone: request.visibility === "private" }
      : { zoneId: request.id };
  try {
    const zone = await aws.route53.getZone(asked, options);
    return {
      found: {
        id: zone.zoneId,
        name: zone.name.replace(/\.$/, ""),
        private: zone.privateZone ?? false,
        nameServers: zone.nameServers,
      },
      problems: [],
    };
  } catch (error) {
    return {
      problems: [
        {
          path: [request.id === undefined ? "name" : "id"],
          message: `the hosted zone cannot be looked up: ${messageOf(error)}`,
        },
      ],
    };
  }
}

/**
 * Whether a VPC resolves the private zone. This lookup returns no VPCs, but it finds a zone by name and VPC: a VPC
 * resolves only one zone of a name.
 */
async function resolves(vpcId: string, zone: FoundZone, options: pulumi.InvokeOptions): Promise<boolean> {
  try {
    return (await aws.route53.getZone({ name: zone.name, privateZone: true, vpcId }, options)).zoneId === zone.id;
  } catch (error) {
    // The provider's message for no match, in this and older versions.
    if (/no matching Route ?53 ?(Hosted )?Zone/i.test(messageOf(error))) return false;
    throw error;
  }
}

/** Why a zone does not match the request. */
export function existingZoneProblems(request: ExistingZoneRequest, zone: FoundZone): Issue[] {
  const problems: Issue[] = [];
  if (zone.name !== request.name)
    problems.push({ path: ["name"], message: `the zone ${zone.id} is called ${zone.name}, not ${request.name}` });
  const kind = zone.private ? "private" : "public";
  if (kind !== request.visibility)
    problems.push({ path: ["visibility"], message: `the zone ${zone.id} is ${kind}, not ${request.visibility}` });
  return problems;
}

/** Why an existing VPC cannot use a private zone. */
export async function associationProblems(
  request: ExistingZoneRequest,
  zone: FoundZone,
  vpcId: string | undefined,
  options: pulumi.InvokeOptions,
): Promise<Issue[]> {
  if (!zone.private || vpcId === undefined || request.associate === true || (await resolves(vpcId, zone, options)))
    return [];
  return [
    {
      path: ["associate"],
      message:
        `the VPC ${vpcId} cannot resolve the private zone ${zone.id}, so nodes could not find their API. Associate ` +
        "them, or set associate: true",
    },
  ];
}
