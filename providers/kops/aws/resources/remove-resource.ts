import type * as Ec2Sdk from "@aws-sdk/client-ec2";
import type { ResourceRecordSet } from "@aws-sdk/client-route-53";
import { awsClientSettings } from "../identity.ts";
import type { AwsIdentity } from "../identity.ts";
import type { Kind, Resource } from "./resource.ts";

/** Codes by which the services say that something is not there: for a deletion that is the end it is after. */
const absent =
  /NotFound|NoSuchEntity|NonExistentQueue|QueueDoesNotExist|LoadBalancerNotFound|NoSuchHostedZone|InvalidChangeBatch|AccessPointNotFound/;

/** Whether a call failed because what it is about is not there. */
export function isAbsent(error: unknown): boolean {
  return error instanceof Error && (absent.test(error.name) || /AutoScalingGroup name not found/.test(error.message));
}

type Removal = (identity: AwsIdentity, resource: Resource) => Promise<unknown>;

type Ec2 = typeof Ec2Sdk;

function ec2(work: (client: InstanceType<Ec2["EC2Client"]>, sdk: Ec2, id: string) => Promise<unknown>): Removal {
  return async (identity, { id }) => {
    const sdk = await import("@aws-sdk/client-ec2");
    await work(new sdk.EC2Client(awsClientSettings(identity)), sdk, id);
  };
}

async function removeRole(identity: AwsIdentity, { name: RoleName }: Resource): Promise<void> {
  const sdk = await import("@aws-sdk/client-iam");
  const client = new sdk.IAMClient(awsClientSettings(identity));
  const { InstanceProfiles = [] } = await client.send(new sdk.ListInstanceProfilesForRoleCommand({ RoleName }));
  for (const { InstanceProfileName } of InstanceProfiles)
    await client.send(new sdk.RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName }));
  const { PolicyNames = [] } = await client.send(new sdk.ListRolePoliciesCommand({ RoleName }));
  for (const PolicyName of PolicyNames) await client.send(new sdk.DeleteRolePolicyCommand({ RoleName, PolicyName }));
  const { AttachedPolicies = [] } = await client.send(new sdk.ListAttachedRolePoliciesCommand({ RoleName }));
  for (const { PolicyArn } of AttachedPolicies)
    await client.send(new sdk.DetachRolePolicyCommand({ RoleName, PolicyArn }));
  await client.send(new sdk.DeleteRoleCommand({ RoleName }));
}

async function removeProfile(identity: AwsIdentity, { name: InstanceProfileName }: Resource): Promise<void> {
  const sdk = await import("@aws-sdk/client-iam");
  const client = new sdk.IAMClient(awsClientSettings(identity));
  const { InstanceProfile } = await client.send(new sdk.GetInstanceProfileCommand({ InstanceProfileName }));
  for (const { RoleName } of InstanceProfile?.Roles ?? [])
    await client.send(new sdk.RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName }));
  await client.send(new sdk.DeleteInstanceProfileCommand({ InstanceProfileName }));
}

async function removeRule(identity: AwsIdentity, { name: Rule }: Resource): Promise<void> {
  const sdk = await import("@aws-sdk/client-eventbridge");
  const client = new sdk.EventBridgeClient(awsClientSettings(identity));
  const { Targets = [] } = await client.send(new sdk.ListTargetsByRuleCommand({ Rule }));
  if (Targets.length > 0)
    await client.send(new sdk.RemoveTargetsCommand({ Rule, Ids: Targets.map(({ Id = "" }) => Id) }));
  await client.send(new sdk.DeleteRuleCommand({ Name: Rule }));
}

/** Without the rules that name other groups, or those of other groups that name it, AWS would not let it go. */
async function removeSecurityGroup(identity: AwsIdentity, { id: GroupId }: Resource): Promise<void> {
  const sdk = await import("@aws-sdk/client-ec2");
  const client = new sdk.EC2Client(awsClientSettings(identity));
  const { SecurityGroupRules = [] } = await client.send(
    new sdk.DescribeSecurityGroupRulesCommand({ Filters: [{ Name: "group-id", Values: [GroupId] }] }),
  );
  const ingress = SecurityGroupRules.filter(({ IsEgress }) => IsEgress !== true).map(
    ({ SecurityGroupRuleId = "" }) => SecurityGroupRuleId,
  );
  if (ingress.length > 0)
    await client.send(new sdk.RevokeSecurityGroupIngressCommand({ GroupId, SecurityGroupRuleIds: ingress }));
  await client.send(new sdk.DeleteSecurityGroupCommand({ GroupId }));
}

async function removeGroupRule(identity: AwsIdentity, { id, detail }: Resource): Promise<void> {
  const { group: GroupId, egress } = detail as { group: string; egress: boolean };
  const sdk = await import("@aws-sdk/client-ec2");
  const client = new sdk.EC2Client(awsClientSettings(identity));
  if (egress) await client.send(new sdk.RevokeSecurityGroupEgressCommand({ GroupId, SecurityGroupRuleIds: [id] }));
  else await client.send(new sdk.RevokeSecurityGroupIngressCommand({ GroupId, SecurityGroupRuleIds: [id] }));
}

