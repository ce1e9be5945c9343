import * as aws from "../../aws/services.mjs";
import type * as pulumi from "@pulumi/pulumi";
import { messageOf } from "../../../providers/kops/model/errors.ts";
import type { Issue } from "../../config/problems.ts";
import { anyIpv6, nat64Prefix } from "../model/ipv6.ts";
import type { FoundNetwork, FoundSubnet, FoundTable, FoundVpc } from "./existing.ts";
import type { ChosenSubnets, ExistingRequest } from "./request.ts";

/**
 * Looks up an existing network in AWS. Only a missing VPC is a problem here; {@link resolveExisting} checks the rest.
 */
export async function findExisting(
  request: ExistingRequest,
  options: pulumi.InvokeOptions,
): Promise<{ found?: FoundNetwork; problems: Issue[] }> {
  let vpc: FoundVpc;
  try {
    vpc = await lookUpVpc(request, options);
  } catch (error) {
    // Without the VPC there is nothing else to look up.
    return {
      problems: [
        {
          path: ["existing", request.tags ? "tags" : "vpcId"],
          message: `the VPC cannot be looked up: ${messageOf(error)}`,
        },
      ],
    };
  }
  const subnets = request.subnets;
  const [nodes, utility, tables] = await Promise.all([
    subnets.private && lookUpSubnets(subnets.private, vpc.id, options),
    subnets.utility && lookUpSubnets(subnets.utility, vpc.id, options),
    lookUpTables(vpc.id, options),
  ]);
  return { found: { vpc, ...(nodes && { private: nodes }), ...(utility && { utility }), tables }, problems: [] };
}

type Route = Awaited<ReturnType<typeof aws.ec2.getRouteTable>>["routes"][number];

async function lookUpVpc({ vpcId, tags }: ExistingRequest, options: pulumi.InvokeOptions): Promise<FoundVpc> {
  const vpc = await aws.ec2.getVpc(
    { ...(vpcId !== undefined && { id: vpcId }), ...(tags && { tags: { ...tags } }) },
    options,
  );
  const ranges = vpc.cidrBlockAssociations.flatMap(({ cidrBlock, state }) =>
    state === "associated" && cidrBlock !== vpc.cidrBlock ? [cidrBlock] : [],
  );
  return {
    id: vpc.id,
    cidr: vpc.cidrBlock,
    secondaryCidrs: ranges.toSorted(),
    dnsSupport: vpc.enableDnsSupport,
    dnsHostnames: vpc.enableDnsHostnames,
  };
}

async function lookUpSubnets(
  { ids = [], tags }: ChosenSubnets,
  vpcId: string,
  options: pulumi.InvokeOptions,
): Promise<FoundSubnet[]> {
  // With a filter, the answer leaves out an id that does not exist; asked for directly, it would end the program.
  const asked = tags
    ? { tags: { ...tags }, filters: [{ name: "vpc-id", values: [vpcId] }] }
    : { filters: [{ name: "subnet-id", values: [...ids] }] };
  const { ids: there } = await aws.ec2.getSubnets(asked, options);
  const found = await Promise.all(there.map((id) => aws.ec2.getSubnet({ id }, options)));
  return found.map((subnet) => ({
    id: subnet.id,
    vpcId: subnet.vpcId,
    zone: subnet.availabilityZone,
    cidr: subnet.cidrBlock,
    freeAddresses: subnet.availableIpAddressCount,
    tags: subnet.tags,
    ...(subnet.ipv6CidrBlock !== "" && { ipv6Cidr: subnet.ipv6CidrBlock }),
  }));
}

async function lookUpTables(vpcId: string, options: pulumi.InvokeOptions): Promise<FoundTable[]> {
  const { ids } = await aws.ec2.getRouteTables({ vpcId }, options);
  const tables = await Promise.all(ids.map((routeTableId) => aws.ec2.getRouteTable({ routeTableId }, options)));
  return tables.map(({ associations, routes }) => {
    const target = targetOf(routes.find(({ cidrBlock }) => cidrBlock === "0.0.0.0/0"));
    const [ipv6Target, nat64Target] = [anyIpv6, nat64Prefix].map((to) =>
      targetOf(routes.find(({ ipv6CidrBlock }) => ipv6CidrBlock === to)),
    );
    return {
      main: associations.some(({ main }) => main),
      subnetIds: associations.map(({ subnetId }) => subnetId).filter(Boolean),
      ...(target !== undefined && { defaultTarget: target }),
      ...(ipv6Target !== undefined && { ipv6Target }),
      ...(nat64Target !== undefined && { nat64Target }),
    };
  });
}

/** Id of what a route leads to. */
function targetOf(route: Route | undefined): string | undefined {
  return (
    route &&
    [
      route.gatewayId,
      route.natGatewayId,
      route.egressOnlyGatewayId,
      route.transitGatewayId,
      route.networkInterfaceId,
      route.vpcEndpointId,
      route.coreNetworkArn,
      route.localGatewayId,
      route.carrierGatewayId,
    ].find(Boolean)
  );
}
