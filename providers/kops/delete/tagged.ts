import { EC2Client, paginateDescribeSecurityGroups, paginateDescribeVolumes } from "@aws-sdk/client-ec2";
import { DescribeTagsCommand as DescribeClassicTagsCommand, ElasticLoadBalancingClient, paginateDescribeLoadBalancers as paginateClassicLoadBalancers } from "@aws-sdk/client-elastic-load-balancing";
import { DescribeTagsCommand, ElasticLoadBalancingV2Client, paginateDescribeLoadBalancers } from "@aws-sdk/client-elastic-load-balancing-v2";
import { awsClientSettings } from "../aws/aws-identity.ts";
import type { AwsIdentity } from "../aws/aws-identity.ts";

/** A load balancer, security group or volume with its tags. */
export interface Tagged {
  kind: "load-balancer" | "security-group" | "volume";
  id: string;
  name: string;
  tags: Readonly<Record<string, string>>;
}

type Tags = readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined;

function record(tags: Tags): Record<string, string> {
  return Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key ?? "", Value ?? ""]));
}

/** Load balancers, security groups and volumes with their tags, all of the region: whose they are their tags tell. */
export async function taggedIn(identity: AwsIdentity): Promise<Tagged[]> {
  const settings = awsClientSettings(identity);
  const ec2 = new EC2Client(settings);
  const elb = new ElasticLoadBalancingV2Client(settings);
  const classic = new ElasticLoadBalancingClient(settings);
  const found: Tagged[] = [];
  for await (const page of paginateDescribeVolumes({ client: ec2 }, {})) {
    for (const one of page.Volumes ?? []) found.push({ kind: "volume", id: one.VolumeId ?? "", name: record(one.Tags)["Name"] ?? "", tags: record(one.Tags) });
  }
  for await (const page of paginateDescribeSecurityGroups({ client: ec2 }, {})) {
    for (const one of page.SecurityGroups ?? []) found.push({ kind: "security-group", id: one.GroupId ?? "", name: one.GroupName ?? "", tags: record(one.Tags) });
  }
  // AWS takes 20 ARNs in one question for tags.
  for await (const page of paginateDescribeLoadBalancers({ client: elb, pageSize: 20 }, {})) {
    const balancers = page.LoadBalancers ?? [];
    if (balancers.length === 0) continue;
    const tags = (await elb.send(new DescribeTagsCommand({ ResourceArns: balancers.map((one) => one.LoadBalancerArn ?? "") }))).TagDescriptions ?? [];
    for (const one of balancers) {
      found.push({ kind: "load-balancer", id: one.LoadBalancerArn ?? "", name: one.LoadBalancerName ?? "", tags: record(tags.find(({ ResourceArn }) => ResourceArn === one.LoadBalancerArn)?.Tags) });
    }
  }
  // What the AWS cloud provider makes for a Service unless an annotation says otherwise; of their names, too, AWS takes 20.
  for await (const page of paginateClassicLoadBalancers({ client: classic, pageSize: 20 }, {})) {
    const names = (page.LoadBalancerDescriptions ?? []).map(({ LoadBalancerName }) => LoadBalancerName ?? "");
    if (names.length === 0) continue;
    const tags = (await classic.send(new DescribeClassicTagsCommand({ LoadBalancerNames: names }))).TagDescriptions ?? [];
    for (const name of names) found.push({ kind: "load-balancer", id: name, name, tags: record(tags.find(({ LoadBalancerName }) => LoadBalancerName === name)?.Tags) });
  }
  return found;
}
