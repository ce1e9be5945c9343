import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import {
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVolumesCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import {
  DescribeLoadBalancersCommand,
  DescribeTagsCommand,
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { EventBridgeClient, ListRulesCommand, ListTagsForResourceCommand } from "@aws-sdk/client-eventbridge";
import {
  GetInstanceProfileCommand,
  GetOpenIDConnectProviderCommand,
  GetRoleCommand,
  IAMClient,
  ListInstanceProfilesCommand,
  ListOpenIDConnectProvidersCommand,
  ListRolesCommand,
} from "@aws-sdk/client-iam";
import { HeadObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { ListQueuesCommand, ListQueueTagsCommand, SQSClient } from "@aws-sdk/client-sqs";
import { clientOf } from "./bare/index.ts";

type Tags = Record<string, string>;

/** A resource that kOps wrote for Terraform. */
export interface Written {
  readonly type: string;
  /** Its arguments with plain text. */
  readonly texts: Readonly<Record<string, string>>;
  readonly tags: Tags;
  /** Contents of the files that arguments name, by argument. */
  readonly files: Readonly<Record<string, Buffer>>;
}

const text = /^ {2}(\w+) += "(.*)"$/;
const file = /^ {2}(\w+) += file(?:base64)?\("\$\{path\.module\}\/(.*)"\)$/;
const tag = /^ {4}"(.*)" += "(.*)"$/;

/** Reads the output of `kops update cluster --target=terraform`: HCL with one argument per line. */
export async function readTerraform(folder: string): Promise<Written[]> {
  const blocks = (await readFile(join(folder, "kubernetes.tf"), "utf8")).split(/^(?=\S)/m);
  return await Promise.all(
    blocks.flatMap((block) => {
      const type = /^resource "(\w+)"/.exec(block)?.[1];
      return type === undefined ? [] : [readResource(folder, type, block)];
    }),
  );
}

async function readResource(folder: string, type: string, block: string): Promise<Written> {
  const lines = block.split("\n");
  const all = (pattern: RegExp, from: readonly string[]): [string, string][] =>
    from.flatMap((line) => {
      const [, name, value] = pattern.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value]];
    });
  const own = /^ {2}tags = \{\n(.*?)\n {2}\}/ms.exec(block)?.[1] ?? "";
  // An Auto Scaling group has one block per tag.
  const blocks = [...block.matchAll(/^ {2}tag \{\n {4}key += "(.*)"\n.*\n {4}value += "(.*)"\n/gm)].map(
    ([, key = "", value = ""]): [string, string] => [key, value],
  );
  const files = await Promise.all(
    all(file, lines).map(async ([name, path]) => [name, await readFile(join(folder, path))] as const),
  );
  return {
    type,
    texts: Object.fromEntries(all(text, lines)),
    tags: Object.fromEntries([...all(tag, own.split("\n")), ...blocks]),
    files: Object.fromEntries(files),
  };
}

const tagsOf = (list: readonly { Key?: string | undefined; Value?: string | undefined }[] = []): Tags =>
  Object.fromEntries(list.map(({ Key = "", Value = "" }) => [Key, Value]));

/** Tags of everything that kOps made for a cluster, by Terraform type and name. */
export async function tagsInAws(endpoint: string, cluster: string): Promise<Record<string, Tags>> {
  const client = clientOf(endpoint);
  const [ec2, elb, iam, sqs, events] = [
    new EC2Client(client),
    new ElasticLoadBalancingV2Client(client),
    new IAMClient(client),
    new SQSClient(client),
    new EventBridgeClient(client),
  ];
  const found: [string, Tags][] = [];
  for (const one of (await new AutoScalingClient(client).send(new DescribeAutoScalingGroupsCommand()))
    .AutoScalingGroups ?? [])
    found.push([`aws_autoscaling_group ${one.AutoScalingGroupName ?? ""}`, tagsOf(one.Tags)]);
  for (const one of (await ec2.send(new DescribeLaunchTemplatesCommand())).LaunchTemplates ?? [])
    found.push([`aws_launch_template ${one.LaunchTemplateName ?? ""}`, tagsOf(one.Tags)]);
  for (const one of (await ec2.send(new DescribeSecurityGroupsCommand())).SecurityGroups ?? [])
    found.push([`aws_security_group ${one.GroupName ?? ""}`, tagsOf(one.Tags)]);
  // The others are root volumes, which belong to instances.
  for (const one of (await ec2.send(new DescribeVolumesCommand())).Volumes ?? [])
    if (one.Tags?.some(({ Key }) => Key?.startsWith("k8s.io/etcd/")))
      found.push([`aws_ebs_volume ${tagsOf(one.Tags)["Name"] ?? ""}`, tagsOf(one.Tags)]);
  const balancers = (await elb.send(new DescribeLoadBalancersCommand())).LoadBalancers ?? [];
  const targets = (await elb.send(new DescribeTargetGroupsCommand())).TargetGroups ?? [];
  for (const [arn = "", key] of [
    ...balancers.map((one) => [one.LoadBalancerArn, `aws_lb ${one.LoadBalancerName ?? ""}`] as const),
    ...targets.map((one) => [one.TargetGroupArn, `aws_lb_target_group ${one.TargetGroupName ?? ""}`] as const),
  ])
    found.push([
      key,
      tagsOf((await elb.send(new DescribeTagsCommand({ ResourceArns: [arn] }))).TagDescriptions?.[0]?.Tags),
    ]);
  for (const { RoleName } of (await iam.send(new ListRolesCommand())).Roles ?? [])
    found.push([
      `aws_iam_role ${RoleName ?? ""}`,
      tagsOf((await iam.send(new GetRoleCommand({ RoleName }))).Role?.Tags),
    ]);
  for (const { InstanceProfileName } of (await iam.send(new ListInstanceProfilesCommand())).InstanceProfiles ?? [])
    found.push([
      `aws_iam_instance_profile ${InstanceProfileName ?? ""}`,
      tagsOf((await iam.send(new GetInstanceProfileCommand({ InstanceProfileName }))).InstanceProfile?.Tags),
    ]);
  for (const { Arn } of (await iam.send(new ListOpenIDConnectProvidersCommand())).OpenIDConnectProviderList ?? []) {
    const one = await iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: Arn }));
    found.push([`aws_iam_openid_connect_provider ${one.Url?.replace(/^https:\/\//, "") ?? ""}`, tagsOf(one.Tags)]);
  }
  for (const QueueUrl of (await sqs.send(new ListQueuesCommand())).QueueUrls ?? [])
    found.push([
      `aws_sqs_queue ${QueueUrl.split("/").at(-1) ?? ""}`,
      (await sqs.send(new ListQueueTagsCommand({ QueueUrl }))).Tags ?? {},
    ]);
  for (const { Name, Arn } of (await events.send(new ListRulesCommand())).Rules ?? [])
    found.push([
      `aws_cloudwatch_event_rule ${Name ?? ""}`,
      tagsOf((await events.send(new ListTagsForResourceCommand({ ResourceARN: Arn }))).Tags),
    ]);
  return Object.fromEntries(found.filter(([, tags]) => tags["KubernetesCluster"] === cluster));
}

