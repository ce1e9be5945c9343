import type { Instance, Tag } from "@aws-sdk/client-ec2";
import { allOf, awsClient, inParts } from "../../providers/kops/aws/client.ts";
import type { AwsIdentity } from "../../providers/kops/aws/identity.ts";
import { kopsClusterTag } from "../../providers/kops/model/tag-keys.ts";
import type { Counts } from "./needs.ts";
import { vcpuQuota } from "./quotas.ts";

/** Whose resources count as needed, not as used. */
export interface Own {
  stack: string;
  /** Full names. */
  clusters: readonly string[];
}

type Tags = readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined;

/** Whether the stack or one of its clusters made a resource: by the tags that Pilot and kOps give. */
export function isOwn({ stack, clusters }: Own, tags: Tags = []): boolean {
  const value = (key: string): string | undefined => tags.find(({ Key }) => Key === key)?.Value;
  const name = value("Name");
  return (
    clusters.includes(value(kopsClusterTag) ?? "") ||
    (value("environment") === stack && (name === stack || name?.startsWith(`${stack}-`) === true))
  );
}

const countOthers = (own: Own, all: readonly { Tags?: Tag[] | undefined }[]): number =>
  all.filter(({ Tags: tags }) => !isOwn(own, tags)).length;

type Uses = Readonly<Record<Exclude<keyof Counts, "roles" | "instanceProfiles">, () => Promise<number>>>;

/** How many of each kind are in use by others, asked for when it is needed. */
export function usesIn(identity: AwsIdentity, own: Own): Uses {
  const ec2 = async () => {
    const sdk = await import("@aws-sdk/client-ec2");
    return { sdk, client: awsClient(sdk.EC2Client, identity) };
  };
  return {
    vpcs: async () => {
      const { sdk, client } = await ec2();
      return countOthers(own, await allOf(sdk.paginateDescribeVpcs({ client }, {}), (page) => page.Vpcs));
    },
    internetGateways: async () => {
      const { sdk, client } = await ec2();
      const pages = sdk.paginateDescribeInternetGateways({ client }, {});
      return countOthers(own, await allOf(pages, (page) => page.InternetGateways));
    },
    egressOnlyGateways: async () => {
      const { sdk, client } = await ec2();
      const pages = sdk.paginateDescribeEgressOnlyInternetGateways({ client }, {});
      return countOthers(own, await allOf(pages, (page) => page.EgressOnlyInternetGateways));
    },
    addresses: async () => {
      const { sdk, client } = await ec2();
      return countOthers(own, (await client.send(new sdk.DescribeAddressesCommand({}))).Addresses ?? []);
    },
    networkLoadBalancers: () => networkBalancers(identity, own),
    classicLoadBalancers: () => classicBalancers(identity, own),
  };
}

/** ELB takes tags of at most 20 load balancers in one call. */
const most = 20;

async function networkBalancers(identity: AwsIdentity, own: Own): Promise<number> {
  const sdk = await import("@aws-sdk/client-elastic-load-balancing-v2");
  const client = awsClient(sdk.ElasticLoadBalancingV2Client, identity);
  const all = await allOf(sdk.paginateDescribeLoadBalancers({ client }, {}), (page) => page.LoadBalancers);
  const arns = all.flatMap(({ Type, LoadBalancerArn }) => (Type === "network" ? (LoadBalancerArn ?? []) : []));
  const tagged = await Promise.all(
    inParts(arns, most).map((ResourceArns) => client.send(new sdk.DescribeTagsCommand({ ResourceArns }))),
  );
  const ours = tagged.flatMap(({ TagDescriptions = [] }) => TagDescriptions).filter(({ Tags }) => isOwn(own, Tags));
  return arns.length - ours.length;
}

