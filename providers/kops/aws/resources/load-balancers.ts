import { allOf } from "../auto-scaling-groups.ts";
import { awsClientSettings } from "../identity.ts";
import type { AwsIdentity } from "../identity.ts";
import { tagsOf } from "./resource.ts";
import type { Resource } from "./resource.ts";

/** AWS takes so many names or ARNs in one question for tags. */
const tagsAtOnce = 20;

async function inParts<T>(all: readonly string[], ask: (part: string[]) => Promise<T[]>): Promise<T[]> {
  const found: T[] = [];
  for (let at = 0; at < all.length; at += tagsAtOnce) found.push(...(await ask(all.slice(at, at + tagsAtOnce))));
  return found;
}

/** Load balancers of both APIs and target groups with their tags, all of the region: whose they are their tags tell. */
export async function balancersIn(identity: AwsIdentity): Promise<Resource[]> {
  const [
    { DescribeTagsCommand, ElasticLoadBalancingV2Client, paginateDescribeLoadBalancers, paginateDescribeTargetGroups },
    classicSdk,
  ] = await Promise.all([
    import("@aws-sdk/client-elastic-load-balancing-v2"),
    import("@aws-sdk/client-elastic-load-balancing"),
  ]);
  const client = new ElasticLoadBalancingV2Client(awsClientSettings(identity));
  const classic = new classicSdk.ElasticLoadBalancingClient(awsClientSettings(identity));
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
      await inParts(
        arns,
        async (ResourceArns) => (await client.send(new DescribeTagsCommand({ ResourceArns }))).TagDescriptions ?? [],
      )
    ).map(({ ResourceArn, Tags }) => [ResourceArn ?? "", tagsOf(Tags)]),
  );
  const classicTags = new Map(
    (
      await inParts(
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
