import { CloudWatchLogs } from "@aws-sdk/client-cloudwatch-logs";
import { EC2 } from "@aws-sdk/client-ec2";
import { IAM } from "@aws-sdk/client-iam";
import { KMS } from "@aws-sdk/client-kms";
import { Route53 } from "@aws-sdk/client-route-53";
import { S3 } from "@aws-sdk/client-s3";
import type { Props } from "../../../local/plugins/protocol/values.ts";
import { region } from "./aws-bed.ts";

export const farRegion = "us-east-1";

export interface World {
  readonly ec2: EC2;
  /** EC2 of another region. */
  readonly farEc2: EC2;
  readonly logs: CloudWatchLogs;
  readonly iam: IAM;
  readonly kms: KMS;
  readonly route53: Route53;
  readonly s3: S3;
  readonly vpc: string;
  readonly otherVpc: string;
  /** In the other region. */
  readonly farVpc: string;
  /** A connection to it, which nobody has accepted. */
  readonly farPeering: string;
  readonly logGroup: string;
  readonly dhcpOptions: string;
  readonly otherDhcpOptions: string;
  readonly subnet: string;
  readonly otherSubnet: string;
  readonly gateway: string;
  readonly table: string;
  readonly otherTable: string;
  /** Of DynamoDB, in no route table. */
  readonly endpoint: string;
  readonly address: string;
  readonly group: string;
  readonly zone: string;
  readonly privateZone: string;
  readonly bucket: string;
  readonly versioned: string;
  readonly role: string;
  readonly otherRole: string;
  readonly policy: string;
  readonly key: string;
  readonly otherKey: string;
}

export function awsClients(
  endpoint: string,
): Pick<World, "ec2" | "farEc2" | "iam" | "kms" | "logs" | "route53" | "s3"> {
  const config = { endpoint, region, credentials: { accessKeyId: "test", secretAccessKey: "test" } };
  return {
    ec2: new EC2(config),
    farEc2: new EC2({ ...config, region: farRegion }),
    iam: new IAM(config),
    kms: new KMS(config),
    logs: new CloudWatchLogs(config),
    route53: new Route53(config),
    s3: new S3({ ...config, forcePathStyle: true }),
  };
}

/** One resource type's life: what it is made with, changed to, changed by others, and what makes another one of it. */
export interface Case {
  readonly type: string;
  inputs(world: World): Props;
  /** New values that are applied in place. Not given: nothing can change in place. */
  change?(world: World): Props;
  /** A change behind Pulumi's back, and the property that shows it. */
  drift?(world: World, id: string, state: Props): Promise<unknown>;
  readonly shows?: string;
  /** A value per property that takes a replacement. */
  replace(world: World): Props;
  /** Outputs that anybody may rely on. */
  outputs(world: World, id: string): Record<string, unknown>;
  readonly staysWhenDeleted?: true;
}

const trust = (service: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: [service] }, Action: ["sts:AssumeRole"] }],
  });
const allow = (action: string): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: [action], Resource: "*" }] });
const account = "123456789012";

