import type { Issue } from "../../config/problems.ts";
import {
  cidrText,
  contains,
  isPrivate,
  overlaps,
  parseBlock,
  sizeOf,
  type Block,
} from "../../../providers/kops/model/cidr.ts";

export const defaultCidr = "10.20.0.0/16";

/** Ranges given for the subnets of one zone. */
export interface ZoneCidrs {
  private?: string | undefined;
  utility?: string | undefined;
}

export interface SubnetRequest {
  /** IPv4 range of the VPC, /16 to /22. */
  vpcCidr: string;
  /** Additional ranges of the VPC. Given subnets may be in them; computed ones never are. @default none */
  secondaryCidrs?: readonly string[] | undefined;
  /** Zones by full name, `ap-southeast-2a`. */
  zones: readonly string[];
  /** Ranges given for single zones; all others are computed. */
  given?: Readonly<Record<string, ZoneCidrs>> | undefined;
  /** @default "private" */
  topology?: Topology | undefined;
}

/**
 * - `private`: each zone has a private subnet for nodes and a utility subnet for NAT gateways and public load
 *   balancers.
 * - `public`: each zone has only a utility subnet, and nodes in it have public addresses. There is no NAT gateway to
 *   pay
 *   for, but only security groups protect the nodes from the internet.
 *
 * A change from `public` to `private` only adds subnets and routes; utility subnets stay.
 */
export type Topology = "private" | "public";

export interface ZoneSubnets {
  zone: string;
  /** Absent in the topology `public`. */
  privateCidr?: string;
  utilityCidr: string;
}

/**
 * The VPC has eight equal blocks. The first seven are the private subnets of zones a to g; the eighth has eight parts,
 * the first seven for the utility subnets of zones a to g. A /16 gives /19 and /22, the sizes that kOps chooses.
 *
 * A zone's place depends only on its letter, so no subnet ever moves when a zone is added, removed or listed in another
 * order. No AWS region has more than six zones.
 */
const zoneLetters = "abcdefg";
const privateBits = 3;
const utilityBits = 6;
/** AWS allows subnets up to /28 (and reserves five addresses in each): a /22 gives utility subnets of /28. */
const smallestSubnet = 28;
const largestVpc = 16;

export const zoneLetter = (zone: string): string => zone.slice(-1);

/** From 0 for zone a; negative if the name is not that of a zone. */
export const zonePlace = (zone: string): number => zoneLetters.indexOf(zoneLetter(zone));

function part(block: Block, bits: number, index: number): Block {
  const prefix = block.prefix + bits;
  return { base: block.base + index * sizeOf({ base: 0, prefix }), prefix };
}

function givenBlock(
  ranges: readonly [Block, ...Block[]],
  cidr: string,
  path: PropertyKey[],
  problems: Issue[],
): Block | undefined {
  const block = parseBlock(cidr);
  if (!block) {
    problems.push({
      path,
      message: `"${cidr}" is not an IPv4 CIDR without host bits, such as ${cidrText(part(ranges[0], privateBits, 0))}`,
    });
  } else if (block.prefix > smallestSubnet) {
    problems.push({ path, message: `${cidr} is too small: AWS allows subnets up to /${smallestSubnet}` });
  } else if (!ranges.some((range) => contains(range, block))) {
    problems.push({ path, message: `${cidr} is not inside the VPC's ${ranges.map(cidrText).join(" or ")}` });
  } else {
    return block;
  }
  return undefined;
}

/** The subnets of each zone, and all problems of the request. */
export function planSubnets(request: SubnetRequest): { subnets: ZoneSubnets[]; problems: Issue[] } {
  const problems: Issue[] = [];
  const vpc = parseBlock(request.vpcCidr);
  if (!vpc) {
    return {
      subnets: [],
      problems: [
        { path: ["cidr"], message: `"${request.vpcCidr}" is not an IPv4 CIDR without host bits, such as 10.20.0.0/16` },
      ],
    };
  }
  if (!isPrivate(vpc)) {
    problems.push({
      path: ["cidr"],
      message: `${request.vpcCidr} is not private: a public range would hide addresses of the internet; write one in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10`,
    });
  }
  if (vpc.prefix < largestVpc || vpc.prefix + utilityBits > smallestSubnet) {
    problems.push({
      path: ["cidr"],
      message: `${request.vpcCidr} has the wrong size: /${largestVpc} to /${smallestSubnet - utilityBits}`,
    });
    return { subnets: [], problems };
  }

  const ranges = [vpc, ...(request.secondaryCidrs ?? []).flatMap((cidr) => parseBlock(cidr) ?? [])] as const;
  const taken: { cidr: Block; what: string; path: PropertyKey[] }[] = [];
  const subnets: ZoneSubnets[] = [];
  const seen = new Set<string>();
  for (const [index, zone] of request.zones.entries()) {
    const slot = zonePlace(zone);
    if (seen.has(zone)) problems.push({ path: ["zones", index], message: `${zone} is listed twice` });
    seen.add(zone);
    if (slot < 0) {
      problems.push({
        path: ["zones", index],
        message: `"${zone}" must end in a letter from a to ${zoneLetters.at(-1) ?? ""}`,
      });
      continue;
    }
    const cidrs: { private?: Block; utility?: Block } = {};
    for (const [kind, computed] of [
      ["private", part(vpc, privateBits, slot)],
      ["utility", part(part(vpc, privateBits, zoneLetters.length), utilityBits - privateBits, slot)],
    ] as const) {
      const given = request.given?.[zone]?.[kind];
      const path = given === undefined ? ["zones", index] : ["subnets", zone, kind];
      if (kind === "private" && request.topology === "public") {
        if (given !== undefined)
          problems.push({
            path,
            message: "there are no private subnets in the topology public; give the range of the utility subnet",
          });
        continue;
      }
      const cidr = given === undefined ? computed : givenBlock(ranges, given, path, problems);
      if (!cidr) continue;
      cidrs[kind] = cidr;
      taken.push({ cidr, what: `the ${kind} subnet of ${zone}`, path });
    }
    if (cidrs.utility && (cidrs.private || request.topology === "public")) {
      subnets.push({
        zone,
        ...(cidrs.private && { privateCidr: cidrText(cidrs.private) }),
        utilityCidr: cidrText(cidrs.utility),
      });
    }
  }
  for (const zone of Object.keys(request.given ?? {})) {
    if (!request.zones.includes(zone)) {
      problems.push({
        path: ["subnets", zone],
        message: `${zone} is not one of the zones ${request.zones.join(", ")}`,
      });
    }
  }
  for (const [index, one] of taken.entries()) {
    for (const other of taken.slice(index + 1)) {
      if (one.what !== other.what && overlaps(one.cidr, other.cidr)) {
        // Report the range that was given: only that can be changed.
        const path = other.path[0] === "subnets" ? other.path : one.path;
        problems.push({
          path,
          message: `${one.what} (${cidrText(one.cidr)}) and ${other.what} (${cidrText(other.cidr)}) overlap`,
        });
      }
    }
  }
  return { subnets, problems };
}

/** The subnets of each zone; throws if the request has a problem. */
export function allocateSubnets(request: SubnetRequest): ZoneSubnets[] {
  const { subnets, problems } = planSubnets(request);
  if (problems.length > 0) throw new RangeError(problems.map(({ message }) => message).join("; "));
  return subnets;
}
