import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import { DescribeInstancesCommand, DescribeVolumesCommand, DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { IAMClient, ListRolesCommand } from "@aws-sdk/client-iam";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { cloudState } from "../cloud/index.ts";
import { localRegion } from "../workspace/environment.ts";
import type { Layout } from "../base/layout.ts";
import type { Report } from "../tools/index.ts";

/** Shows what runs. Exit code 1 if nothing does, so that scripts can check it. */
export async function status(layout: Layout, report: Report): Promise<number> {
  const cloud = await cloudState(layout);
  if (!cloud) {
    report("The local cloud is not running. Next: npm start");
    return 1;
  }
  report(`The local cloud is running (process ${cloud.pid})`);
  report(`  AWS API      ${cloud.endpoint}${cloud.problem === undefined ? "" : `  ${cloud.problem}`}`);
  if (cloud.problem === undefined) report(`  resources    ${await counts(cloud.endpoint)}`);
  for (const { name, server, kubeconfig, status: state, problem } of cloud.clusters) {
    report(`  cluster      ${name}  ${server}  ${state}${problem === undefined ? "" : `: ${problem}`}  ${kubeconfig}`);
  }
  if (cloud.clusters.length === 0) report("  no clusters yet");
  report(`  state, logs  ${layout.dir}, ${layout.logs}`);
  return 0;
}

async function counts(endpoint: string): Promise<string> {
  const client = { endpoint, region: localRegion, credentials: { accessKeyId: "local", secretAccessKey: "local" } };
  const ec2 = new EC2Client(client);
  const [vpcs, instances, volumes, groups, roles, buckets] = await Promise.all([
    ec2.send(new DescribeVpcsCommand({ Filters: [{ Name: "is-default", Values: ["false"] }] })),
    ec2.send(
      new DescribeInstancesCommand({ Filters: [{ Name: "instance-state-name", Values: ["pending", "running"] }] }),
    ),
    ec2.send(new DescribeVolumesCommand({})),
    new AutoScalingClient(client).send(new DescribeAutoScalingGroupsCommand({})),
    new IAMClient(client).send(new ListRolesCommand({})),
    new S3Client({ ...client, forcePathStyle: true }).send(new ListBucketsCommand({})),
  ]);
  const found = {
    VPCs: vpcs.Vpcs,
    instances: instances.Reservations?.flatMap((reservation) => reservation.Instances ?? []),
    volumes: volumes.Volumes,
    "Auto Scaling groups": groups.AutoScalingGroups,
    roles: roles.Roles,
    buckets: buckets.Buckets,
  };
  return Object.entries(found)
    .map(([name, list]) => `${list?.length ?? 0} ${name}`)
    .join(", ");
}
