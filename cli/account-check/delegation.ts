import { awsClient } from "../../providers/kops/aws/client.ts";
import type { AwsIdentity } from "../../providers/kops/aws/identity.ts";
import { delegationState, lookupWith, type DelegationState } from "../../components/dns/delegation.ts";
import type { DnsRequest } from "../../components/dns/request.ts";
import type { Finding } from "./finding.ts";

const check = "hosted zone";

/** A public zone in Route 53. */
export interface PublicZone {
  name: string;
  nameServers: readonly string[];
}

/** The public zone that names must be found through: its id or its name; undefined where none is needed. */
export function zoneToFind(dns: DnsRequest | undefined): { zone: string; of: "parent" | "own" } | undefined {
  if (dns?.type === "public") return dns.parent && { zone: dns.parent.zone, of: "parent" };
  if (dns?.type === "existing" && dns.visibility === "public") return { zone: dns.id ?? dns.name, of: "own" };
  return undefined;
}

/** What is to be said without a lookup. */
export function dnsFinding(dns: DnsRequest): Finding {
  if (dns.type === "public")
    return {
      check,
      status: "warning",
      text: `${dns.name} will be made without a parent: the first up waits until its name servers are entered by hand`,
      next: "name the zone of the domain above in pilot:dns.parent, or be ready to enter them",
    };
  return { check, status: "ok", text: `${dns.name} (${dns.type}) needs no delegation` };
}

/** Whether the names of a zone can be found from outside. */
export function delegationFinding(zone: string, found: PublicZone | undefined, state?: DelegationState): Finding {
  if (!found)
    return {
      check,
      status: "failed",
      text: `the public zone ${zone} does not exist in this account`,
      next: "correct pilot:dns, or give the role of its account in pilot:dns.parent.role",
    };
  const { name, nameServers } = found;
  if (state?.state === "wrong")
    return {
      check,
      status: "failed",
      text:
        `a lookup of ${name} finds ${state.found.length === 0 ? "no name servers" : state.found.join(", ")}; Route 53 ` +
        `serves it from ${nameServers.join(", ")}`,
      next: `enter an NS record for ${name} with these servers where its domain is registered`,
    };
  if (state?.state === "good") return { check, status: "ok", text: `${name} is delegated to Route 53` };
  return {
    check,
    status: "not known",
    text: `whether ${name} is delegated: no resolver here resolves internet names (${state?.reason ?? "not asked"})`,
    next: `dig NS ${name}`,
  };
}

async function findZone(identity: AwsIdentity, zone: string): Promise<PublicZone | undefined> {
  const sdk = await import("@aws-sdk/client-route-53");
  const client = awsClient(sdk.Route53Client, identity);
  try {
    const id = zone.includes(".") ? await idOf(zone) : zone;
    if (id === undefined) return undefined;
    const { HostedZone, DelegationSet } = await client.send(new sdk.GetHostedZoneCommand({ Id: id }));
    const name = HostedZone?.Name?.replace(/\.$/, "");
    return name === undefined ? undefined : { name, nameServers: DelegationSet?.NameServers ?? [] };
  } catch (error) {
    if (error instanceof sdk.NoSuchHostedZone) return undefined;
    throw error;
  }

  async function idOf(name: string): Promise<string | undefined> {
    const { HostedZones = [] } = await client.send(new sdk.ListHostedZonesByNameCommand({ DNSName: name }));
    return HostedZones.find((one) => one.Name === `${name}.` && one.Config?.PrivateZone !== true)?.Id;
  }
}

/** The parent of a public zone, or an existing public zone: that it exists and is delegated to Route 53. */
export async function checkDelegation(identity: AwsIdentity, dns: DnsRequest): Promise<Finding[]> {
  const wanted = zoneToFind(dns);
  if (!wanted) return [dnsFinding(dns)];
  const { role, externalId } = dns.type === "public" ? (dns.parent ?? {}) : {};
  const assumeRole =
    role === undefined ? undefined : { roleArn: role, ...(externalId !== undefined && { externalId }) };
  const found = await findZone({ ...identity, ...(assumeRole && { assumeRole }) }, wanted.zone);
  const resolvers = "delegation" in dns ? dns.delegation?.resolvers : undefined;
  const state = found && (await delegationState(found.name, found.nameServers, lookupWith(resolvers)));
  return [delegationFinding(wanted.zone, found, state)];
}
