import type { Tag } from "@aws-sdk/client-ec2";
import { allOf, awsClient } from "../kops/aws/client.ts";
import type { AwsIdentity } from "../kops/aws/identity.ts";
import { balancersIn } from "../kops/aws/resources/load-balancers.ts";
import { tagsOf } from "../kops/aws/resources/resource.ts";
import type { Tags } from "../kops/aws/resources/resource.ts";
import { instanceStates, isHere } from "../kops/aws/states.ts";
import { clusterTagPrefix, tagKeysOf } from "../kops/model/tag-keys.ts";

/** Something that a cluster or its workloads made in a VPC: AWS does not delete the VPC before it. */
export interface NetworkHolder {
  /** Kind and id, in words. */
  what: string;
  /** Full name of the cluster. */
  cluster: string;
}

/** The cluster that tags name: of kOps, the cloud provider, the load balancer controller or the CNI. */
export function clusterInTags(tags: Tags): string | undefined {
  const [kops, , controller, cni] = tagKeysOf("").map((key) => tags[key]);
  const key = Object.keys(tags).find((one) => one.startsWith(clusterTagPrefix));
  return kops ?? key?.slice(clusterTagPrefix.length) ?? controller ?? cni;
}

const named = (what: string, tags: Tags): NetworkHolder[] => {
  const cluster = clusterInTags(tags);
  return cluster === undefined ? [] : [{ what, cluster }];
};

/**
 * Load balancers, instances, network interfaces and security groups of clusters in a VPC, whether or not the clusters
 * still exist. Others are not listed: what else is in the program is deleted beside this.
 */
export async function networkHolders(
  identity: AwsIdentity & { region: string },
  vpcId: string,
): Promise<NetworkHolder[]> {
  const sdk = await import("@aws-sdk/client-ec2");
  const client = awsClient(sdk.EC2Client, identity);
  // A new object for each call, because paginators write into it.
  const inVpc = (): { Filters: { Name: string; Values: string[] }[] } => ({
    Filters: [{ Name: "vpc-id", Values: [vpcId] }],
  });
  const [balancers, instances, interfaces, groups] = await Promise.all([
    balancersIn(identity),
    allOf(sdk.paginateDescribeInstances({ client }, inVpc()), (page) =>
      page.Reservations?.flatMap(({ Instances = [] }) => Instances),
    ),
    allOf(sdk.paginateDescribeNetworkInterfaces({ client }, inVpc()), (page) => page.NetworkInterfaces),
    allOf(sdk.paginateDescribeSecurityGroups({ client }, inVpc()), (page) => page.SecurityGroups),
  ]);
  const tagged = (what: string, id: string | undefined, tags: Tag[] | undefined): NetworkHolder[] =>
    named(`${what} ${id ?? ""}`, tagsOf(tags));
  return [
    ...balancers
      .filter(({ vpc }) => vpc === vpcId)
      .flatMap(({ kind, name, tags }) => named(`${kind.replaceAll("-", " ")} ${name}`, tags)),
    ...instances
      .filter(({ State }) => isHere(instanceStates, State?.Name))
      .flatMap(({ InstanceId, Tags }) => tagged("instance", InstanceId, Tags)),
    ...interfaces.flatMap(({ NetworkInterfaceId, TagSet }) => tagged("network interface", NetworkInterfaceId, TagSet)),
    ...groups.flatMap(({ GroupId, GroupName = "", Tags }) => tagged(`security group ${GroupName}`, GroupId, Tags)),
  ];
}