/** The same from kOps's Terraform output, without types that have no tags. */
export function tagsInTerraform(written: readonly Written[]): Record<string, Tags> {
  return Object.fromEntries(
    written
      .filter(({ tags }) => Object.keys(tags).length > 0)
      .map(({ type, texts, tags }) => [
        `${type} ${texts["name"] ?? texts["url"]?.replace(/^https:\/\//, "") ?? tags["Name"] ?? ""}`,
        tags,
      ]),
  );
}

/**
 * Objects that Terraform would write with other contents than S3 has, and boot scripts that differ from the launch
 * templates'.
 */
export async function otherContents(endpoint: string, written: readonly Written[]): Promise<string[]> {
  const client = clientOf(endpoint);
  const [s3, ec2] = [new S3Client({ ...client, forcePathStyle: true }), new EC2Client(client)];
  const others: string[] = [];
  for (const { type, texts, files } of written) {
    if (type === "aws_s3_object") {
      const { ETag } = await s3.send(new HeadObjectCommand({ Bucket: texts["bucket"], Key: texts["key"] }));
      if (
        ETag !==
        `"${createHash("md5")
          .update(files["content"] ?? "")
          .digest("hex")}"`
      )
        others.push(texts["key"] ?? "");
    }
    if (type === "aws_launch_template") {
      const { LaunchTemplateVersions } = await ec2.send(
        new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateName: texts["name"], Versions: ["$Latest"] }),
      );
      if (LaunchTemplateVersions?.[0]?.LaunchTemplateData?.UserData !== files["user_data"]?.toString("base64"))
        others.push(texts["name"] ?? "");
    }
  }
  return others;
}

/** Ids and tags of the rules of a cluster's security groups. */
export async function rulesOf(endpoint: string, cluster: string): Promise<{ id: string; tags: Tags }[]> {
  const ec2 = new EC2Client(clientOf(endpoint));
  const { SecurityGroups = [] } = await ec2.send(
    new DescribeSecurityGroupsCommand({ Filters: [{ Name: "tag:KubernetesCluster", Values: [cluster] }] }),
  );
  const { SecurityGroupRules = [] } = await ec2.send(
    new DescribeSecurityGroupRulesCommand({
      Filters: [{ Name: "group-id", Values: SecurityGroups.map(({ GroupId = "" }) => GroupId) }],
    }),
  );
  return SecurityGroupRules.map(({ SecurityGroupRuleId = "", Tags }) => ({
    id: SecurityGroupRuleId,
    tags: tagsOf(Tags),
  }));
}