async function classicBalancers(identity: AwsIdentity, own: Own): Promise<number> {
  const sdk = await import("@aws-sdk/client-elastic-load-balancing");
  const client = awsClient(sdk.ElasticLoadBalancingClient, identity);
  const all = await allOf(sdk.paginateDescribeLoadBalancers({ client }, {}), (page) => page.LoadBalancerDescriptions);
  const names = all.flatMap(({ LoadBalancerName }) => LoadBalancerName ?? []);
  const tagged = await Promise.all(
    inParts(names, most).map((LoadBalancerNames) => client.send(new sdk.DescribeTagsCommand({ LoadBalancerNames }))),
  );
  const ours = tagged.flatMap(({ TagDescriptions = [] }) => TagDescriptions).filter(({ Tags }) => isOwn(own, Tags));
  return names.length - ours.length;
}

/** NAT gateways of others by zone. AWS counts those that are being deleted, too. */
export async function natGatewaysIn(identity: AwsIdentity, own: Own): Promise<Map<string, number>> {
  const sdk = await import("@aws-sdk/client-ec2");
  const client = awsClient(sdk.EC2Client, identity);
  const Filter = [{ Name: "state", Values: ["pending", "available", "deleting"] }];
  const gateways = (
    await allOf(sdk.paginateDescribeNatGateways({ client }, { Filter }), (page) => page.NatGateways)
  ).filter(({ Tags }) => !isOwn(own, Tags));
  if (gateways.length === 0) return new Map();
  const subnets = await allOf(sdk.paginateDescribeSubnets({ client }, {}), (page) => page.Subnets);
  const zones = new Map(subnets.map(({ SubnetId, AvailabilityZone }) => [SubnetId, AvailabilityZone]));
  const counts = new Map<string, number>();
  for (const { SubnetId } of gateways) {
    const zone = zones.get(SubnetId) ?? "";
    counts.set(zone, (counts.get(zone) ?? 0) + 1);
  }
  return counts;
}

/** vCPUs by instance type. A type that the region does not have is missing. */
export async function vcpusOfTypes(identity: AwsIdentity, types: readonly string[]): Promise<Map<string, number>> {
  if (types.length === 0) return new Map();
  const sdk = await import("@aws-sdk/client-ec2");
  const client = awsClient(sdk.EC2Client, identity);
  // By filter: asked for by name, one that does not exist fails the call for all.
  const Filters = [{ Name: "instance-type", Values: [...new Set(types)] }];
  const found = await allOf(sdk.paginateDescribeInstanceTypes({ client }, { Filters }), (page) => page.InstanceTypes);
  return new Map(
    found.flatMap(({ InstanceType, VCpuInfo }): [string, number][] =>
      InstanceType === undefined || VCpuInfo?.DefaultVCpus === undefined ? [] : [[InstanceType, VCpuInfo.DefaultVCpus]],
    ),
  );
}

/** Instances of others, which AWS counts while they start and run. */
export async function otherInstances(identity: AwsIdentity, own: Own): Promise<Instance[]> {
  const sdk = await import("@aws-sdk/client-ec2");
  const client = awsClient(sdk.EC2Client, identity);
  const Filters = [{ Name: "instance-state-name", Values: ["pending", "running"] }];
  const pages = sdk.paginateDescribeInstances({ client }, { Filters });
  const all = await allOf(pages, (page) => page.Reservations?.flatMap(({ Instances = [] }) => Instances));
  return all.filter(({ Tags }) => !isOwn(own, Tags));
}

/** vCPUs in use, by the code of their quota. */
export function vcpusInUse(instances: readonly Instance[], vcpusOf: ReadonlyMap<string, number>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { InstanceType: type = "", InstanceLifecycle, CpuOptions } of instances) {
    const of = vcpuQuota(type, InstanceLifecycle === "spot" ? "spot" : "on-demand");
    const { CoreCount: cores, ThreadsPerCore: threads } = CpuOptions ?? {};
    const vcpus = cores !== undefined && threads !== undefined ? cores * threads : (vcpusOf.get(type) ?? 0);
    if (of) counts.set(of.quotaCode, (counts.get(of.quotaCode) ?? 0) + vcpus);
  }
  return counts;
}
