import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  DescribeAddressesCommand,
  DescribeDhcpOptionsCommand,
  DescribeEgressOnlyInternetGatewaysCommand,
  DescribeFlowLogsCommand,
  DescribeInstancesCommand,
  DescribeInternetGatewaysCommand,
  DescribeKeyPairsCommand,
  DescribeLaunchTemplatesCommand,
  DescribeNatGatewaysCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSnapshotsCommand,
  DescribeSubnetsCommand,
  DescribeVolumesCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcPeeringConnectionsCommand,
  DescribeVpcsCommand,
  EC2Client,
  type EC2ClientConfig,
} from "@aws-sdk/client-ec2";
import {
  DescribeLoadBalancersCommand as DescribeClassicLoadBalancersCommand,
  ElasticLoadBalancingClient,
} from "@aws-sdk/client-elastic-load-balancing";
import {
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { EventBridgeClient, ListRulesCommand } from "@aws-sdk/client-eventbridge";
import {
  IAMClient,
  ListInstanceProfilesCommand,
  ListOpenIDConnectProvidersCommand,
  ListRolesCommand,
} from "@aws-sdk/client-iam";
import { ListHostedZonesCommand, Route53Client } from "@aws-sdk/client-route-53";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";

const usual = { accessKeyId: "local", secretAccessKey: "local" };

/** Names or ids of everything in the AWS API, by kind, without what every account has from the start. */
export async function inventory(
  endpoint: string,
  region = "ap-southeast-2",
  credentials: NonNullable<EC2ClientConfig["credentials"]> = usual,
): Promise<Record<string, string[]>> {
  const client = { endpoint, region, credentials };
  const ec2 = new EC2Client(client);
  const elb = new ElasticLoadBalancingV2Client(client);
  const iam = new IAMClient(client);
  const names = <T>(list: readonly T[] | undefined, name: (one: T) => string | undefined): string[] =>
    (list ?? []).map((one) => name(one) ?? "?");

  const { Vpcs: standard = [] } = await ec2.send(
    new DescribeVpcsCommand({ Filters: [{ Name: "is-default", Values: ["true"] }] }),
  );
  const defaults = names(standard, (vpc) => vpc.VpcId);
  const own = <T extends { VpcId?: string | undefined }>(list: readonly T[] | undefined): T[] =>
    (list ?? []).filter(({ VpcId }) => !defaults.includes(VpcId ?? ""));

  const live = ["pending", "running", "shutting-down", "stopping", "stopped"];
  const found: Record<string, string[]> = {
    vpcs: names(own((await ec2.send(new DescribeVpcsCommand({}))).Vpcs), (one) => one.VpcId),
    subnets: names(own((await ec2.send(new DescribeSubnetsCommand({}))).Subnets), (one) => one.SubnetId),
    routeTables: names(
      own((await ec2.send(new DescribeRouteTablesCommand({}))).RouteTables),
      (one) => one.RouteTableId,
    ),
    internetGateways: names(
      (await ec2.send(new DescribeInternetGatewaysCommand({}))).InternetGateways?.filter(
        (one) => !defaults.includes(one.Attachments?.[0]?.VpcId ?? ""),
      ),
      (one) => one.InternetGatewayId,
    ),
    egressOnlyInternetGateways: names(
      (await ec2.send(new DescribeEgressOnlyInternetGatewaysCommand({}))).EgressOnlyInternetGateways,
      (one) => one.EgressOnlyInternetGatewayId,
    ),
    natGateways: names(
      (await ec2.send(new DescribeNatGatewaysCommand({}))).NatGateways?.filter((one) => one.State !== "deleted"),
      (one) => one.NatGatewayId,
    ),
    addresses: names((await ec2.send(new DescribeAddressesCommand({}))).Addresses, (one) => one.AllocationId),
    endpoints: names(
      (await ec2.send(new DescribeVpcEndpointsCommand({}))).VpcEndpoints?.filter(
        (one) => one.State?.toLowerCase() !== "deleted",
      ),
      (one) => one.VpcEndpointId,
    ),
    peerings: names(
      (await ec2.send(new DescribeVpcPeeringConnectionsCommand({}))).VpcPeeringConnections?.filter(
        ({ Status }) => Status?.Code !== "deleted",
      ),
      (one) => one.VpcPeeringConnectionId,
    ),
    dhcpOptions: names(
      (await ec2.send(new DescribeDhcpOptionsCommand({}))).DhcpOptions?.filter(
        (one) => !standard.some((vpc) => vpc.DhcpOptionsId === one.DhcpOptionsId),
      ),
      (one) => one.DhcpOptionsId,
    ),
    flowLogs: names((await ec2.send(new DescribeFlowLogsCommand({}))).FlowLogs, (one) => one.FlowLogId),
    logGroups: names(
      (await new CloudWatchLogsClient(client).send(new DescribeLogGroupsCommand({}))).logGroups,
      (one) => one.logGroupName,
    ),
    securityGroups: names(
      own((await ec2.send(new DescribeSecurityGroupsCommand({}))).SecurityGroups),
      (one) => one.GroupName,
    ),
    networkInterfaces: names(
      own((await ec2.send(new DescribeNetworkInterfacesCommand({}))).NetworkInterfaces),
      (one) => one.NetworkInterfaceId,
    ),
    instances: names(
      (
        await ec2.send(new DescribeInstancesCommand({ Filters: [{ Name: "instance-state-name", Values: live }] }))
      ).Reservations?.flatMap((one) => one.Instances ?? []),
      (one) => one.InstanceId,
    ),
    volumes: names((await ec2.send(new DescribeVolumesCommand({}))).Volumes, (one) => one.VolumeId),
    snapshots: names(
      (await ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ["self"] }))).Snapshots?.filter(
        ({ Description }) => !Description?.startsWith("Auto-created snapshot for AMI "),
      ),
      (one) => one.SnapshotId,
    ),
    launchTemplates: names(
      (await ec2.send(new DescribeLaunchTemplatesCommand({}))).LaunchTemplates,
      (one) => one.LaunchTemplateName,
    ),
    keyPairs: names((await ec2.send(new DescribeKeyPairsCommand({}))).KeyPairs, (one) => one.KeyName),
    autoScalingGroups: names(
      (await new AutoScalingClient(client).send(new DescribeAutoScalingGroupsCommand({}))).AutoScalingGroups,
      (one) => one.AutoScalingGroupName,
    ),
    loadBalancers: names(
      (await elb.send(new DescribeLoadBalancersCommand({}))).LoadBalancers,
      (one) => one.LoadBalancerName,
    ),
    classicLoadBalancers: names(
      (await new ElasticLoadBalancingClient(client).send(new DescribeClassicLoadBalancersCommand({})))
        .LoadBalancerDescriptions,
      (one) => one.LoadBalancerName,
    ),
    targetGroups: names(
      (await elb.send(new DescribeTargetGroupsCommand({}))).TargetGroups,
      (one) => one.TargetGroupName,
    ),
    roles: names((await iam.send(new ListRolesCommand({}))).Roles, (one) => one.RoleName),
    instanceProfiles: names(
      (await iam.send(new ListInstanceProfilesCommand({}))).InstanceProfiles,
      (one) => one.InstanceProfileName,
    ),
    oidcProviders: names(
      (await iam.send(new ListOpenIDConnectProvidersCommand({}))).OpenIDConnectProviderList,
      (one) => one.Arn,
    ),
    zones: names((await new Route53Client(client).send(new ListHostedZonesCommand({}))).HostedZones, (one) => one.Name),
    buckets: names(
      (await new S3Client({ ...client, forcePathStyle: true }).send(new ListBucketsCommand({}))).Buckets,
      (one) => one.Name,
    ),
    queues: (await new SQSClient(client).send(new ListQueuesCommand({}))).QueueUrls ?? [],
    rules: names((await new EventBridgeClient(client).send(new ListRulesCommand({}))).Rules, (one) => one.Name),
  };
  return Object.fromEntries(Object.entries(found).filter(([, list]) => list.length > 0));
}
