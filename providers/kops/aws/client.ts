import { credentialsOf } from "./identity.ts";
import type { AwsIdentity, CredentialProvider } from "./identity.ts";
import { kopsClusterTag } from "../model/tag-keys.ts";

/** Settings that every AWS client of the provider is made with. */
export interface AwsClientSettings {
  region: string;
  /** The client reads settings other than credentials (endpoints, retries) from this profile. */
  profile?: string;
  credentials?: CredentialProvider;
  /** What the calls are named as in CloudTrail and access logs. */
  customUserAgent: string;
}

/**
 * Makes an AWS client that works as this identity. The provider makes all its AWS clients here, so that each of them
 * signs with the same session and asks the same endpoints. `more`: settings of this service alone.
 */
export function awsClient<Client, More extends object>(
  Client: new (settings: AwsClientSettings & More) => Client,
  identity: AwsIdentity,
  more?: More,
): Client {
  const { region, profile } = identity;
  const credentials = credentialsOf(identity);
  return new Client({
    region,
    customUserAgent: "pilot",
    ...(profile === undefined ? {} : { profile }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(more as More),
  });
}

/** The identity to work with, and the name of the cluster to look at. */
export type ClusterIdentity = AwsIdentity & { readonly name: string };

/** Filter for the tag that kOps puts on everything it makes for a cluster. */
export function ofCluster(name: string): { Name: string; Values: string[] } {
  return { Name: `tag:${kopsClusterTag}`, Values: [name] };
}

/** All items of all pages of an answer. */
export async function allOf<Page, Item>(
  pages: AsyncIterable<Page>,
  items: (page: Page) => Item[] | undefined,
): Promise<Item[]> {
  const found: Item[] = [];
  for await (const page of pages) found.push(...(items(page) ?? []));
  return found;
}

/** Splits names for AWS, which takes no more than 50 names, or values of a filter, in one call. */
export function inParts(names: readonly string[], most = 50): string[][] {
  return Array.from({ length: Math.ceil(names.length / most) }, (_, part) =>
    names.slice(part * most, (part + 1) * most),
  );
}
