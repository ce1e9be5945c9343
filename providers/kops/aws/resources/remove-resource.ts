import type * as Ec2Sdk from "@aws-sdk/client-ec2";
import type { ResourceRecordSet } from "@aws-sdk/client-route-53";
import type { AwsIdentity } from "../identity.ts";
import type { Kind, Resource } from "./resource.ts";
import { awsClient } from "../client.ts";

/** Error codes of the services for something that does not exist: a deletion has then succeeded. */
const absent = /NotFound|NoSuchEntity|NonExistentQueue|QueueDoesNotExist|NoSuchHostedZone|InvalidChangeBatch/;

/** Whether a call failed because the resource does not exist. */
export function isAbsent(error: unknown): boolean {
  return error instanceof Error && (absent.test(error.name) || /AutoScalingGroup name not found/.test(error.message));
}

type Removal = (identity: AwsIdentity, resource: Resource) => Promise<unknown>;

type Ec2 = typeof Ec2Sdk;

function ec2(work: (client: InstanceType<Ec2["EC2Client"]>, sdk: Ec2, id: string) => Promise<unknown>): Removal {
  return async (identity, { id }) => {
    const sdk = await import("@aws-sdk/client-ec2");
    await work(awsClient(sdk.EC2Client, identity), sdk, id);
  };
}

async function removeRole(identity: AwsIdentity, { name: RoleName }: Resource): Promise<void> {
  const sdk = await import("@aws-sdk/client-iam");
  const client = awsClient(sdk.IAMClient, identity);
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
  const client = awsClient(sdk.IAMClient, identity);
  const { InstanceProfile } = await client.send(new sdk.GetInstanceProfileCommand({ InstanceProfileName }));
  for (const { RoleName } of InstanceProfile?.Roles ?? [])
    await client.send(new sdk.RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName }));
  await client.send(new sdk.DeleteInstanceProfileCommand({ InstanceProfileName }));
}

async function removeRule(identity: AwsIdentity, { name: Rule }: Resource): Promise<void> {
  const sdk = await import("@aws-sdk/client-eventbridge");
  const client = awsClient(sdk.EventBridgeClient, identity);
  const { Targets = [] } = await client.send(new sdk.ListTargetsByRuleCommand({ Rule }));
  if (Targets.length > 0)
    await client.send(new sdk.RemoveTargetsCommand({ Rule, Ids: Targets.map(({ Id = "" }) => Id) }));
  await client.send(new sdk.DeleteRuleCommand({ Name: Rule }));
}

/** Revokes the rules first: AWS refuses to delete a group while another rule refers to it. */
async function removeSecurityGroup(identity: AwsIdentity, { id: GroupId }: Resource): Promise<void> {
  const sdk = await import("@aws-sdk/client-ec2");
  const client = awsClient(sdk.EC2Client, identity);
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
  const client = awsClient(sdk.EC2Client, identity);
  if (egress) await client.send(new sdk.RevokeSecurityGroupEgressCommand({ GroupId, SecurityGroupRuleIds: [id] }));
  else await client.send(new sdk.RevokeSecurityGroupIngressCommand({ GroupId, SecurityGroupRuleIds: [id] }));
}

async function removeInternetGateway(
  identity: AwsIdentity,
  { id: InternetGatewayId, vpc: VpcId }: Resource,
): Promise<void> {
  const sdk = await import("@aws-sdk/client-ec2");
  const client = awsClient(sdk.EC2Client, identity);
  if (VpcId !== undefined) await client.send(new sdk.DetachInternetGatewayCommand({ InternetGatewayId, VpcId }));
  await client.send(new sdk.DeleteInternetGatewayCommand({ InternetGatewayId }));
}

const removals: Record<Kind, Removal> = {
  "autoscaling-group": async (identity, { name }) => {
    const sdk = await import("@aws-sdk/client-auto-scaling");
    await awsClient(sdk.AutoScalingClient, identity).send(
      new sdk.DeleteAutoScalingGroupCommand({ AutoScalingGroupName: name, ForceDelete: true }),
    );
  },
  instance: ec2((client, sdk, id) => client.send(new sdk.TerminateInstancesCommand({ InstanceIds: [id] }))),
  "load-balancer": async (identity, { id }) => {
    const sdk = await import("@aws-sdk/client-elastic-load-balancing-v2");
    await awsClient(sdk.ElasticLoadBalancingV2Client, identity).send(
      new sdk.DeleteLoadBalancerCommand({ LoadBalancerArn: id }),
    );
  },
  "classic-load-balancer": async (identity, { id }) => {
    const sdk = await import("@aws-sdk/client-elastic-load-balancing");
    await awsClient(sdk.ElasticLoadBalancingClient, identity).send(
      new sdk.DeleteLoadBalancerCommand({ LoadBalancerName: id }),
    );
  },
  "target-group": async (identity, { id }) => {
    const sdk = await import("@aws-sdk/client-elastic-load-balancing-v2");
    await awsClient(sdk.ElasticLoadBalancingV2Client, identity).send(
      new sdk.DeleteTargetGroupCommand({ TargetGroupArn: id }),
    );
  },
  "eventbridge-rule": removeRule,
  sqs: async (identity, { id }) => {
    const sdk = await import("@aws-sdk/client-sqs");
    await awsClient(sdk.SQSClient, identity).send(new sdk.DeleteQueueCommand({ QueueUrl: id }));
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
    await awsClient(sdk.IAMClient, identity).send(
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
    await awsClient(sdk.Route53Client, identity).send(
      new sdk.ChangeResourceRecordSetsCommand({
        HostedZoneId: zone,
        ChangeBatch: { Changes: [{ Action: "DELETE", ResourceRecordSet: record }] },
      }),
    );
  },
  volume: ec2((client, sdk, id) => client.send(new sdk.DeleteVolumeCommand({ VolumeId: id }))),
  snapshot: ec2((client, sdk, id) => client.send(new sdk.DeleteSnapshotCommand({ SnapshotId: id }))),
};

/** Deletes one resource. A resource that does not exist counts as deleted. */
export async function removeResource(identity: AwsIdentity, resource: Resource): Promise<void> {
  try {
    await removals[resource.kind](identity, resource);
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}
