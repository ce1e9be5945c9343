import type { AwsIdentity } from "../identity.ts";
import { tagsOf } from "./resource.ts";
import type { Resource } from "./resource.ts";
import { allOf, awsClient, inParts } from "../client.ts";

/** Most names or ARNs that AWS takes in one call for tags. */
const tagsAtOnce = 20;

async function tagsInParts<T>(all: readonly string[], ask: (part: string[]) => Promise<T[]>): Promise<T[]> {
  const found: T[] = [];
  for (const part of inParts(all, tagsAtOnce)) found.push(...(await ask(part)));
  return found;
}

/** All load balancers, of both APIs, and target groups of the region, with the tags that tell whose they are. */
export async function balancersIn(identity: AwsIdentity): Promise<Resource[]> {
  const [
    { DescribeTagsCommand, ElasticLoadBalancingV2Client, paginateDescribeLoadBalancers, paginateDescribeTargetGroups },
    classicSdk,
  ] = await Promise.all([
    import("@aws-sdk/client-elastic-load-balancing-v2"),
    import("@aws-sdk/client-elastic-load-balancing"),
  ]);
  const client = awsClient(ElasticLoadBalancingV2Client, identity);
  const classic = awsClient(classicSdk.ElasticLoadBalancingClient, identity);
  const [balancers, targets, classics] = await Promise.all([
    allOf(paginateDescribeLoadBalancers({ client }, {}), (page) => page.LoadBalancers),
    allOf(paginateDescribeTargetGroups({ client }, {}), (page) => page.TargetGroups),
    allOf(classicSdk.paginateDescribeLoadBalancers({ client: classic }, {}), (page) => page.LoadBalancerDescriptions),
  ]);
  const arns = [
    ...balancers.map(({ LoadBalancerArn }) => LoadBalancerArn ?? ""),
    ...targets.map(({ TargetGroupArn }) => TargetGroupArn ?? ""),
  ];
  const tags = new Map(
    (
      await tagsInParts(
        arns,
        async (ResourceArns) => (await client.send(new DescribeTagsCommand({ ResourceArns }))).TagDescriptions ?? [],
      )
    ).map(({ ResourceArn, Tags }) => [ResourceArn ?? "", tagsOf(Tags)]),
  );
  const classicTags = new Map(
    (
      await tagsInParts(
        classics.map(({ LoadBalancerName }) => LoadBalancerName ?? ""),
        async (LoadBalancerNames) =>
          (await classic.send(new classicSdk.DescribeTagsCommand({ LoadBalancerNames }))).TagDescriptions ?? [],
      )
    ).map(({ LoadBalancerName, Tags }) => [LoadBalancerName ?? "", tagsOf(Tags)]),
  );
  return [
    ...balancers.map((it): Resource => ({
      kind: "load-balancer",
      id: it.LoadBalancerArn ?? "",
      name: it.LoadBalancerName ?? "",
      tags: tags.get(it.LoadBalancerArn ?? "") ?? {},
      groups: it.SecurityGroups,
      vpc: it.VpcId,
    })),
    ...targets.map((it): Resource => ({
      kind: "target-group",
      id: it.TargetGroupArn ?? "",
      name: it.TargetGroupName ?? "",
      tags: tags.get(it.TargetGroupArn ?? "") ?? {},
    })),
    ...classics.map((it): Resource => ({
      kind: "classic-load-balancer",
      id: it.LoadBalancerName ?? "",
      name: it.LoadBalancerName ?? "",
      tags: classicTags.get(it.LoadBalancerName ?? "") ?? {},
      groups: it.SecurityGroups,
      vpc: it.VPCId,
    })),
  ];
}
