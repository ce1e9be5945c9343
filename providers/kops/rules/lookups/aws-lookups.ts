import type { EC2Client, Filter } from "@aws-sdk/client-ec2";
import type { TargetGroup } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { AwsIdentity } from "../../aws/identity.ts";
import type { Lookup, Lookups } from "./existence.ts";
import { referenceKinds } from "./references.ts";
import { outsideZone } from "../../model/places.ts";
import type { Reference } from "./references.ts";
import { allOf, awsClient } from "../../aws/client.ts";
import { at } from "../rule.ts";
import { checkAllocations } from "./allocations.ts";
import { imageLookup } from "./image-lookup.ts";
import type { OpenEc2 } from "./image-lookup.ts";
import { checkOfferings } from "./machine-types.ts";
import { isPrefixList, prefixListWarnings, rangeKeys } from "./prefix-lists.ts";
import type { PrefixList } from "./prefix-lists.ts";
import { routeTargetLookups } from "./route-targets.ts";

/*
 * The AWS calls for each kind. EC2 is asked by filters: a missing object then leaves the answer empty instead of
 * failing the call for all. Clients are loaded on demand: most changes need one or two.
 */

const attempts = { maxAttempts: 2 };

const idsOf = (references: readonly Reference[]): string[] => [...new Set(references.map(({ id }) => id))];

/** The references to anything but the found ids. */
function notAmong(
  references: readonly Reference[],
  found: ReadonlySet<string | undefined>,
  region: string,
): Map<Reference, string> {
  return new Map(
    references
      .filter(({ id }) => !found.has(id))
      .map((one) => [one, `${referenceKinds[one.kind]} ${one.id} does not exist in ${region}`]),
  );
}

/** A lookup that asks for one id at a time. AWS answers with a `notFound` error when it does not exist. */
function oneByOne(notFound: RegExp, where: string, ask: (id: string, signal: AbortSignal) => Promise<unknown>): Lookup {
  return async (references, signal) => {
    const missing = await Promise.all(
      idsOf(references).map(async (id) => {
        try {
          return (await ask(id, signal)) === undefined ? [id] : [];
        } catch (error) {
          if (error instanceof Error && notFound.test(error.name)) return [id];
          throw error;
        }
      }),
    );
    const ids = new Set(missing.flat());
    return new Map(
      references
        .filter(({ id }) => ids.has(id))
        .map((one) => [one, `${referenceKinds[one.kind]} ${one.id} does not exist ${where}`]),
    );
  };
}

/** The zones that do not cover the names of their records. */
function outsideZones(
  references: readonly Reference[],
  nameOf: ReadonlyMap<string, string | undefined>,
): [Reference, string][] {
  return references.flatMap((one): [Reference, string][] => {
    const zone = nameOf.get(one.id);
    const outside = zone === undefined ? [] : (one.names ?? []).flatMap((name) => outsideZone(name, zone) ?? []);
    return outside.length === 0 ? [] : [[one, `${one.id} does not fit: ${outside.join("; ")}`]];
  });
}

/** Name of an instance profile in its ARN, which may have a path before it. */
function profileName(arn: string): string {
  return arn.split("/").at(-1) ?? arn;
}

