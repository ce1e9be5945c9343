import {
  DescribeDhcpOptionsCommand,
  DescribeFlowLogsCommand,
  DescribeNatGatewaysCommand,
  DescribeRouteTablesCommand,
  DescribeSubnetsCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
} from "@aws-sdk/client-ec2";
import type { EC2Client, RouteTable, Subnet, Tag } from "@aws-sdk/client-ec2";

/** A VPC as AWS shows it, in short: resources by name, or by id if they have none. */
export interface Picture {
  /** IPv4 ranges of the VPC, the first one first. */
  ranges: string[];
  /** IPv6 ranges of the VPC. */
  ipv6Ranges: string[];
  /** DHCP options by AWS's keys; empty for AWS's default options. */
  dhcp: Record<string, string[]>;
  /** By name without the network's: `private-a`. */
  subnets: Record<string, SubnetPicture>;
  /** Zones with a NAT gateway. */
  gateways: string[];
  /** By the short name of the service. */
  endpoints: Record<string, EndpointPicture>;
  flowLogs: {
    to: string | undefined;
    traffic: string | undefined;
    delivers: string | undefined;
    every: number | undefined;
  }[];
}

export interface SubnetPicture {
  id: string;
  cidr: string;
  /** Where `0.0.0.0/0` leads. */
  out: "internet" | "nothing" | `nat ${string}`;
  /** Its IPv6 range, whether instances get an address from it, and where `::/0` leads; absent without a range. */
  ipv6?: { cidr: string; assigned: boolean; out: "internet" | "egress only" | "nothing" };
  /** Routes over peerings, by destination. */
  peers: string[];
  roles: string[];
}

export interface EndpointPicture {
  type: string | undefined;
  privateDns: boolean | undefined;
  /** Names of the subnets that have its interface, or whose route table leads to it. */
  reachedFrom: string[];
}

export const nameOf = (thing: { Tags?: Tag[] | undefined } | undefined): string =>
  thing?.Tags?.find(({ Key }) => Key === "Name")?.Value ?? "";

