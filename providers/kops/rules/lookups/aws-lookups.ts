import type { EC2Client, Filter } from "@aws-sdk/client-ec2";
import type { AwsIdentity } from "../../aws/identity.ts";
import type { Lookup, Lookups } from "./existence.ts";
import { referenceKinds } from "./references.ts";
import { outsideZone } from "../../model/places.ts";
import type { Reference } from "./references.ts";
import { awsClient } from "../../aws/client.ts";

/*
 * The AWS calls for each kind. EC2 is asked by filters: a missing object then leaves the answer empty instead of
 * failing the call for all. Clients are loaded on demand: most changes need one or two.
 */

const attempts = { maxAttempts: 2 };

/** Owners of images by kOps's names for them (resolveImage in upup/pkg/fi/cloudup/awsup/aws_cloud.go). */
const imageOwners: Readonly<Record<string, string>> = {
  amazon: "137112412989",
  "amazon.com": "137112412989",
  debian: "136693071363",
  debian10: "136693071363",
  debian11: "136693071363",
  flatcar: "075585003325",
  redhat: "309956199498",
  "redhat.com": "309956199498",
  rocky: "792107900819",
  rockylinux: "792107900819",
  ubuntu: "099720109477",
};

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

export function awsLookups(identity: AwsIdentity): Lookups {
  const { region } = identity;
  let client: EC2Client | undefined;
  const ec2 = async () => {
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

  const images: Lookup = async (references, abortSignal) => {
    const { sdk, client: api } = await ec2();
    const missing = new Map<Reference, string>();
    const have = async (
      Filters: Filter[],
      more: { Owners?: string[]; IncludeDeprecated?: boolean },
    ): Promise<boolean> =>
      ((await api.send(new sdk.DescribeImagesCommand({ Filters, ...more }), { abortSignal })).Images ?? []).length > 0;
    const haveId = (id: string): Promise<boolean> =>
      have([{ Name: "image-id", Values: [id] }], { IncludeDeprecated: true });
    const exists = async (id: string): Promise<boolean> => {
      if (id.startsWith("ami-")) return await haveId(id);
      if (id.startsWith("ssm:")) {
        const value = await parameter(id.slice("ssm:".length), abortSignal);
        return value !== undefined && (await haveId(value));
      }
      const slash = id.indexOf("/");
      const owner = slash < 0 ? "self" : id.slice(0, slash);
      return await have([{ Name: "name", Values: [id.slice(slash + 1)] }], { Owners: [imageOwners[owner] ?? owner] });
    };
    await Promise.all(
      idsOf(references).map(async (id) => {
        if (await exists(id)) return;
        for (const one of references)
          if (one.id === id) missing.set(one, `image ${id} does not exist in ${region}, or not for this account`);
      }),
    );
    return missing;
  };

  const parameter = async (name: string, abortSignal: AbortSignal): Promise<string | undefined> => {
    const { SSMClient, GetParameterCommand, ParameterNotFound } = await import("@aws-sdk/client-ssm");
    try {
      return (
        await awsClient(SSMClient, identity, attempts).send(new GetParameterCommand({ Name: name }), { abortSignal })
      ).Parameter?.Value;
    } catch (error) {
      if (error instanceof ParameterNotFound) return undefined;
      throw error;
    }
  };

  const instanceTypes: Lookup = async (references, abortSignal) => {
    const { sdk, client: api } = await ec2();
    const offered = new Map<string, Set<string>>();
    const Filters = [{ Name: "instance-type", Values: idsOf(references) }];
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
    return new Map(
      references.flatMap((one): [Reference, string][] => {
        const zones = offered.get(one.id);
        if (!zones) return [[one, `instance type ${one.id} does not exist in ${region}`]];
        if (!one.zones?.length || one.zones.some((zone) => zones.has(zone))) return [];
        return [[one, `${one.id} is not offered in ${one.zones.join(", ")}, only in ${[...zones].sort().join(", ")}`]];
      }),
    );
  };

  return {
    vpc: byFilter("vpc-id", async ({ sdk, client: api }, Filters, options) =>
      (await api.send(new sdk.DescribeVpcsCommand({ Filters }), options)).Vpcs?.map(({ VpcId }) => VpcId),
    ),
    subnet: byFilter("subnet-id", async ({ sdk, client: api }, Filters, options) =>
      (await api.send(new sdk.DescribeSubnetsCommand({ Filters }), options)).Subnets?.map(({ SubnetId }) => SubnetId),
    ),
    securityGroup: byFilter("group-id", async ({ sdk, client: api }, Filters, options) =>
      (await api.send(new sdk.DescribeSecurityGroupsCommand({ Filters }), options)).SecurityGroups?.map(
        ({ GroupId }) => GroupId,
      ),
    ),
    keyPair: byFilter("key-name", async ({ sdk, client: api }, Filters, options) =>
      (await api.send(new sdk.DescribeKeyPairsCommand({ Filters }), options)).KeyPairs?.map(({ KeyName }) => KeyName),
    ),
    image: images,
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
    targetGroup: oneByOne(/^TargetGroupNotFound/, `in ${region}`, async (id, abortSignal) => {
      const { ElasticLoadBalancingV2Client, DescribeTargetGroupsCommand } =
        await import("@aws-sdk/client-elastic-load-balancing-v2");
      return (
        await awsClient(ElasticLoadBalancingV2Client, identity, attempts).send(
          new DescribeTargetGroupsCommand({ TargetGroupArns: [id] }),
          { abortSignal },
        )
      ).TargetGroups?.[0];
    }),
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
      })(references, abortSignal);
      return new Map([...missing, ...outsideZones(references, nameOf)]);
    },
  };
}