/** `desired`: the cluster's inputs, parts of which may be unknown. */
export function awsLookups(identity: AwsIdentity, desired: Readonly<Record<string, unknown>>): Lookups {
  const { region } = identity;
  let client: EC2Client | undefined;
  const ec2: OpenEc2 = async () => {
    const sdk = await import("@aws-sdk/client-ec2");
    client ??= awsClient(sdk.EC2Client, identity, attempts);
    return { sdk, client };
  };

  const byFilter =
    (
      Name: string,
      find: (
        api: Awaited<ReturnType<typeof ec2>>,
        Filters: Filter[],
        options: { abortSignal: AbortSignal },
      ) => Promise<(string | undefined)[] | undefined>,
    ): Lookup =>
    async (references, abortSignal) => {
      const found = await find(await ec2(), [{ Name, Values: idsOf(references) }], { abortSignal });
      return notAmong(references, new Set(found), region);
    };

  const instanceTypes: Lookup = async (references, abortSignal, warn) => {
    const { sdk, client: api } = await ec2();
    const offered = new Map<string, Set<string>>();
    const types = references.flatMap(({ id, types = [] }) => [id, ...types]);
    const Filters = [{ Name: "instance-type", Values: [...new Set(types)] }];
    for await (const page of sdk.paginateDescribeInstanceTypeOfferings(
      { client: api },
      { LocationType: "availability-zone", Filters },
      { abortSignal },
    )) {
      for (const { InstanceType, Location } of page.InstanceTypeOfferings ?? []) {
        if (InstanceType !== undefined && Location !== undefined)
          offered.set(InstanceType, (offered.get(InstanceType) ?? new Set()).add(Location));
      }
    }
    const { refused, warnings } = checkOfferings(references, offered, region);
    for (const warning of warnings) warn(warning);
    return refused;
  };

  const subnets: Lookup = async (references, abortSignal) => {
    const { sdk, client: api } = await ec2();
    const Filters = [{ Name: "subnet-id", Values: idsOf(references) }];
    const { Subnets = [] } = await api.send(new sdk.DescribeSubnetsCommand({ Filters }), { abortSignal });
    const missing = notAmong(references, new Set(Subnets.map(({ SubnetId }) => SubnetId)), region);
    return new Map([
      ...missing,
      ...references.flatMap((one): [Reference, string][] => {
        const found = Subnets.find(({ SubnetId }) => SubnetId === one.id);
        if (!found) return [];
        const wrong = [
          ...(one.vpc === undefined || one.vpc === found.VpcId ? [] : [`the VPC ${found.VpcId ?? ""}, not ${one.vpc}`]),
          ...(one.zone === undefined || one.zone === found.AvailabilityZone
            ? []
            : [`the zone ${found.AvailabilityZone ?? ""}, not ${one.zone}`]),
        ];
        return wrong.length === 0 ? [] : [[one, `subnet ${one.id} is in ${wrong.join(", and in ")}`]];
      }),
    ]);
  };

  const prefixLists: Lookup = async (references, abortSignal, warn) => {
    const { sdk, client: api } = await ec2();
    // Also those that were looked up before: all count for the security group.
    const all = rangeKeys.flatMap((key) => at(desired, `cluster.${key}`)).filter(isPrefixList);
    const Filters = [{ Name: "prefix-list-id", Values: [...new Set([...all, ...idsOf(references)])] }];
    const lists = new Map<string, PrefixList>();
    for await (const page of sdk.paginateDescribeManagedPrefixLists({ client: api }, { Filters }, { abortSignal })) {
      // AWS's own lists have no maximum of entries; their weight is in the user guide alone.
      for (const { PrefixListId, AddressFamily, MaxEntries } of page.PrefixLists ?? [])
        if (PrefixListId !== undefined)
          lists.set(PrefixListId, { family: AddressFamily === "IPv6" ? "IPv6" : "IPv4", maxEntries: MaxEntries ?? 1 });
    }
    for (const warning of prefixListWarnings(desired, lists)) warn(warning);
    return notAmong(references, new Set(lists.keys()), region);
  };

  const targetGroups: Lookup = async (references, abortSignal) => {
    const { ElasticLoadBalancingV2Client, DescribeTargetGroupsCommand, TargetGroupNotFoundException } =
      await import("@aws-sdk/client-elastic-load-balancing-v2");
    const api = awsClient(ElasticLoadBalancingV2Client, identity, attempts);
    const found = new Map<string, TargetGroup>();
    const ask = async (TargetGroupArns: string[]): Promise<TargetGroup[]> => {
      const { TargetGroups = [] } = await api.send(new DescribeTargetGroupsCommand({ TargetGroupArns }), {
        abortSignal,
      });
      for (const group of TargetGroups) found.set(group.TargetGroupArn ?? "", group);
      return TargetGroups;
    };
    const single = oneByOne(/^TargetGroupNotFound/, `in ${region}`, async (id) => (await ask([id]))[0]);
    let missing = new Map<Reference, string>();
    try {
      await ask(idsOf(references));
    } catch (error) {
      // The call for all does not say which of them is missing.
      if (!(error instanceof TargetGroupNotFoundException)) throw error;
      missing = await single(references, abortSignal, () => undefined);
    }
    return new Map([
      ...missing,
      ...references.flatMap((one): [Reference, string][] => {
        const { VpcId, TargetType } = found.get(one.id) ?? {};
        if (one.vpc !== undefined && VpcId !== undefined && VpcId !== one.vpc)
          return [[one, `target group ${one.id} is in the VPC ${VpcId}, and the nodes are in ${one.vpc}`]];
        if (TargetType !== undefined && TargetType !== "instance")
          return [[one, `target group ${one.id} takes targets of type ${TargetType}, and nodes are of type instance`]];
        return [];
      }),
    ]);
  };

  const loadBalancers: Lookup = async (references, abortSignal) => {
    const { ElasticLoadBalancingClient, paginateDescribeLoadBalancers } =
      await import("@aws-sdk/client-elastic-load-balancing");
    const api = awsClient(ElasticLoadBalancingClient, identity, attempts);
    // A call with names fails for all if one is missing, and does not say which.
    const names = await allOf(paginateDescribeLoadBalancers({ client: api }, {}, { abortSignal }), (page) =>
      page.LoadBalancerDescriptions?.map(({ LoadBalancerName }) => LoadBalancerName),
    );
    return notAmong(references, new Set(names), region);
  };

  return {
    vpc: byFilter("vpc-id", async ({ sdk, client: api }, Filters, options) =>
      (await api.send(new sdk.DescribeVpcsCommand({ Filters }), options)).Vpcs?.map(({ VpcId }) => VpcId),
    ),
    subnet: subnets,
    securityGroup: byFilter("group-id", async ({ sdk, client: api }, Filters, options) =>
      (await api.send(new sdk.DescribeSecurityGroupsCommand({ Filters }), options)).SecurityGroups?.map(
        ({ GroupId }) => GroupId,
      ),
    ),
    keyPair: byFilter("key-name", async ({ sdk, client: api }, Filters, options) =>
      (await api.send(new sdk.DescribeKeyPairsCommand({ Filters }), options)).KeyPairs?.map(({ KeyName }) => KeyName),
    ),
    image: imageLookup(identity, ec2),
    instanceType: instanceTypes,
    instanceProfile: oneByOne(/^NoSuchEntity/, "in this account", async (id, abortSignal) => {
      const { IAMClient, GetInstanceProfileCommand } = await import("@aws-sdk/client-iam");
      return (
        await awsClient(IAMClient, identity, attempts).send(
          new GetInstanceProfileCommand({ InstanceProfileName: profileName(id) }),
          {
            abortSignal,
          },
        )
      ).InstanceProfile;
    }),
    policy: oneByOne(/^NoSuchEntity/, "for this account", async (id, abortSignal) => {
      const { IAMClient, GetPolicyCommand } = await import("@aws-sdk/client-iam");
      return (
        await awsClient(IAMClient, identity, attempts).send(new GetPolicyCommand({ PolicyArn: id }), { abortSignal })
      ).Policy;
    }),
    key: oneByOne(/^NotFound/, `in ${region}`, async (id, abortSignal) => {
      const { KMSClient, DescribeKeyCommand } = await import("@aws-sdk/client-kms");
      return (
        await awsClient(KMSClient, identity, attempts).send(new DescribeKeyCommand({ KeyId: id }), { abortSignal })
      ).KeyMetadata;
    }),
    certificate: oneByOne(/^ResourceNotFound/, `in ${region}`, async (id, abortSignal) => {
      const { ACMClient, DescribeCertificateCommand } = await import("@aws-sdk/client-acm");
      return (
        await awsClient(ACMClient, identity, attempts).send(new DescribeCertificateCommand({ CertificateArn: id }), {
          abortSignal,
        })
      ).Certificate;
    }),
    targetGroup: targetGroups,
    loadBalancer: loadBalancers,
    ...routeTargetLookups(ec2, region),
    prefixList: prefixLists,
    allocation: async (references, abortSignal) =>
      checkAllocations({ identity, ec2: (await ec2()).client, cluster: desired["name"] }, references, abortSignal),
    hostedZone: async (references, abortSignal) => {
      const { Route53Client, GetHostedZoneCommand, ListHostedZonesByNameCommand } =
        await import("@aws-sdk/client-route-53");
      const api = awsClient(Route53Client, identity, attempts);
      const nameOf = new Map<string, string | undefined>();
      const missing = await oneByOne(/^NoSuchHostedZone/, "in this account", async (id) => {
        if (!id.includes(".")) {
          const { HostedZone } = await api.send(new GetHostedZoneCommand({ Id: id.replace("/hostedzone/", "") }), {
            abortSignal,
          });
          nameOf.set(id, HostedZone?.Name);
          return HostedZone;
        }
        const name = `${id.replace(/\.$/, "")}.`;
        const { HostedZones = [] } = await api.send(new ListHostedZonesByNameCommand({ DNSName: name, MaxItems: 1 }), {
          abortSignal,
        });
        return HostedZones.find((zone) => zone.Name === name);
      })(references, abortSignal, () => undefined);
      return new Map([...missing, ...outsideZones(references, nameOf)]);
    },
  };
}
