import type { EC2Client } from "@aws-sdk/client-ec2";
import { awsClient } from "../../aws/client.ts";
import type { AwsIdentity } from "../../aws/identity.ts";
import { kopsClusterTag } from "../../model/tag-keys.ts";
import type { Reference } from "./references.ts";

/** What uses an address: an instance, or what the description of its network interface names. */
interface User {
  what: string;
  /** A network load balancer or NAT gateway. */
  loadBalancer?: string | undefined;
  natGateway?: string | undefined;
}

/** Reads a network interface's description, as AWS writes it for its own: `ELB net/<name>/<id>`. */
export function userOf(description: string, fallback: string): User {
  const loadBalancer = /^ELB net\/([^/]+)\//.exec(description)?.[1];
  const natGateway = /\bnat-[0-9a-f]+/.exec(description)?.[0];
  if (loadBalancer !== undefined) return { what: `the load balancer ${loadBalancer}`, loadBalancer };
  return natGateway === undefined ? { what: fallback } : { what: `the NAT gateway ${natGateway}`, natGateway };
}

/** Refuses allocations that do not exist, or that somebody other than the cluster uses. */
export async function checkAllocations(
  { identity, ec2, cluster }: { identity: AwsIdentity; ec2: EC2Client; cluster: unknown },
  references: readonly Reference[],
  abortSignal: AbortSignal,
): Promise<Map<Reference, string>> {
  const { DescribeAddressesCommand, DescribeNetworkInterfacesCommand } = await import("@aws-sdk/client-ec2");
  const ids = [...new Set(references.map(({ id }) => id))];
  const { Addresses = [] } = await ec2.send(
    new DescribeAddressesCommand({ Filters: [{ Name: "allocation-id", Values: ids }] }),
    { abortSignal },
  );
  const used = Addresses.filter(({ AssociationId }) => AssociationId !== undefined && AssociationId !== "");
  const interfaces = used.flatMap(({ NetworkInterfaceId }) => NetworkInterfaceId ?? []);
  const { NetworkInterfaces = [] } =
    interfaces.length === 0
      ? {}
      : await ec2.send(
          new DescribeNetworkInterfacesCommand({ Filters: [{ Name: "network-interface-id", Values: interfaces }] }),
          { abortSignal },
        );
  const users = new Map<string, User>();
  for (const { AllocationId = "", InstanceId, NetworkInterfaceId } of used) {
    const found = NetworkInterfaces.find((one) => one.NetworkInterfaceId === NetworkInterfaceId);
    const fallback = InstanceId === undefined || InstanceId === "" ? NetworkInterfaceId : InstanceId;
    const user = userOf(found?.Description ?? "", fallback ?? "something else");
    if (!(await belongsTo(cluster, user, { identity, ec2 }, abortSignal))) users.set(AllocationId, user);
  }
  return new Map(
    references.flatMap((one): [Reference, string][] => {
      const user = users.get(one.id);
      if (user) return [[one, `allocation ${one.id} is in use by ${user.what}: give one that is free`]];
      if (Addresses.some(({ AllocationId }) => AllocationId === one.id)) return [];
      return [[one, `allocation ${one.id} does not exist in ${identity.region}`]];
    }),
  );
}

/** Whether kOps made the user of an address for this cluster: then the cluster has its own address. */
async function belongsTo(
  cluster: unknown,
  { loadBalancer, natGateway }: User,
  { identity, ec2 }: { identity: AwsIdentity; ec2: EC2Client },
  abortSignal: AbortSignal,
): Promise<boolean> {
  const isOwn = (tags: readonly { Key?: string | undefined; Value?: string | undefined }[] = []): boolean =>
    tags.some(({ Key, Value }) => Key === kopsClusterTag && Value === cluster);
  if (natGateway !== undefined) {
    const { DescribeNatGatewaysCommand } = await import("@aws-sdk/client-ec2");
    const Filter = [{ Name: "nat-gateway-id", Values: [natGateway] }];
    const { NatGateways = [] } = await ec2.send(new DescribeNatGatewaysCommand({ Filter }), { abortSignal });
    return NatGateways.some(({ Tags }) => isOwn(Tags));
  }
  if (loadBalancer === undefined) return false;
  const {
    DescribeLoadBalancersCommand,
    DescribeTagsCommand,
    ElasticLoadBalancingV2Client,
    LoadBalancerNotFoundException,
  } = await import("@aws-sdk/client-elastic-load-balancing-v2");
  const elb = awsClient(ElasticLoadBalancingV2Client, identity);
  try {
    const { LoadBalancers = [] } = await elb.send(new DescribeLoadBalancersCommand({ Names: [loadBalancer] }), {
      abortSignal,
    });
    const ResourceArns = LoadBalancers.flatMap(({ LoadBalancerArn }) => LoadBalancerArn ?? []);
    const { TagDescriptions = [] } = await elb.send(new DescribeTagsCommand({ ResourceArns }), { abortSignal });
    return TagDescriptions.some(({ Tags }) => isOwn(Tags));
  } catch (error) {
    if (error instanceof LoadBalancerNotFoundException) return false;
    throw error;
  }
}
