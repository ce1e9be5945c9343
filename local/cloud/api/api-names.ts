import {
  paginateDescribeLoadBalancers,
  DescribeTagsCommand,
  type ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { internalApiName, publicApiName } from "../../../components/cluster/spec/names.ts";

/** The cluster whose API has this DNS name, by the names that kOps gives it. */
export function clusterNamed<C extends { readonly name: string }>(host: string, clusters: readonly C[]): C | undefined {
  return clusters.find(({ name }) => host === publicApiName(name) || host === internalApiName(name));
}

/** Whether AWS gives a load balancer such a name. The API of a cluster without DNS is reached by it. */
export function isLoadBalancer(host: string): boolean {
  return /\.elb(\.[a-z0-9-]+)?\.amazonaws\.com(\.cn)?$/.test(host);
}

/** Name of the cluster whose API is behind the network load balancer with this address, by its tags. */
export async function clusterBehind(host: string, elb: ElasticLoadBalancingV2Client): Promise<string | undefined> {
  for await (const { LoadBalancers = [] } of paginateDescribeLoadBalancers({ client: elb }, {})) {
    const arn = LoadBalancers.find(({ DNSName }) => DNSName?.toLowerCase() === host)?.LoadBalancerArn;
    if (arn === undefined) continue;
    const { TagDescriptions: [tagged] = [] } = await elb.send(new DescribeTagsCommand({ ResourceArns: [arn] }));
    const tag = (key: string): string | undefined => tagged?.Tags?.find(({ Key }) => Key === key)?.Value;
    const cluster = tag("KubernetesCluster");
    return cluster !== undefined && tag("Name") === publicApiName(cluster) ? cluster : undefined;
  }
  return undefined;
}
