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

/** Something in a VPC, which AWS does not delete before it. */
export type NetworkContent = Omit<NetworkHolder, "cluster"> & Partial<Pick<NetworkHolder, "cluster">>;

const content = (what: string, tags: Tags): NetworkContent => {
  const cluster = clusterInTags(tags);
  return { what, ...(cluster !== undefined && { cluster }) };
};

/** Interfaces that are deleted with what they belong to, and what AWS says that this is. */
const ofGateways = /^Interface for NAT Gateway /;

/**
 * Load balancers, instances, network interfaces and security groups in a VPC, whoever made them; without its default
 * group and the interfaces of NAT gateways.
 */
export async function networkContents(
  identity: AwsIdentity & { region: string },
  vpcId: string,
): Promise<NetworkContent[]> {
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
  const of = (what: string, id: string | undefined, tags: Tag[] | undefined): NetworkContent =>
    content(`${what} ${id ?? ""}`, tagsOf(tags));
  return [
    ...balancers
      .filter(({ vpc }) => vpc === vpcId)
      // Target groups hold no VPC. Those of clusters are named as what their load balancers left.
      .filter(({ kind, tags }) => kind !== "target-group" || clusterInTags(tags) !== undefined)
      .map(({ kind, name, tags }) => content(`${kind.replaceAll("-", " ")} ${name}`, tags)),
    ...instances
      .filter(({ State }) => isHere(instanceStates, State?.Name))
      .map(({ InstanceId, Tags }) => of("instance", InstanceId, Tags)),
    ...interfaces
      .filter(({ Description = "" }) => !ofGateways.test(Description))
      .map(({ NetworkInterfaceId, TagSet }) => of("network interface", NetworkInterfaceId, TagSet)),
    ...groups
      .filter(({ GroupName }) => GroupName !== "default")
      .map(({ GroupId, GroupName = "", Tags }) => of(`security group ${GroupName}`, GroupId, Tags)),
  ];
}

/** The same of clusters, whether or not they still exist. What else is in the program is deleted beside this. */
export async function networkHolders(
  identity: AwsIdentity & { region: string },
  vpcId: string,
): Promise<NetworkHolder[]> {
  return (await networkContents(identity, vpcId)).filter((one): one is NetworkHolder => one.cluster !== undefined);
}
