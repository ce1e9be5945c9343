import type { EC2Client } from "@aws-sdk/client-ec2";
import type { LoadBalancer } from "@aws-sdk/client-elastic-load-balancing-v2";
import { allOf, awsClient, inParts } from "../../aws/client.ts";
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
  const users = new Map(
    used.map(({ AllocationId = "", InstanceId, NetworkInterfaceId }) => {
      const found = NetworkInterfaces.find((one) => one.NetworkInterfaceId === NetworkInterfaceId);
      const fallback = InstanceId === undefined || InstanceId === "" ? NetworkInterfaceId : InstanceId;
      return [AllocationId, userOf(found?.Description ?? "", fallback ?? "something else")];
    }),
  );
  const own = await ownUsers(cluster, [...users.values()], { identity, ec2 }, abortSignal);
  return new Map(
    references.flatMap((one): [Reference, string][] => {
      const user = users.get(one.id);
      if (user && !own.has(user.natGateway ?? user.loadBalancer ?? ""))
        return [[one, `allocation ${one.id} is in use by ${user.what}: give one that is free`]];
      if (Addresses.some(({ AllocationId }) => AllocationId === one.id)) return [];
      return [[one, `allocation ${one.id} does not exist in ${identity.region}`]];
    }),
  );
}

/** AWS takes no more than 20 load balancers in one call. */
const mostBalancers = 20;

/**
 * The users of addresses that kOps made for this cluster, by their names: then the cluster has its own address. One
 * call for all NAT gateways, two for each twenty load balancers.
 */
async function ownUsers(
  cluster: unknown,
  users: readonly User[],
  { identity, ec2 }: { identity: AwsIdentity; ec2: EC2Client },
  abortSignal: AbortSignal,
): Promise<Set<string>> {
  const isOwn = (tags: readonly { Key?: string | undefined; Value?: string | undefined }[] = []): boolean =>
    tags.some(({ Key, Value }) => Key === kopsClusterTag && Value === cluster);
  const natGateways = async (ids: string[]): Promise<string[]> => {
    if (ids.length === 0) return [];
    const { paginateDescribeNatGateways } = await import("@aws-sdk/client-ec2");
    const Filter = [{ Name: "nat-gateway-id", Values: ids }];
    const found = await allOf(
      paginateDescribeNatGateways({ client: ec2 }, { Filter }, { abortSignal }),
      (page) => page.NatGateways,
    );
    return found.flatMap(({ NatGatewayId, Tags }) => (isOwn(Tags) ? (NatGatewayId ?? []) : []));
  };
  const loadBalancers = async (names: string[]): Promise<string[]> => {
    const sdk = await import("@aws-sdk/client-elastic-load-balancing-v2");
    const elb = awsClient(sdk.ElasticLoadBalancingV2Client, identity);
    const describe = async (Names: string[]): Promise<LoadBalancer[]> => {
      try {
        return (await elb.send(new sdk.DescribeLoadBalancersCommand({ Names }), { abortSignal })).LoadBalancers ?? [];
      } catch (error) {
        if (!(error instanceof sdk.LoadBalancerNotFoundException)) throw error;
        // The call for all does not say which of them was deleted meanwhile.
        return Names.length === 1 ? [] : (await Promise.all(Names.map((name) => describe([name])))).flat();
      }
    };
    const found = new Map((await describe(names)).map((one) => [one.LoadBalancerArn ?? "", one.LoadBalancerName]));
    if (found.size === 0) return [];
    const ResourceArns = [...found.keys()];
    const { TagDescriptions = [] } = await elb.send(new sdk.DescribeTagsCommand({ ResourceArns }), { abortSignal });
    return TagDescriptions.flatMap(({ ResourceArn = "", Tags }) => (isOwn(Tags) ? (found.get(ResourceArn) ?? []) : []));
  };
  const distinct = (of: (user: User) => string | undefined): string[] => [
    ...new Set(users.flatMap((user) => of(user) ?? [])),
  ];
  const own = await Promise.all([
    natGateways(distinct(({ natGateway }) => natGateway)),
    ...inParts(
      distinct(({ loadBalancer }) => loadBalancer),
      mostBalancers,
    ).map(loadBalancers),
  ]);
  return new Set(own.flat());
}