export const cases: readonly Case[] = [
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
    // The other end has tags of its own: those are no difference here.
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
    type: "aws:cloudwatch/logGroup:LogGroup",
    inputs: () => ({ retentionInDays: 30, tags: { Name: "trial" } }),
    change: () => ({ retentionInDays: 0, tags: { Name: "renamed", stage: "two" } }),
    drift: ({ logs }, id) => logs.putRetentionPolicy({ logGroupName: id, retentionInDays: 7 }),
    shows: "retentionInDays",
    replace: () => ({ name: "another" }),
    outputs: (_world, id) => ({
      arn: `arn:aws:logs:${region}:${account}:log-group:${id}`,
      name: "trial-0102030",
      logGroupClass: "STANDARD",
      retentionInDays: 30,
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
  {
    type: "aws:route53/zone:Zone",
    inputs: ({ vpc }) => ({
      name: "Trial.Example.com.",
      vpcs: [{ vpcId: vpc }],
      forceDestroy: true,
      tags: { Name: "trial" },
    }),
    change: () => ({ comment: "changed", tags: { Name: "trial", stage: "two" } }),
    drift: ({ route53 }, id) => route53.updateHostedZoneComment({ Id: id, Comment: "theirs" }),
    shows: "comment",
    replace: () => ({ name: "other.example.com" }),
    outputs: (_world, id) => ({ arn: `arn:aws:route53:::hostedzone/${id}`, zoneId: id, name: "trial.example.com" }),
  },
  {
    type: "aws:route53/record:Record",
    inputs: ({ zone }) => ({ zoneId: zone, name: "api", type: "A", ttl: 60, records: ["192.0.2.2", "192.0.2.1"] }),
    change: () => ({ ttl: 30, records: ["192.0.2.3"] }),
    drift: ({ route53, zone }) =>
      route53.changeResourceRecordSets({
        HostedZoneId: zone,
        ChangeBatch: {
          Changes: [
            {
              Action: "UPSERT",
              ResourceRecordSet: {
                Name: "api.zone.example.com",
                Type: "A",
                TTL: 5,
                ResourceRecords: [{ Value: "192.0.2.9" }],
              },
            },
          ],
        },
      }),
    shows: "ttl",
    replace: ({ privateZone }) => ({ zoneId: privateZone, name: "www" }),
    outputs: () => ({ fqdn: "api.zone.example.com", name: "api" }),
  },
  {
    type: "aws:route53/zoneAssociation:ZoneAssociation",
    inputs: ({ privateZone, otherVpc }) => ({ zoneId: privateZone, vpcId: otherVpc }),
    drift: ({ route53, privateZone, otherVpc }) =>
      route53.disassociateVPCFromHostedZone({ HostedZoneId: privateZone, VPC: { VPCId: otherVpc, VPCRegion: region } }),
    replace: ({ zone, vpc }) => ({ zoneId: zone, vpcId: vpc }),
    outputs: ({ otherVpc }) => ({ vpcId: otherVpc, vpcRegion: region }),
  },
  {
    type: "aws:s3/bucket:Bucket",
    inputs: () => ({ tags: { Name: "trial" } }),
    change: () => ({ forceDestroy: true, tags: { stage: "two" } }),
    drift: ({ s3 }, id) => s3.putBucketTagging({ Bucket: id, Tagging: { TagSet: [{ Key: "foreign", Value: "1" }] } }),
    shows: "tags",
    replace: () => ({ bucket: "another-name" }),
    outputs: () => ({
      arn: "arn:aws:s3:::trial-0102030",
      bucket: "trial-0102030",
      bucketRegionalDomainName: `trial-0102030.s3.${region}.amazonaws.com`,
      hostedZoneId: "Z1WCIGYICN2BYD",
    }),
  },
  {
    type: "aws:s3/bucketVersioning:BucketVersioning",
    inputs: ({ bucket }) => ({ bucket, versioningConfiguration: { status: "Enabled" } }),
    change: () => ({ versioningConfiguration: { status: "Suspended" } }),
    drift: ({ s3, bucket }) =>
      s3.putBucketVersioning({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } }),
    shows: "versioningConfiguration",
    replace: ({ versioned }) => ({ bucket: versioned }),
    outputs: ({ bucket }) => ({ bucket }),
    staysWhenDeleted: true,
  },
  {
    type: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    inputs: ({ bucket }) => ({ bucket, rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] }),
    change: ({ key }) => ({
      rules: [
        {
          applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: key },
          bucketKeyEnabled: true,
        },
      ],
    }),
    drift: ({ s3, bucket }) =>
      s3.putBucketEncryption({
        Bucket: bucket,
        ServerSideEncryptionConfiguration: {
          Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }],
        },
      }),
    shows: "rules",
    replace: ({ versioned }) => ({ bucket: versioned }),
    outputs: ({ bucket }) => ({ bucket }),
  },
  {
    type: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    inputs: ({ bucket }) => ({
      bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    }),
    change: () => ({ blockPublicPolicy: false }),
    drift: ({ s3, bucket }) =>
      s3.putPublicAccessBlock({ Bucket: bucket, PublicAccessBlockConfiguration: { BlockPublicAcls: false } }),
    shows: "blockPublicAcls",
    replace: ({ versioned }) => ({ bucket: versioned }),
    outputs: ({ bucket }) => ({ bucket, restrictPublicBuckets: true }),
  },
  {
    type: "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    inputs: ({ bucket }) => ({ bucket, rule: { objectOwnership: "BucketOwnerEnforced" } }),
    change: () => ({ rule: { objectOwnership: "BucketOwnerPreferred" } }),
    drift: ({ s3, bucket }) =>
      s3.putBucketOwnershipControls({
        Bucket: bucket,
        OwnershipControls: { Rules: [{ ObjectOwnership: "ObjectWriter" }] },
      }),
    shows: "rule.objectOwnership",
    replace: ({ versioned }) => ({ bucket: versioned }),
    outputs: ({ bucket }) => ({ bucket }),
  },
  {
    type: "aws:s3/bucketPolicy:BucketPolicy",
    inputs: ({ bucket }) => ({
      bucket,
      policy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "read",
            Effect: "Allow",
            Principal: "*",
            Action: ["s3:GetObject"],
            Resource: [`arn:aws:s3:::${bucket}/*`],
          },
        ],
      }),
    }),
    change: ({ bucket }) => ({
      // As an object: it travels as text.
      policy: {
        Version: "2012-10-17",
        Statement: [
          { Sid: "none", Effect: "Deny", Principal: "*", Action: "s3:*", Resource: `arn:aws:s3:::${bucket}/*` },
        ],
      },
    }),
    drift: ({ s3, bucket }) =>
      s3.putBucketPolicy({
        Bucket: bucket,
        Policy: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Sid: "theirs",
              Effect: "Allow",
              Principal: "*",
              Action: "s3:GetObject",
              Resource: `arn:aws:s3:::${bucket}/*`,
            },
          ],
        }),
      }),
    shows: "policy",
    replace: ({ versioned }) => ({ bucket: versioned }),
    outputs: ({ bucket }) => ({ bucket }),
  },
  {
    type: "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    inputs: ({ bucket }) => ({
      bucket,
      rules: [
        {
          id: "old",
          status: "Enabled",
          filter: {},
          noncurrentVersionExpiration: { noncurrentDays: 30 },
          abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
        },
        { id: "tmp", status: "Enabled", filter: { prefix: "tmp/" }, expiration: { days: 1 } },
      ],
    }),
    change: () => ({
      rules: [{ id: "old", status: "Enabled", filter: {}, noncurrentVersionExpiration: { noncurrentDays: 90 } }],
    }),
    drift: ({ s3, bucket }) =>
      s3.putBucketLifecycleConfiguration({
        Bucket: bucket,
        LifecycleConfiguration: {
          Rules: [
            {
              ID: "old",
              Status: "Disabled",
              Filter: { Prefix: "" },
              NoncurrentVersionExpiration: { NoncurrentDays: 90 },
            },
          ],
        },
      }),
    shows: "rules[0].status",
    replace: ({ versioned }) => ({ bucket: versioned }),
    outputs: ({ bucket }) => ({ bucket }),
  },
  {
    type: "aws:s3/bucketLogging:BucketLogging",
    inputs: ({ bucket, versioned }) => ({ bucket, targetBucket: versioned, targetPrefix: "here/" }),
    change: () => ({ targetPrefix: "there/" }),
    drift: ({ s3, bucket, versioned }) =>
      s3.putBucketLogging({
        Bucket: bucket,
        BucketLoggingStatus: { LoggingEnabled: { TargetBucket: versioned, TargetPrefix: "theirs/" } },
      }),
    shows: "targetPrefix",
    replace: ({ versioned }) => ({ bucket: versioned }),
    outputs: ({ bucket }) => ({ bucket }),
  },
  {
    type: "aws:s3/bucketObjectv2:BucketObjectv2",
    inputs: ({ versioned }) => ({
      bucket: versioned,
      key: "folder/hello.txt",
      content: "hello",
      contentType: "text/plain",
      tags: { Name: "trial" },
    }),
    change: () => ({ content: "good bye", tags: { Name: "renamed" } }),
    drift: ({ s3, versioned }) =>
      s3.putObject({ Bucket: versioned, Key: "folder/hello.txt", Body: "theirs", ContentType: "text/plain" }),
    shows: "tags",
    replace: ({ bucket }) => ({ bucket, key: "another" }),
    outputs: ({ versioned }) => ({ arn: `arn:aws:s3:::${versioned}/folder/hello.txt`, contentType: "text/plain" }),
  },
  {
    type: "aws:iam/role:Role",
    inputs: () => ({ assumeRolePolicy: trust("ec2.amazonaws.com"), tags: { Name: "trial" } }),
    change: ({ policy }) => ({
      assumeRolePolicy: trust("lambda.amazonaws.com"),
      description: "changed",
      maxSessionDuration: 7200,
      managedPolicyArns: [policy],
      inlinePolicies: [{ name: "inline", policy: allow("s3:GetObject") }],
      tags: { stage: "two" },
    }),
    drift: ({ iam }, id) => iam.updateRole({ RoleName: id, Description: "theirs", MaxSessionDuration: 7200 }),
    shows: "description",
    replace: () => ({ name: "another", path: "/elsewhere/" }),
    outputs: () => ({
      arn: `arn:aws:iam::${account}:role/trial-0102030`,
      name: "trial-0102030",
      path: "/",
      maxSessionDuration: 3600,
    }),
  },
  {
    type: "aws:iam/rolePolicy:RolePolicy",
    inputs: ({ role }) => ({ role, name: "trial", policy: allow("s3:GetObject") }),
    change: () => ({ policy: allow("s3:PutObject") }),
    drift: ({ iam, role }) =>
      iam.putRolePolicy({ RoleName: role, PolicyName: "trial", PolicyDocument: allow("s3:DeleteObject") }),
    shows: "policy",
    replace: ({ otherRole }) => ({ role: otherRole, name: "another" }),
    outputs: ({ role }) => ({ role, name: "trial" }),
  },
  {
    type: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    inputs: ({ role, policy }) => ({ role, policyArn: policy }),
    drift: ({ iam, role, policy }) => iam.detachRolePolicy({ RoleName: role, PolicyArn: policy }),
    replace: ({ otherRole }) => ({ role: otherRole, policyArn: "arn:aws:iam::aws:policy/AdministratorAccess" }),
    outputs: ({ role }) => ({ role }),
  },
  {
    type: "aws:iam/policy:Policy",
    inputs: () => ({ policy: allow("s3:GetObject"), tags: { Name: "trial" } }),
    change: () => ({ policy: allow("s3:PutObject"), tags: { stage: "two" } }),
    drift: ({ iam }, id) =>
      iam.createPolicyVersion({ PolicyArn: id, PolicyDocument: allow("s3:DeleteObject"), SetAsDefault: true }),
    shows: "policy",
    replace: () => ({ name: "another", path: "/elsewhere/", description: "another" }),
    outputs: () => ({ arn: `arn:aws:iam::${account}:policy/trial-0102030`, attachmentCount: 0 }),
  },
  {
    type: "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
    inputs: () => ({
      url: "https://oidc.example.com/trial",
      clientIdLists: ["sts.amazonaws.com"],
      thumbprintLists: ["9e99a48a9960b14926bb7f3b02e22da2b0ab7280"],
    }),
    change: () => ({
      clientIdLists: ["one", "sts.amazonaws.com"],
      thumbprintLists: ["0000000000000000000000000000000000000000"],
      tags: { stage: "two" },
    }),
    drift: ({ iam }, id) =>
      iam.removeClientIDFromOpenIDConnectProvider({ OpenIDConnectProviderArn: id, ClientID: "one" }),
    shows: "clientIdLists",
    replace: () => ({ url: "https://oidc.example.com/other" }),
    outputs: (_world, id) => ({ arn: id, url: "oidc.example.com/trial" }),
  },
  {
    type: "aws:kms/key:Key",
    inputs: () => ({ description: "trial", deletionWindowInDays: 7, tags: { Name: "trial" } }),
    change: () => ({ description: "changed", enableKeyRotation: true, tags: { stage: "two" } }),
    drift: ({ kms }, id) => kms.disableKeyRotation({ KeyId: id }),
    shows: "enableKeyRotation",
    replace: () => ({ keyUsage: "SIGN_VERIFY", customerMasterKeySpec: "RSA_2048" }),
    outputs: (_world, id) => ({
      arn: `arn:aws:kms:${region}:${account}:key/${id}`,
      keyId: id,
      isEnabled: true,
      keyUsage: "ENCRYPT_DECRYPT",
    }),
  },
  {
    type: "aws:kms/alias:Alias",
    inputs: ({ key }) => ({ name: "alias/trial", targetKeyId: `arn:aws:kms:${region}:${account}:key/${key}` }),
    change: ({ otherKey }) => ({ targetKeyId: otherKey }),
    drift: ({ kms, key }) => kms.updateAlias({ AliasName: "alias/trial", TargetKeyId: key }),
    shows: "targetKeyId",
    replace: () => ({ name: "alias/another" }),
    outputs: () => ({ arn: `arn:aws:kms:${region}:${account}:alias/trial`, name: "alias/trial" }),
  },
];