/** Reads the network `net` in a VPC. */
export async function pictureOf(ec2: EC2Client, vpcId: string): Promise<Picture> {
  const inVpc = { Filters: [{ Name: "vpc-id", Values: [vpcId] }] };
  const { Vpcs: [vpc] = [] } = await ec2.send(new DescribeVpcsCommand({ VpcIds: [vpcId] }));
  const { DhcpOptions: [dhcp] = [] } = await ec2.send(
    new DescribeDhcpOptionsCommand({ Filters: [{ Name: "dhcp-options-id", Values: [vpc?.DhcpOptionsId ?? ""] }] }),
  );
  const { Subnets: subnets = [] } = await ec2.send(new DescribeSubnetsCommand(inVpc));
  const { RouteTables: tables = [] } = await ec2.send(new DescribeRouteTablesCommand(inVpc));
  const { NatGateways: gateways = [] } = await ec2.send(new DescribeNatGatewaysCommand({ Filter: inVpc.Filters }));
  const { VpcEndpoints: endpoints = [] } = await ec2.send(new DescribeVpcEndpointsCommand(inVpc));
  const { FlowLogs: flowLogs = [] } = await ec2.send(
    new DescribeFlowLogsCommand({ Filter: [{ Name: "resource-id", Values: [vpcId] }] }),
  );

  const short = (name: string): string => name.replace(/^net-/, "").replace(/[a-z]+-[a-z]+-\d(?=[a-z]$)/, "");
  const zoneOf = (subnet: string | undefined): string =>
    short(subnets.find(({ SubnetId }) => SubnetId === subnet)?.AvailabilityZone ?? "?");
  const tableOf = (subnet: string | undefined): RouteTable | undefined =>
    tables.find(({ Associations }) => Associations?.some(({ SubnetId }) => SubnetId === subnet)) ??
    tables.find(({ Associations }) => Associations?.some(({ Main }) => Main));
  const outOf = (table: RouteTable | undefined): SubnetPicture["out"] => {
    const route = table?.Routes?.find(({ DestinationCidrBlock }) => DestinationCidrBlock === "0.0.0.0/0");
    if (route?.NatGatewayId !== undefined)
      return `nat ${zoneOf(gateways.find(({ NatGatewayId }) => NatGatewayId === route.NatGatewayId)?.SubnetId)}`;
    return route?.GatewayId?.startsWith("igw-") ? "internet" : "nothing";
  };
  const ipv6Of = (subnet: Subnet, table: RouteTable | undefined): Pick<SubnetPicture, "ipv6"> => {
    const cidr = subnet.Ipv6CidrBlockAssociationSet?.find(
      ({ Ipv6CidrBlockState }) => Ipv6CidrBlockState?.State === "associated",
    )?.Ipv6CidrBlock;
    if (cidr === undefined) return {};
    const route = table?.Routes?.find(({ DestinationIpv6CidrBlock }) => DestinationIpv6CidrBlock === "::/0");
    const out = route?.EgressOnlyInternetGatewayId?.startsWith("eigw-")
      ? "egress only"
      : route?.GatewayId?.startsWith("igw-")
        ? "internet"
        : "nothing";
    return { ipv6: { cidr, assigned: subnet.AssignIpv6AddressOnCreation ?? false, out } };
  };
  const keyed = subnets.map((subnet) => ({
    key: short(nameOf(subnet)) || (subnet.SubnetId ?? "?"),
    subnet,
    table: tableOf(subnet.SubnetId),
  }));
  return {
    ranges: (vpc?.CidrBlockAssociationSet ?? []).flatMap(({ CidrBlock, CidrBlockState }) =>
      CidrBlock !== undefined && CidrBlockState?.State === "associated" ? [CidrBlock] : [],
    ),
    ipv6Ranges: (vpc?.Ipv6CidrBlockAssociationSet ?? []).flatMap(({ Ipv6CidrBlock, Ipv6CidrBlockState }) =>
      Ipv6CidrBlock !== undefined && Ipv6CidrBlockState?.State === "associated" ? [Ipv6CidrBlock] : [],
    ),
    dhcp: Object.fromEntries(
      (dhcp?.DhcpConfigurations ?? []).map(({ Key = "?", Values = [] }) => [
        Key,
        Values.flatMap(({ Value }) => Value ?? []),
      ]),
    ),
    subnets: Object.fromEntries(
      keyed.map(({ key, subnet, table }) => [
        key,
        {
          id: subnet.SubnetId ?? "",
          cidr: subnet.CidrBlock ?? "",
          out: outOf(table),
          ...ipv6Of(subnet, table),
          peers: (table?.Routes ?? [])
            .flatMap(({ VpcPeeringConnectionId, DestinationCidrBlock }) =>
              VpcPeeringConnectionId === undefined ? [] : (DestinationCidrBlock ?? "?"),
            )
            .toSorted(),
          roles: (subnet.Tags ?? [])
            .flatMap(({ Key = "" }) => /^kubernetes\.io\/role\/(.+)$/.exec(Key)?.[1] ?? [])
            .toSorted(),
        },
      ]),
    ),
    gateways: gateways
      .filter(({ State }) => State === "available")
      .map(({ SubnetId }) => zoneOf(SubnetId))
      .toSorted(),
    endpoints: Object.fromEntries(
      endpoints.map((one) => [
        one.ServiceName?.split(".").slice(3).join(".") ?? "?",
        {
          type: one.VpcEndpointType,
          privateDns: one.PrivateDnsEnabled,
          reachedFrom: keyed
            .filter(
              ({ subnet, table }) =>
                one.SubnetIds?.includes(subnet.SubnetId ?? "") ||
                one.RouteTableIds?.includes(table?.RouteTableId ?? ""),
            )
            .map(({ key }) => key)
            .toSorted(),
        },
      ]),
    ),
    flowLogs: flowLogs.map(
      ({ LogDestination, LogDestinationType, TrafficType, DeliverLogsStatus, MaxAggregationInterval }) => ({
        to: LogDestinationType === "s3" ? LogDestination : LogDestinationType,
        traffic: TrafficType,
        delivers: DeliverLogsStatus,
        every: MaxAggregationInterval,
      }),
    ),
  };
}
