import { z } from "zod";
import * as aws from "../aws/services.mjs";
import { strict, type Issue } from "../config/problems.ts";
import { gatewayServiceName, interfaceServiceName } from "./endpoint-names.ts";
import type { NetworkVpc } from "./vpc.ts";

export const endpoints = strict({
  dynamodb: z.boolean().optional().describe("Gateway endpoint for DynamoDB, free of charge. Default: false."),
  interfaces: z
    .array(z.string())
    .optional()
    .describe(
      "Interface endpoints by the short name of the service, such as ecr.api, ecr.dkr, sts or ec2. Each has " +
        "an address in every zone and replaces the service's public name inside the VPC. About USD 9 a month " +
        "for each service and zone in ap-southeast-2, plus data. Adding or removing one only interrupts calls " +
        "to that service. Default: none.",
    ),
}).describe("Endpoints of AWS services beside the gateway endpoint for S3, which is always made. Default: none.");

/** Services with a gateway endpoint: inside the VPC, an interface endpoint only costs more. */
const gatewayServices = ["s3", "dynamodb"];

export function endpointProblems({ interfaces = [] }: z.output<typeof endpoints>): Issue[] {
  return interfaces.flatMap((service, index): Issue[] => {
    const path = ["endpoints", "interfaces", index];
    if (!/^[a-z0-9]+([.-][a-z0-9]+)*$/.test(service) || service.includes("amazonaws")) {
      const message =
        `"${service}" is not the short name of a service, such as ecr.api (without com.amazonaws and the ` + "region)";
      return [{ path, message }];
    }
    if (interfaces.indexOf(service) !== index) return [{ path, message: `${service} is listed twice` }];
    if (gatewayServices.includes(service)) {
      const instead = service === "s3" ? "always made" : "made by endpoints.dynamodb: true";
      return [{ path, message: `${service} needs no interface endpoint: its gateway endpoint is free and ${instead}` }];
    }
    return [];
  });
}

/**
 * Free of charge. The endpoint for S3 keeps the state store, etcd backups and image layers off the NAT gateways. Each
 * route table has a resource of its own: a new zone changes nothing that exists.
 */
export function createGatewayEndpoint(
  service: "s3" | "dynamodb",
  { name: network, region, vpc, named, parent }: NetworkVpc,
  tables: Readonly<Record<string, aws.ec2.RouteTable>>,
): void {
  const name = `${network}-${service}`;
  const endpoint = new aws.ec2.VpcEndpoint(
    name,
    { vpcId: vpc.id, serviceName: gatewayServiceName(region, service), vpcEndpointType: "Gateway", tags: named(name) },
    { parent },
  );
  for (const [key, table] of Object.entries(tables)) {
    new aws.ec2.VpcEndpointRouteTableAssociation(
      `${name}-${key}`,
      { vpcEndpointId: endpoint.id, routeTableId: table.id },
      { parent },
    );
  }
}

/** `ranges`: IPv4 ranges of the VPC, the first one first. */
export function createInterfaceEndpoints(
  services: readonly string[],
  { name: network, region, vpc, ipv6Cidr, named, parent }: NetworkVpc,
  [cidr, ...secondary]: readonly [string, ...string[]],
  subnets: readonly aws.ec2.Subnet[],
): void {
  if (services.length === 0) return;
  const groupName = `${network}-endpoints`;
  const group = new aws.ec2.SecurityGroup(
    groupName,
    { vpcId: vpc.id, description: "AWS services inside the VPC", tags: named(groupName) },
    { parent },
  );
  const sources = [
    { name: groupName, cidrIpv4: cidr },
    ...secondary.map((range) => ({ name: `${groupName}-${range}`, cidrIpv4: range })),
    ...(ipv6Cidr ? [{ name: `${groupName}-ipv6`, cidrIpv6: ipv6Cidr }] : []),
  ];
  const port = { ipProtocol: "tcp", fromPort: 443, toPort: 443, description: "HTTPS from the VPC" };
  const rules = sources.map(
    ({ name, ...source }) =>
      new aws.vpc.SecurityGroupIngressRule(
        name,
        { securityGroupId: group.id, ...port, ...source, tags: named(name) },
        { parent },
      ),
  );
  for (const service of services) {
    const name = `${network}-interface-${service}`;
    new aws.ec2.VpcEndpoint(
      name,
      {
        vpcId: vpc.id,
        serviceName: interfaceServiceName(region, service),
        vpcEndpointType: "Interface",
        // From now on the service's public name leads here for everybody in the VPC.
        privateDnsEnabled: true,
        securityGroupIds: [group.id],
        subnetIds: subnets.map((subnet) => subnet.id),
        tags: named(name),
      },
      // With private DNS on and the port still closed, nobody in the VPC could reach the service.
      { parent, dependsOn: rules },
    );
  }
}