async function removeInternetGateway(
  identity: AwsIdentity,
  { id: InternetGatewayId, vpc: VpcId }: Resource,
): Promise<void> {
  const sdk = await import("@aws-sdk/client-ec2");
  const client = new sdk.EC2Client(awsClientSettings(identity));
  if (VpcId !== undefined) await client.send(new sdk.DetachInternetGatewayCommand({ InternetGatewayId, VpcId }));
  await client.send(new sdk.DeleteInternetGatewayCommand({ InternetGatewayId }));
}

const removals: Record<Kind, Removal> = {
  "autoscaling-group": async (identity, { name }) => {
    const sdk = await import("@aws-sdk/client-auto-scaling");
    await new sdk.AutoScalingClient(awsClientSettings(identity)).send(
      new sdk.DeleteAutoScalingGroupCommand({ AutoScalingGroupName: name, ForceDelete: true }),
    );
  },
  instance: ec2((client, sdk, id) => client.send(new sdk.TerminateInstancesCommand({ InstanceIds: [id] }))),
  "load-balancer": async (identity, { id }) => {
    const sdk = await import("@aws-sdk/client-elastic-load-balancing-v2");
    await new sdk.ElasticLoadBalancingV2Client(awsClientSettings(identity)).send(
      new sdk.DeleteLoadBalancerCommand({ LoadBalancerArn: id }),
    );
  },
  "classic-load-balancer": async (identity, { id }) => {
    const sdk = await import("@aws-sdk/client-elastic-load-balancing");
    await new sdk.ElasticLoadBalancingClient(awsClientSettings(identity)).send(
      new sdk.DeleteLoadBalancerCommand({ LoadBalancerName: id }),
    );
  },
  "target-group": async (identity, { id }) => {
    const sdk = await import("@aws-sdk/client-elastic-load-balancing-v2");
    await new sdk.ElasticLoadBalancingV2Client(awsClientSettings(identity)).send(
      new sdk.DeleteTargetGroupCommand({ TargetGroupArn: id }),
    );
  },
  "eventbridge-rule": removeRule,
  sqs: async (identity, { id }) => {
    const sdk = await import("@aws-sdk/client-sqs");
    await new sdk.SQSClient(awsClientSettings(identity)).send(new sdk.DeleteQueueCommand({ QueueUrl: id }));
  },
  "network-interface": ec2((client, sdk, id) =>
    client.send(new sdk.DeleteNetworkInterfaceCommand({ NetworkInterfaceId: id })),
  ),
  "nat-gateway": ec2((client, sdk, id) => client.send(new sdk.DeleteNatGatewayCommand({ NatGatewayId: id }))),
  "autoscaling-config": ec2((client, sdk, id) =>
    client.send(new sdk.DeleteLaunchTemplateCommand({ LaunchTemplateId: id })),
  ),
  "iam-instance-profile": removeProfile,
  "iam-role": removeRole,
  "oidc-provider": async (identity, { id }) => {
    const sdk = await import("@aws-sdk/client-iam");
    await new sdk.IAMClient(awsClientSettings(identity)).send(
      new sdk.DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: id }),
    );
  },
  keypair: ec2((client, sdk, id) => client.send(new sdk.DeleteKeyPairCommand({ KeyPairId: id }))),
  "security-group-rule": removeGroupRule,
  "security-group": removeSecurityGroup,
  "elastic-ip": ec2((client, sdk, id) => client.send(new sdk.ReleaseAddressCommand({ AllocationId: id }))),
  subnet: ec2((client, sdk, id) => client.send(new sdk.DeleteSubnetCommand({ SubnetId: id }))),
  "route-table": ec2((client, sdk, id) => client.send(new sdk.DeleteRouteTableCommand({ RouteTableId: id }))),
  "internet-gateway": removeInternetGateway,
  "egress-only-internet-gateway": ec2((client, sdk, id) =>
    client.send(new sdk.DeleteEgressOnlyInternetGatewayCommand({ EgressOnlyInternetGatewayId: id })),
  ),
  vpc: ec2((client, sdk, id) => client.send(new sdk.DeleteVpcCommand({ VpcId: id }))),
  "dhcp-options": ec2((client, sdk, id) => client.send(new sdk.DeleteDhcpOptionsCommand({ DhcpOptionsId: id }))),
  "route53-record": async (identity, { detail }) => {
    const { zone, record } = detail as { zone: string; record: ResourceRecordSet };
    const sdk = await import("@aws-sdk/client-route-53");
    await new sdk.Route53Client(awsClientSettings(identity)).send(
      new sdk.ChangeResourceRecordSetsCommand({
        HostedZoneId: zone,
        ChangeBatch: { Changes: [{ Action: "DELETE", ResourceRecordSet: record }] },
      }),
    );
  },
  volume: ec2((client, sdk, id) => client.send(new sdk.DeleteVolumeCommand({ VolumeId: id }))),
  snapshot: ec2((client, sdk, id) => client.send(new sdk.DeleteSnapshotCommand({ SnapshotId: id }))),
};

/** Deletes one resource. What is not there is deleted. */
export async function removeResource(identity: AwsIdentity, resource: Resource): Promise<void> {
  try {
    await removals[resource.kind](identity, resource);
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}
