import type { UnsuccessfulItem } from "@aws-sdk/client-ec2";
import type { ResourceRecordSet } from "@aws-sdk/client-route-53";
import { removeResource, isAbsent } from "../../../providers/kops/aws/resources/remove-resource.ts";
import type { AwsIdentity } from "../../../providers/kops/aws/identity.ts";
import { allOf, awsClient } from "../../../providers/kops/aws/client.ts";
import { storeClient } from "../../../providers/kops/store/object-store.ts";
import type { Leftover, SharedKind, SweptKind } from "./kinds.ts";

type Removal = (identity: AwsIdentity, id: string, leftover: Leftover) => Promise<unknown>;

/**
 * Every version and every delete marker, then the bucket. Its policy goes first: it may deny deletions. A page has as
 * many keys as one deletion takes.
 */
async function removeBucket(identity: AwsIdentity, Bucket: string): Promise<void> {
  const sdk = await import("@aws-sdk/client-s3");
  const client = storeClient(identity, process.env);
  await client.send(new sdk.DeleteBucketPolicyCommand({ Bucket }));
  for (;;) {
    const page = await client.send(new sdk.ListObjectVersionsCommand({ Bucket }));
    const Objects = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(({ Key, VersionId }) => ({
      Key,
      VersionId,
    }));
    if (Objects.length === 0) break;
    const { Errors: [first] = [] } = await client.send(
      new sdk.DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
    );
    if (first) throw new Error(`object ${first.Key ?? ""} stays: ${first.Message ?? "AWS did not say why"}`);
  }
  await client.send(new sdk.DeleteBucketCommand({ Bucket }));
}

async function removeZone(identity: AwsIdentity, HostedZoneId: string): Promise<void> {
  const sdk = await import("@aws-sdk/client-route-53");
  const client = awsClient(sdk.Route53Client, identity);
  const { HostedZone } = await client.send(new sdk.GetHostedZoneCommand({ Id: HostedZoneId }));
  for (;;) {
    const { ResourceRecordSets = [] } = await client.send(new sdk.ListResourceRecordSetsCommand({ HostedZoneId }));
    // AWS keeps these two as long as the zone.
    const own = ({ Name, Type }: ResourceRecordSet): boolean =>
      Name === HostedZone?.Name && (Type === "NS" || Type === "SOA");
    const Changes = ResourceRecordSets.filter((one) => !own(one)).map(
      (one) => ({ Action: "DELETE", ResourceRecordSet: one }) as const,
    );
    if (Changes.length === 0) break;
    await client.send(new sdk.ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch: { Changes } }));
  }
  await client.send(new sdk.DeleteHostedZoneCommand({ Id: HostedZoneId }));
}

async function removePolicy(identity: AwsIdentity, PolicyArn: string): Promise<void> {
  const sdk = await import("@aws-sdk/client-iam");
  const client = awsClient(sdk.IAMClient, identity);
  const used = await client.send(new sdk.ListEntitiesForPolicyCommand({ PolicyArn }));
  for (const { RoleName } of used.PolicyRoles ?? [])
    await client.send(new sdk.DetachRolePolicyCommand({ RoleName, PolicyArn }));
  const { Versions = [] } = await client.send(new sdk.ListPolicyVersionsCommand({ PolicyArn }));
  for (const { VersionId } of Versions.filter(({ IsDefaultVersion }) => IsDefaultVersion !== true))
    await client.send(new sdk.DeletePolicyVersionCommand({ PolicyArn, VersionId }));
  await client.send(new sdk.DeletePolicyCommand({ PolicyArn }));
}

/** The shortest time that AWS allows. A key that waits for it costs nothing. */
const keyDays = 7;

async function removeKey(identity: AwsIdentity, KeyId: string): Promise<void> {
  const sdk = await import("@aws-sdk/client-kms");
  const client = awsClient(sdk.KMSClient, identity);
  const aliases = await allOf(sdk.paginateListAliases({ client }, { KeyId }), (page) => page.Aliases);
  for (const { AliasName } of aliases) await client.send(new sdk.DeleteAliasCommand({ AliasName }));
  await client.send(new sdk.ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: keyDays }));
}

/** EC2 answers some deletions with a list of those that failed. */
function throwFirst([first]: readonly UnsuccessfulItem[]): void {
  if (first) throw Object.assign(new Error(first.Error?.Message ?? "AWS did not say why"), { name: first.Error?.Code });
}

const ec2 = async (identity: AwsIdentity) => {
  const sdk = await import("@aws-sdk/client-ec2");
  return { sdk, client: awsClient(sdk.EC2Client, identity) };
};

const removals: Record<Exclude<SweptKind, SharedKind>, Removal> = {
  "flow-log": async (identity, id) => {
    const { sdk, client } = await ec2(identity);
    const { Unsuccessful = [] } = await client.send(new sdk.DeleteFlowLogsCommand({ FlowLogIds: [id] }));
    throwFirst(Unsuccessful);
  },
  "vpc-endpoint": async (identity, id) => {
    const { sdk, client } = await ec2(identity);
    const { Unsuccessful = [] } = await client.send(new sdk.DeleteVpcEndpointsCommand({ VpcEndpointIds: [id] }));
    throwFirst(Unsuccessful);
  },
  peering: async (identity, id) => {
    const { sdk, client } = await ec2(identity);
    await client.send(new sdk.DeleteVpcPeeringConnectionCommand({ VpcPeeringConnectionId: id }));
  },
  "iam-policy": removePolicy,
  "hosted-zone": removeZone,
  "log-group": async (identity, logGroupName) => {
    const sdk = await import("@aws-sdk/client-cloudwatch-logs");
    await awsClient(sdk.CloudWatchLogsClient, identity).send(new sdk.DeleteLogGroupCommand({ logGroupName }));
  },
  bucket: removeBucket,
  "kms-key": removeKey,
};

/** Whether a call failed because the resource does not exist, which AWS may list for a while. */
export function isGone(error: unknown): boolean {
  return isAbsent(error) || (error instanceof Error && error.name === "NoSuchBucket");
}

const isOwn = (kind: SweptKind): kind is Exclude<SweptKind, SharedKind> => kind in removals;

/** Deletes one leftover. What does not exist counts as deleted. */
export async function removeLeftover(identity: AwsIdentity, leftover: Leftover): Promise<void> {
  const { kind, id, name, vpc } = leftover;
  if (!isOwn(kind)) {
    await removeResource(identity, { kind, id, name, vpc, tags: {} });
    return;
  }
  try {
    await removals[kind](identity, id, leftover);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}
