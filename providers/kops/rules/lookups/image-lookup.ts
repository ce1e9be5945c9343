import type * as Ec2 from "@aws-sdk/client-ec2";
import type { EC2Client, Image } from "@aws-sdk/client-ec2";
import { architecturesOf } from "../../aws/architectures.ts";
import type { AwsIdentity } from "../../aws/identity.ts";
import { parameterValue } from "../../aws/image-parameters.ts";
import type { Lookup } from "./existence.ts";
import { architectureProblem } from "./machine-types.ts";
import type { Reference } from "./references.ts";

/** Loads the EC2 client when it is needed. */
export type OpenEc2 = () => Promise<{ sdk: typeof Ec2; client: EC2Client }>;

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

/** Owner and name of an image that is given by name. */
export function namedImage(id: string): { owner: string; name: string } {
  const slash = id.indexOf("/");
  const owner = slash < 0 ? "self" : id.slice(0, slash);
  return { owner: imageOwners[owner] ?? owner, name: id.slice(slash + 1) };
}

/**
 * Refuses images that do not exist, and those of another architecture than a machine type of their group. One call for
 * all ids, one for all names of an owner, one for all machine types.
 */
export function imageLookup(identity: AwsIdentity, ec2: OpenEc2): Lookup {
  const parameter = (name: string, abortSignal: AbortSignal): Promise<string | undefined> =>
    parameterValue(identity, name, abortSignal, { maxAttempts: 2 });

  return async (references, abortSignal) => {
    const { sdk, client } = await ec2();
    const ids = [...new Set(references.map(({ id }) => id))];
    // Ids of images: given, or the values of parameters.
    const idOf = new Map(
      await Promise.all(
        ids
          .filter((id) => /^(ami-|ssm:)/.test(id))
          .map(async (id) => {
            const value = id.startsWith("ssm:") ? await parameter(id.slice("ssm:".length), abortSignal) : id;
            return [id, value] as const;
          }),
      ),
    );
    const named = new Map(ids.filter((id) => !idOf.has(id)).map((id) => [id, namedImage(id)]));
    const ask = async (filter: string, Values: string[], more: object): Promise<Image[]> =>
      Values.length === 0
        ? []
        : ((
            await client.send(new sdk.DescribeImagesCommand({ Filters: [{ Name: filter, Values }], ...more }), {
              abortSignal,
            })
          ).Images ?? []);
    const owners = [...new Set([...named.values()].map(({ owner }) => owner))];
    const [ofTypes, byId, ...byOwner] = await Promise.all([
      architecturesOf(
        identity,
        references.flatMap(({ types = [] }) => types),
        { client, abortSignal },
      ),
      ask(
        "image-id",
        [...idOf.values()].filter((id) => id !== undefined),
        { IncludeDeprecated: true },
      ),
      ...owners.map((owner) =>
        ask(
          "name",
          [...named.values()].filter((one) => one.owner === owner).map(({ name }) => name),
          { Owners: [owner] },
        ),
      ),
    ]);
    const found = (id: string): Image | undefined => {
      const name = named.get(id);
      if (!name) return byId.find(({ ImageId }) => ImageId === idOf.get(id));
      return byOwner[owners.indexOf(name.owner)]?.find(({ Name }) => Name === name.name);
    };
    return new Map(
      references.flatMap((one): [Reference, string][] => {
        const image = found(one.id);
        if (!image) return [[one, `image ${one.id} does not exist in ${identity.region}, or not for this account`]];
        const problem = architectureProblem(one, image.Architecture, ofTypes);
        return problem === undefined ? [] : [[one, problem]];
      }),
    );
  };
}
