import { AutoScalingClient, paginateDescribeAutoScalingGroups } from "@aws-sdk/client-auto-scaling";
import { DescribeInstancesCommand, DescribeSubnetsCommand, DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { DescribeKeyCommand, KMSClient, ListKeysCommand } from "@aws-sdk/client-kms";
import { ListHostedZonesCommand, ListResourceRecordSetsCommand, Route53Client } from "@aws-sdk/client-route-53";
import { ListBucketsCommand, paginateListObjectsV2, S3Client } from "@aws-sdk/client-s3";
import { clientOf } from "../e2e/network/index.ts";
import type { Instance, Snapshot } from "./oracle.ts";

interface Tag {
  Key?: string | undefined;
  Value?: string | undefined;
}

const valueOf = (tags: readonly Tag[] | undefined, key: string): string =>
  tags?.find(({ Key }) => Key === key)?.Value ?? "";

const clusterTag = "KubernetesCluster";

/** Takes a snapshot of the cloud. */
export type TakeSnapshot = () => Promise<Snapshot>;

export function snapshotsOf(endpoint: string): TakeSnapshot {
  const client = clientOf(endpoint);
  const [ec2, autoScaling, kms, route53] = [
    new EC2Client(client),
    new AutoScalingClient(client),
    new KMSClient(client),
    new Route53Client(client),
  ];
  const s3 = new S3Client({ ...client, forcePathStyle: true });

  const objectsOf = async (Bucket: string): Promise<Record<string, string>> => {
    const found: Record<string, string> = {};
    for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket }))
      for (const { Key = "", ETag = "" } of Contents) found[Key] = ETag;
    return found;
  };
  const bucketsNow = async (): Promise<Snapshot["buckets"]> => {
    const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
    return Object.fromEntries(
      await Promise.all(Buckets.map(async ({ Name = "" }) => [Name, await objectsOf(Name)] as const)),
    );
  };
  const instancesNow = async (): Promise<Instance[]> => {
    const { Reservations = [] } = await ec2.send(
      new DescribeInstancesCommand({ Filters: [{ Name: "instance-state-name", Values: ["pending", "running"] }] }),
    );
    return Reservations.flatMap(({ Instances = [] }) => Instances).map(
      ({ InstanceId: id = "", VpcId: vpc = "", SubnetId: subnet = "", Tags }) => ({
        id,
        vpc,
        subnet,
        cluster: valueOf(Tags, clusterTag),
        group: valueOf(Tags, "aws:autoscaling:groupName"),
      }),
    );
  };
  const groupsNow = async (): Promise<Record<string, string>> => {
    const found: Record<string, string> = {};
    for await (const { AutoScalingGroups = [] } of paginateDescribeAutoScalingGroups({ client: autoScaling }, {})) {
      for (const { AutoScalingGroupName = "", Tags } of AutoScalingGroups)
        found[AutoScalingGroupName] = valueOf(Tags, clusterTag);
    }
    return found;
  };
  const keysNow = async (): Promise<Record<string, string>> => {
    const { Keys = [] } = await kms.send(new ListKeysCommand({}));
    const all = await Promise.all(Keys.map(({ KeyId }) => kms.send(new DescribeKeyCommand({ KeyId }))));
    return Object.fromEntries(
      all.flatMap(({ KeyMetadata: key }) =>
        key?.KeyManager === "AWS" ? [] : [[key?.KeyId ?? "", key?.KeyState ?? ""]],
      ),
    );
  };
  const zonesNow = async (): Promise<Snapshot["zones"]> => {
    const { HostedZones = [] } = await route53.send(new ListHostedZonesCommand({}));
    const all = HostedZones.map(async ({ Id = "", Name = "" }) => {
      const { ResourceRecordSets = [] } = await route53.send(new ListResourceRecordSetsCommand({ HostedZoneId: Id }));
      return [
        Id,
        {
          name: Name.replace(/\.$/, ""),
          records: ResourceRecordSets.map(({ Name: record = "" }) => record.replace(/\.$/, "")),
        },
      ] as const;
    });
    return Object.fromEntries(await Promise.all(all));
  };

  return async () => {
    const [buckets, instances, groups, keys, zones, vpcs, subnets] = await Promise.all([
      bucketsNow(),
      instancesNow(),
      groupsNow(),
      keysNow(),
      zonesNow(),
      ec2.send(new DescribeVpcsCommand({})),
      ec2.send(new DescribeSubnetsCommand({})),
    ]);
    return {
      buckets,
      instances,
      groups,
      keys,
      zones,
      vpcs: (vpcs.Vpcs ?? []).map(({ VpcId = "" }) => VpcId),
      subnets: (subnets.Subnets ?? []).map(({ SubnetId = "" }) => SubnetId),
      subnetTags: (subnets.Subnets ?? [])
        .flatMap(({ SubnetId = "", Tags = [] }) =>
          Tags.flatMap(({ Key = "" }) => (Key.startsWith("kubernetes.io/cluster/") ? [`${SubnetId} ${Key}`] : [])),
        )
        .sort(),
    };
  };
}
