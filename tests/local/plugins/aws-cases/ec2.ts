import { region } from "../aws-harness.ts";
import { account, farRegion } from "./case.ts";
import type { Case } from "./case.ts";

export const ec2Cases: readonly Case[] = [
  {
    type: "aws:ec2/vpc:Vpc",
    inputs: () => ({ cidrBlock: "10.9.0.0/16", enableDnsHostnames: true, tags: { Name: "trial" } }),
    change: () => ({
      enableDnsHostnames: false,
      enableNetworkAddressUsageMetrics: true,
      tags: { Name: "trial", stage: "two" },
    }),
    drift: ({ ec2 }, id) => ec2.modifyVpcAttribute({ VpcId: id, EnableDnsSupport: { Value: false } }),
    shows: "enableDnsSupport",
    replace: () => ({ cidrBlock: "10.10.0.0/16", instanceTenancy: "dedicated" }),
    outputs: (_world, id) => ({
      arn: `arn:aws:ec2:${region}:${account}:vpc/${id}`,
      instanceTenancy: "default",
      ownerId: account,
      region,
    }),
  },
  {
    type: "aws:ec2/subnet:Subnet",
    inputs: ({ vpc }) => ({
      vpcId: vpc,
      cidrBlock: "10.0.100.0/24",
      availabilityZone: `${region}b`,
      tags: { Name: "trial" },
    }),
    change: () => ({
      mapPublicIpOnLaunch: true,
      enableResourceNameDnsARecordOnLaunch: true,
      privateDnsHostnameTypeOnLaunch: "resource-name",
      tags: {},
    }),
    drift: ({ ec2 }, id) => ec2.createTags({ Resources: [id], Tags: [{ Key: "foreign", Value: "1" }] }),
    shows: "tags",
    replace: ({ otherVpc }) => ({ vpcId: otherVpc, cidrBlock: "10.0.101.0/24", availabilityZone: `${region}a` }),
    outputs: () => ({
      availabilityZone: `${region}b`,
      mapPublicIpOnLaunch: false,
      privateDnsHostnameTypeOnLaunch: "ip-name",
    }),
  },
  {
    type: "aws:ec2/internetGateway:InternetGateway",
    inputs: ({ otherVpc }) => ({ vpcId: otherVpc, tags: { Name: "trial" } }),
    change: () => ({ tags: { Name: "renamed" } }),
    drift: ({ ec2, otherVpc }, id) => ec2.detachInternetGateway({ InternetGatewayId: id, VpcId: otherVpc }),
    shows: "vpcId",
    replace: () => ({}),
    outputs: ({ otherVpc }, id) => ({
      arn: `arn:aws:ec2:${region}:${account}:internet-gateway/${id}`,
      vpcId: otherVpc,
    }),
  },
  {
    type: "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway",
    inputs: ({ otherVpc }) => ({ vpcId: otherVpc, tags: { Name: "trial" } }),
    change: () => ({ tags: { Name: "renamed" } }),
    drift: ({ ec2 }, id) => ec2.deleteEgressOnlyInternetGateway({ EgressOnlyInternetGatewayId: id }),
    replace: ({ vpc }) => ({ vpcId: vpc }),
    outputs: ({ otherVpc }) => ({ vpcId: otherVpc, tags: { Name: "trial" } }),
  },
  {
    type: "aws:ec2/eip:Eip",
    inputs: () => ({ domain: "vpc", tags: { Name: "trial" } }),
    change: () => ({ tags: { Name: "renamed" } }),
    drift: ({ ec2 }, id) => ec2.deleteTags({ Resources: [id], Tags: [{ Key: "Name" }] }),
    shows: "tags",
    replace: () => ({ networkBorderGroup: "elsewhere" }),
    outputs: (_world, id) => ({ allocationId: id, domain: "vpc", networkBorderGroup: region, associationId: "" }),
  },
  {
    type: "aws:ec2/natGateway:NatGateway",
    inputs: ({ subnet, address }) => ({ subnetId: subnet, allocationId: address, tags: { Name: "trial" } }),
    change: () => ({ tags: { Name: "renamed" } }),
    drift: ({ ec2 }, id) => ec2.createTags({ Resources: [id], Tags: [{ Key: "Name", Value: "theirs" }] }),
    shows: "tags",
    replace: ({ otherSubnet }) => ({
      subnetId: otherSubnet,
      connectivityType: "private",
      allocationId: "eipalloc-0123456789abcdef0",
    }),
    outputs: ({ subnet }) => ({ connectivityType: "public", subnetId: subnet, availabilityMode: "zonal" }),
  },
  {
    type: "aws:ec2/routeTable:RouteTable",
    inputs: ({ vpc, gateway }) => ({
      vpcId: vpc,
      routes: [{ cidrBlock: "0.0.0.0/0", gatewayId: gateway }],
      tags: { Name: "trial" },
    }),
    change: ({ gateway }) => ({
      routes: [
        { cidrBlock: "192.168.0.0/16", gatewayId: gateway },
        { cidrBlock: "172.16.0.0/12", gatewayId: gateway },
      ],
    }),
    drift: ({ ec2 }, id) => ec2.deleteRoute({ RouteTableId: id, DestinationCidrBlock: "172.16.0.0/12" }),
    shows: "routes",
    replace: ({ otherVpc }) => ({ vpcId: otherVpc }),
    outputs: ({ vpc }, id) => ({ arn: `arn:aws:ec2:${region}:${account}:route-table/${id}`, vpcId: vpc }),
  },
  {
    type: "aws:ec2/route:Route",
    inputs: ({ table, gateway }) => ({
      routeTableId: table,
      destinationCidrBlock: "198.51.100.0/24",
      gatewayId: gateway,
    }),
    replace: ({ otherTable }) => ({ routeTableId: otherTable, destinationCidrBlock: "203.0.113.0/24" }),
    drift: ({ ec2, table }) => ec2.deleteRoute({ RouteTableId: table, DestinationCidrBlock: "198.51.100.0/24" }),
    outputs: () => ({ origin: "CreateRoute", state: "active" }),
  },
  {
    type: "aws:ec2/routeTableAssociation:RouteTableAssociation",
    inputs: ({ table, subnet }) => ({ routeTableId: table, subnetId: subnet }),
    change: ({ otherTable }) => ({ routeTableId: otherTable }),
    replace: ({ otherSubnet }) => ({ subnetId: otherSubnet }),
    outputs: ({ table, subnet }) => ({ routeTableId: table, subnetId: subnet }),
  },
  {
    type: "aws:ec2/vpcDhcpOptions:VpcDhcpOptions",
    inputs: () => ({
      domainName: "corp.example.com",
      domainNameServers: ["10.0.0.2", "10.0.1.2"],
      ntpServers: ["169.254.169.123"],
      tags: { Name: "trial" },
    }),
    change: () => ({ tags: { Name: "renamed" } }),
    drift: ({ ec2 }, id) => ec2.deleteDhcpOptions({ DhcpOptionsId: id }),
    replace: () => ({
      domainName: "example.com",
      domainNameServers: ["10.0.1.2", "10.0.0.2"],
      ntpServers: ["10.0.0.3"],
      netbiosNodeType: "2",
    }),
    outputs: (_world, id) => ({
      arn: `arn:aws:ec2:${region}:${account}:dhcp-options/${id}`,
      domainName: "corp.example.com",
      ownerId: account,
      tags: { Name: "trial" },
    }),
  },
  {
    type: "aws:ec2/vpcDhcpOptionsAssociation:VpcDhcpOptionsAssociation",
    inputs: ({ vpc, dhcpOptions }) => ({ vpcId: vpc, dhcpOptionsId: dhcpOptions }),
    change: ({ otherDhcpOptions }) => ({ dhcpOptionsId: otherDhcpOptions }),
    drift: ({ ec2, vpc }) => ec2.associateDhcpOptions({ DhcpOptionsId: "default", VpcId: vpc }),
    replace: ({ otherVpc }) => ({ vpcId: otherVpc }),
    outputs: ({ vpc, dhcpOptions }) => ({ vpcId: vpc, dhcpOptionsId: dhcpOptions }),
  },
  {
    type: "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation",
    inputs: ({ otherVpc }) => ({ vpcId: otherVpc, cidrBlock: "10.11.0.0/20" }),
    drift: ({ ec2 }, id) => ec2.disassociateVpcCidrBlock({ AssociationId: id }),
    replace: ({ vpc }) => ({ vpcId: vpc, cidrBlock: "10.12.0.0/20" }),
    outputs: ({ otherVpc }) => ({ vpcId: otherVpc, cidrBlock: "10.11.0.0/20" }),
  },
  {
    type: "aws:ec2/vpcEndpoint:VpcEndpoint",
    inputs: ({ vpc, table }) => ({
      vpcId: vpc,
      serviceName: `com.amazonaws.${region}.s3`,
      routeTableIds: [table],
      tags: { Name: "trial" },
    }),
    change: ({ table, otherTable }) => ({ routeTableIds: [otherTable, table], tags: {} }),
    drift: ({ ec2, otherTable }, id) => ec2.modifyVpcEndpoint({ VpcEndpointId: id, RemoveRouteTableIds: [otherTable] }),
    shows: "routeTableIds",
    replace: ({ otherVpc }) => ({ vpcId: otherVpc, serviceName: `com.amazonaws.${region}.dynamodb` }),
    outputs: () => ({ vpcEndpointType: "Gateway", state: "available" }),
  },
  {
    type: "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation",
    inputs: ({ endpoint, table }) => ({ vpcEndpointId: endpoint, routeTableId: table }),
    drift: ({ ec2, endpoint, table }) =>
      ec2.modifyVpcEndpoint({ VpcEndpointId: endpoint, RemoveRouteTableIds: [table] }),
    replace: ({ otherTable }) => ({ vpcEndpointId: "vpce-0123456789abcdef0", routeTableId: otherTable }),
    outputs: ({ endpoint, table }) => ({ vpcEndpointId: endpoint, routeTableId: table }),
  },
  {
    type: "aws:ec2/tag:Tag",
    inputs: ({ otherSubnet }) => ({ resourceId: otherSubnet, key: "kubernetes.io/role/elb", value: "1" }),
    change: () => ({ value: "" }),
    drift: ({ ec2, otherSubnet }) =>
      ec2.createTags({ Resources: [otherSubnet], Tags: [{ Key: "kubernetes.io/role/elb", Value: "theirs" }] }),
    shows: "value",
    replace: ({ subnet }) => ({ resourceId: subnet, key: "other" }),
    outputs: ({ otherSubnet }) => ({ resourceId: otherSubnet, key: "kubernetes.io/role/elb" }),
  },
  {
    type: "aws:ec2/securityGroup:SecurityGroup",
    inputs: ({ vpc }) => ({
      vpcId: vpc,
      ingress: [
        { protocol: "tcp", fromPort: 443, toPort: 443, cidrBlocks: ["10.0.0.0/8", "192.168.0.0/16"], self: true },
        { protocol: "TCP", fromPort: 22, toPort: 22, cidrBlocks: ["10.0.0.0/8"], description: "operators" },
      ],
      egress: [{ protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"] }],
    }),
    change: () => ({
      ingress: [{ protocol: "tcp", fromPort: 22, toPort: 22, cidrBlocks: ["10.0.0.0/8"], description: "everybody" }],
    }),
    drift: ({ ec2 }, id) =>
      ec2.authorizeSecurityGroupIngress({
        GroupId: id,
        IpPermissions: [{ IpProtocol: "udp", FromPort: 53, ToPort: 53, IpRanges: [{ CidrIp: "0.0.0.0/0" }] }],
      }),
    shows: "ingress",
    replace: ({ otherVpc }) => ({ vpcId: otherVpc, description: "another", name: "another" }),
    outputs: (_world, id) => ({
      arn: `arn:aws:ec2:${region}:${account}:security-group/${id}`,
      description: "Managed by Pulumi",
      name: "trial-0102030",
    }),
  },
  {
    type: "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    inputs: ({ otherVpc }) => ({ vpcId: otherVpc, tags: { Name: "closed" } }),
    change: () => ({ ingress: [{ protocol: "-1", fromPort: 0, toPort: 0, self: true }] }),
    replace: ({ vpc }) => ({ vpcId: vpc }),
    outputs: () => ({ name: "default", ingress: [], egress: [] }),
    staysWhenDeleted: true,
  },
  {
    type: "aws:ec2/vpcPeeringConnection:VpcPeeringConnection",
    inputs: ({ vpc, otherVpc }) => ({ vpcId: vpc, peerVpcId: otherVpc, autoAccept: true, tags: { Name: "trial" } }),
    change: () => ({ tags: { Name: "renamed" } }),
    replace: ({ vpc, otherVpc }) => ({ vpcId: otherVpc, peerVpcId: vpc }),
    outputs: ({ otherVpc }) => ({ acceptStatus: "active", peerVpcId: otherVpc, peerRegion: region }),
  },
  {
    type: "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter",
    inputs: ({ farPeering }) => ({
      region: farRegion,
      vpcPeeringConnectionId: farPeering,
      autoAccept: true,
      tags: { Name: "trial" },
    }),
    change: () => ({ tags: { Name: "renamed" } }),
    // The other end has its own tags, which are no difference here.
    async drift({ ec2, farEc2 }, id) {
      await ec2.createTags({ Resources: [id], Tags: [{ Key: "theirs", Value: "1" }] });
      await farEc2.createTags({ Resources: [id], Tags: [{ Key: "Name", Value: "somebody's" }] });
    },
    shows: "tags.Name",
    replace: () => ({ vpcPeeringConnectionId: "pcx-0123456789abcdef0" }),
    outputs: ({ vpc, farVpc, farPeering }) => ({
      acceptStatus: "active",
      peerRegion: farRegion,
      peerOwnerId: account,
      vpcId: vpc,
      peerVpcId: farVpc,
      vpcPeeringConnectionId: farPeering,
    }),
    staysWhenDeleted: true,
  },
  {
    type: "aws:ec2/flowLog:FlowLog",
    inputs: ({ vpc, logGroup, role }) => ({
      vpcId: vpc,
      trafficType: "REJECT",
      logDestination: `arn:aws:logs:${region}:${account}:log-group:${logGroup}`,
      iamRoleArn: `arn:aws:iam::${account}:role/${role}`,
      tags: { Name: "trial" },
    }),
    change: () => ({ tags: { Name: "renamed" } }),
    drift: ({ ec2 }, id) => ec2.deleteFlowLogs({ FlowLogIds: [id] }),
    replace: ({ otherVpc, otherRole }) => ({
      vpcId: otherVpc,
      trafficType: "ALL",
      maxAggregationInterval: 60,
      logDestination: "arn:aws:s3:::another",
      logDestinationType: "s3",
      iamRoleArn: `arn:aws:iam::${account}:role/${otherRole}`,
    }),
    outputs: (_world, id) => ({
      arn: `arn:aws:ec2:${region}:${account}:vpc-flow-log/${id}`,
      logDestinationType: "cloud-watch-logs",
      maxAggregationInterval: 600,
      trafficType: "REJECT",
    }),
  },
  {
    type: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    inputs: ({ group }) => ({
      securityGroupId: group,
      ipProtocol: "tcp",
      fromPort: 8080,
      toPort: 8081,
      cidrIpv4: "10.1.0.0/16",
      description: "before",
    }),
    change: () => ({ cidrIpv4: "10.3.0.0/16", description: "after" }),
    drift: ({ ec2, group }, id) =>
      ec2.modifySecurityGroupRules({
        GroupId: group,
        SecurityGroupRules: [
          {
            SecurityGroupRuleId: id,
            SecurityGroupRule: {
              IpProtocol: "tcp",
              FromPort: 1,
              ToPort: 8081,
              CidrIpv4: "10.3.0.0/16",
              Description: "after",
            },
          },
        ],
      }),
    shows: "fromPort",
    replace: ({ vpc }) => ({ securityGroupId: vpc, cidrIpv6: "2001:db8::/32" }),
    outputs: (_world, id) => ({ securityGroupRuleId: id }),
  },
  {
    type: "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    inputs: ({ group }) => ({ securityGroupId: group, ipProtocol: "-1", cidrIpv4: "10.2.0.0/16" }),
    replace: ({ vpc }) => ({ securityGroupId: vpc }),
    outputs: (_world, id) => ({ securityGroupRuleId: id }),
  },
];
