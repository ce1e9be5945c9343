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

/** Asks AWS for a zone by its id, or by name and visibility. Nothing found, or several, is a problem. */
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
 * Whether a VPC sees the private zone. AWS gives no list of VPCs here, but finds a zone by name and VPC: of two zones
 * of one name a VPC sees only one.
 */
async function sees(vpcId: string, zone: FoundZone, options: pulumi.InvokeOptions): Promise<boolean> {
  try {
    return (await aws.route53.getZone({ name: zone.name, privateZone: true, vpcId }, options)).zoneId === zone.id;
  } catch (error) {
    // The provider's words for a look-up that matches nothing, now and in its older versions.
    if (/no matching Route ?53 ?(Hosted )?Zone/i.test(messageOf(error))) return false;
    throw error;
  }
}

/** What is wrong with a zone that was found. */
export function existingZoneProblems(request: ExistingZoneRequest, zone: FoundZone): Issue[] {
  const problems: Issue[] = [];
  if (zone.name !== request.name)
    problems.push({ path: ["name"], message: `the zone ${zone.id} is called ${zone.name}, not ${request.name}` });
  const kind = zone.private ? "private" : "public";
  if (kind !== request.visibility)
    problems.push({ path: ["visibility"], message: `the zone ${zone.id} is ${kind}, not ${request.visibility}` });
  return problems;
}

/**
 * What is wrong between a zone and the VPC of an existing network; one that is only made now cannot be associated yet.
 */
export async function associationProblems(
  request: ExistingZoneRequest,
  zone: FoundZone,
  vpcId: string | undefined,
  options: pulumi.InvokeOptions,
): Promise<Issue[]> {
  if (!zone.private || vpcId === undefined || request.associate === true || (await sees(vpcId, zone, options)))
    return [];
  return [
    {
      path: ["associate"],
      message:
        `the VPC ${vpcId} does not see the private zone ${zone.id}: nodes could not resolve their API. Associate ` +
        "them, or set associate: true to have it done here",
    },
  ];
}
