import {
  DescribeLaunchTemplatesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import type { Subnet, Tag } from "@aws-sdk/client-ec2";
import {
  DescribeTagsCommand,
  ElasticLoadBalancingV2Client,
  paginateDescribeLoadBalancers,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { LoadBalancer } from "@aws-sdk/client-elastic-load-balancing-v2";
import { kopsClusterTag } from "../model/tag-keys.ts";
import { awsClient, ofCluster } from "../aws/client.ts";
import { etcdVolumesOf } from "../aws/etcd-volumes.ts";
import { isHere, volumeStates } from "../aws/states.ts";
import { computedNames, makesSubnets } from "../model/cloud-names.ts";
import type { CloudNames } from "../model/cloud-names.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import { isRecord } from "../model/spec.ts";

function nameOf(tags: readonly Tag[] | undefined): string | undefined {
  return tags?.find(({ Key }) => Key === "Name")?.Value;
}

/** Ids by name, sorted, so that the same cluster always gives the same text. */
function byName(found: readonly (readonly [string | undefined, string | undefined])[]): Record<string, string> {
  const named = found.flatMap(([name, id]) => (name === undefined || id === undefined ? [] : [[name, id] as const]));
  return Object.fromEntries(named.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Characters of a load balancer's name that are always kOps's prefix and the cluster's name, before any hash. */
const prefixLength = 20;
/** The most that one DescribeTags takes. */
const tagsAtOnce = 20;

/** The API's network load balancer. kOps finds it by its Name tag, because its name may end with a revision. */
async function apiLoadBalancer(inputs: KopsClusterInputs): Promise<LoadBalancer | undefined> {
  const { name } = inputs;
  const client = awsClient(ElasticLoadBalancingV2Client, inputs);
  const beginning = `api-${name.replaceAll(".", "-")}`.slice(0, prefixLength);
  const candidates: LoadBalancer[] = [];
  for await (const page of paginateDescribeLoadBalancers({ client }, {})) {
    candidates.push(...(page.LoadBalancers ?? []).filter((one) => one.LoadBalancerName?.startsWith(beginning)));
  }
  const arns = candidates.flatMap(({ LoadBalancerArn }) => LoadBalancerArn ?? []);
  for (let at = 0; at < arns.length; at += tagsAtOnce) {
    const { TagDescriptions = [] } = await client.send(
      new DescribeTagsCommand({ ResourceArns: arns.slice(at, at + tagsAtOnce) }),
    );
    const own = TagDescriptions.find(({ Tags = [] }) => {
      const has = (key: string, value: string): boolean => Tags.some((tag) => tag.Key === key && tag.Value === value);
      return has("Name", `api.${name}`) && has(kopsClusterTag, name);
    });
    if (own) return candidates.find(({ LoadBalancerArn }) => LoadBalancerArn === own.ResourceArn);
  }
  return undefined;
}

/** The class of the API's load balancer; undefined when the spec has none. */
function balancerClass({ cluster }: KopsClusterInputs): "Network" | "Classic" | undefined {
  const { api } = cluster;
  const balancer = isRecord(api) ? api["loadBalancer"] : undefined;
  if (!isRecord(balancer)) return undefined;
  return balancer["class"] === "Classic" ? "Classic" : "Network";
}

/** The network that kOps made, by its subnets; undefined while it has none. */
function networkOf(cluster: string, subnets: readonly Subnet[]): CloudNames["network"] {
  // kOps names them `<name>.<cluster>` (network.go in pkg/model/awsmodel).
  const own = subnets.flatMap((one) =>
    nameOf(one.Tags)?.endsWith(`.${cluster}`) === true
      ? [[nameOf(one.Tags)?.slice(0, -cluster.length - 1), one.SubnetId] as const]
      : [],
  );
  const vpcId = subnets.find(({ VpcId }) => VpcId !== undefined)?.VpcId;
  return vpcId === undefined ? undefined : { vpcId, subnets: byName(own) };
}

/** Names and ids of what kOps made in the cloud for a cluster, by its tags. */
export async function observeNames(inputs: KopsClusterInputs): Promise<CloudNames> {
  const ec2 = awsClient(EC2Client, inputs);
  const Filters = [ofCluster(inputs.name)];
  const desired = balancerClass(inputs);
  const [templates, groups, volumes, balancer, subnets] = await Promise.all([
    ec2.send(new DescribeLaunchTemplatesCommand({ Filters })),
    ec2.send(new DescribeSecurityGroupsCommand({ Filters })),
    etcdVolumesOf(inputs),
    desired === "Network" ? apiLoadBalancer(inputs) : undefined,
    makesSubnets(inputs.cluster) ? ec2.send(new DescribeSubnetsCommand({ Filters })) : undefined,
  ]);
  const templateIds = byName(
    (templates.LaunchTemplates ?? []).map((one) => [one.LaunchTemplateName, one.LaunchTemplateId]),
  );
  const computed = computedNames(inputs.name, inputs.instanceGroups);
  const network = networkOf(inputs.name, subnets?.Subnets ?? []);
  return {
    ...computed,
    instanceGroups: Object.fromEntries(
      Object.entries(computed.instanceGroups).map(([group, names]) => [
        group,
        { ...names, launchTemplateId: templateIds[names.launchTemplate] },
      ]),
    ),
    securityGroups: byName((groups.SecurityGroups ?? []).map((one) => [one.GroupName, one.GroupId])),
    etcdVolumes: byName(
      volumes.filter(({ state }) => isHere(volumeStates, state)).map(({ name, id }) => [name || undefined, id]),
    ),
    ...(network && { network }),
    ...(balancer?.LoadBalancerName !== undefined && {
      loadBalancer: { name: balancer.LoadBalancerName, arn: balancer.LoadBalancerArn, dnsName: balancer.DNSName },
    }),
  };
}
