import { awsClient } from "../../providers/kops/aws/client.ts";
import type { AwsIdentity } from "../../providers/kops/aws/identity.ts";
import { parameterValue } from "../../providers/kops/aws/image-parameters.ts";
import { namedImage } from "../../providers/kops/rules/lookups/image-lookup.ts";
import { kindOfImage, newestImage, parameterOf } from "./image-names.ts";
import type { FoundImage } from "./image-names.ts";

/** Milliseconds that AWS may take to answer. */
const patience = 30_000;

/** What became of looking for a newer image: its name, or why there is none. */
export type Newer = { to: string } | { none: string } | "newest";

/** Asks AWS for images. */
export interface ImageSource {
  describe(query: { owner: string; name: string; deprecated?: boolean } | { id: string }): Promise<FoundImage[]>;
  /** The value of a public parameter; undefined if the region has none. */
  parameter(name: string): Promise<string | undefined>;
}

/** Images of the account and region of this identity. */
export function imagesAt(identity: AwsIdentity): ImageSource {
  return {
    async describe(query) {
      const { DescribeImagesCommand, EC2Client } = await import("@aws-sdk/client-ec2");
      const command = new DescribeImagesCommand(
        "id" in query
          ? { Filters: [{ Name: "image-id", Values: [query.id] }] }
          : {
              Owners: [query.owner],
              Filters: [
                { Name: "name", Values: [query.name] },
                { Name: "state", Values: ["available"] },
              ],
              IncludeDeprecated: query.deprecated === true,
            },
      );
      const client = awsClient(EC2Client, identity);
      return (await client.send(command, { abortSignal: AbortSignal.timeout(patience) })).Images ?? [];
    },
    parameter: (name) => parameterValue(identity, name, AbortSignal.timeout(patience)),
  };
}

/**
 * A newer image than a pinned one, `<owner>/<name>`: of the same owner, name but for its date, and architecture. Where
 * the maker names its current image in a public parameter, that one.
 */
export async function newerImage(source: ImageSource, pinned: string): Promise<Newer> {
  if (pinned.startsWith("ssm:")) return { none: "names a parameter: previews say when that moved" };
  if (!pinned.includes("/")) return { none: "is pinned by its id, which tells nothing of newer ones" };
  const { owner, name } = namedImage(pinned);
  const kind = kindOfImage(name);
  if (!kind) return { none: "has no date and no version in its name, so which one is newer is not known" };
  const [current] = await source.describe({ owner, name, deprecated: true });
  if (!current) return { none: "does not exist here, or not for this account: so nothing tells its architecture" };
  const parameter = parameterOf(owner, name);
  const id = parameter === undefined ? undefined : await source.parameter(parameter);
  const named = id === undefined ? [] : await source.describe({ id });
  const found = named.length > 0 ? named : await source.describe({ owner, name: kind.filter });
  const newest = newestImage(kind, current, found);
  return newest === undefined ? "newest" : { to: `${pinned.slice(0, pinned.length - name.length)}${newest}` };
}
