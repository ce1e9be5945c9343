import { gatewayServiceName, interfaceServiceName } from "../../components/network/endpoint-names.ts";
import type { NetworkRequest } from "../../components/network/request.ts";
import { awsClient } from "../../providers/kops/aws/client.ts";
import type { AwsIdentity } from "../../providers/kops/aws/identity.ts";
import type { Finding } from "./finding.ts";

/** A zone of the region, as EC2 lists it. */
export interface FoundZone {
  zone: string;
  state: string;
  optIn: string;
}

/** Whether a stack's zones can be used. */
export function zonesFinding(zones: readonly string[], found: readonly FoundZone[], region: string): Finding {
  const check = "zones";
  const problems = zones.flatMap((zone): string[] => {
    const there = found.find((one) => one.zone === zone);
    if (!there) return [`${zone} does not exist in ${region} for this account`];
    if (there.optIn === "not-opted-in") return [`${zone} is not enabled for this account`];
    return there.state === "available" ? [] : [`${zone} is ${there.state}`];
  });
  if (problems.length === 0) return { check, status: "ok", text: zones.join(", ") };
  const others = found.filter(({ state, optIn }) => state === "available" && optIn !== "not-opted-in");
  return {
    check,
    status: "failed",
    text: problems.join("; "),
    next: `name zones of ${others.map(({ zone }) => zone).join(", ")} in pilot:network`,
  };
}

export async function checkZones(identity: AwsIdentity, zones: readonly string[]): Promise<Finding[]> {
  const sdk = await import("@aws-sdk/client-ec2");
  const client = awsClient(sdk.EC2Client, identity);
  const { AvailabilityZones = [] } = await client.send(
    new sdk.DescribeAvailabilityZonesCommand({ AllAvailabilityZones: true }),
  );
  const found = AvailabilityZones.map(({ ZoneName = "", State = "", OptInStatus = "" }) => ({
    zone: ZoneName,
    state: State,
    optIn: OptInStatus,
  }));
  return [zonesFinding(zones, found, identity.region)];
}

/** An endpoint of a service, and the zones in which it must be offered: none for a gateway endpoint. */
export interface NeededEndpoint {
  /** As the config names it. */
  service: string;
  name: string;
  zones: readonly string[];
}

/** The endpoints that a network makes. */
export function endpointsOf(network: NetworkRequest | undefined, region: string): NeededEndpoint[] {
  if (!network || network.existing) return [];
  const { dynamodb = false, interfaces = [] } = network.endpoints ?? {};
  return [
    ...(["s3", ...(dynamodb ? (["dynamodb"] as const) : [])] as const).map((service) => ({
      service,
      name: gatewayServiceName(region, service),
      zones: [],
    })),
    ...interfaces.map((service) => ({
      service,
      name: interfaceServiceName(region, service),
      zones: network.zones,
    })),
  ];
}

/** Whether AWS offers the endpoints. `offered`: zones by name of the service. */
export function endpointsFinding(
  needed: readonly NeededEndpoint[],
  offered: ReadonlyMap<string, readonly string[]>,
  region: string,
): Finding {
  const check = "VPC endpoints";
  const problems = needed.flatMap(({ service, name, zones }): string[] => {
    const found = offered.get(name);
    if (!found) return [`${service} (${name}) is not offered in ${region}`];
    const without = zones.filter((zone) => !found.includes(zone));
    return without.length === 0 ? [] : [`${service} is not offered in ${without.join(", ")}`];
  });
  if (problems.length === 0) return { check, status: "ok", text: needed.map(({ service }) => service).join(", ") };
  return {
    check,
    status: "failed",
    text: problems.join("; "),
    next: "leave these services out of pilot:network.endpoints.interfaces, or choose other zones",
  };
}

export async function checkEndpoints(identity: AwsIdentity, needed: readonly NeededEndpoint[]): Promise<Finding[]> {
  if (needed.length === 0) return [];
  const sdk = await import("@aws-sdk/client-ec2");
  const client = awsClient(sdk.EC2Client, identity);
  // By filter: asked for by name, one that does not exist fails the call for all.
  const Filters = [{ Name: "service-name", Values: needed.map(({ name }) => name) }];
  const offered = new Map<string, string[]>();
  let NextToken: string | undefined;
  do {
    const page = await client.send(
      new sdk.DescribeVpcEndpointServicesCommand({ Filters, ...(NextToken !== undefined && { NextToken }) }),
    );
    for (const { ServiceName: name = "", AvailabilityZones: zones = [] } of page.ServiceDetails ?? [])
      offered.set(name, [...(offered.get(name) ?? []), ...zones]);
    NextToken = page.NextToken === "" ? undefined : page.NextToken;
  } while (NextToken !== undefined);
  return [endpointsFinding(needed, offered, identity.region)];
}
