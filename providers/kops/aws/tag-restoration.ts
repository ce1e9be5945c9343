import { isRecord } from "../model/spec.ts";
import { DeleteTagsCommand, EC2Client, paginateDescribeSubnets } from "@aws-sdk/client-ec2";
import type { AwsIdentity } from "./identity.ts";
import { KopsError, messageOf } from "../model/errors.ts";
import { allOf, awsClient } from "./client.ts";
import { clusterTagOf, clusterTagPrefix, isKopsSubnetTag } from "../model/tag-keys.ts";

type Tags = Readonly<Record<string, string>>;

/**
 * Ids of the existing subnets that kOps tags for a cluster. None with `tagSubnets: false`, which v1alpha2 calls
 * `DisableSubnetTags`.
 */
export function taggedSharedSubnets(spec: Record<string, unknown>): string[] {
  if (spec["DisableSubnetTags"] === true || spec["tagSubnets"] === false) return [];
  const subnets = Array.isArray(spec["subnets"]) ? spec["subnets"].filter(isRecord) : [];
  return subnets.map((subnet) => subnet["id"]).filter((id): id is string => typeof id === "string" && id !== "");
}

/** What restores the tags of a subnet: keys to remove, and former values to set again. */
export interface TagRestoration {
  remove: string[];
  restore: Record<string, string>;
}

/**
 * Restores the tags that kOps added to a subnet, or overwrote, and leaves there when it deletes the cluster. It touches
 * only keys that kOps writes. While another cluster uses the subnet it touches the cluster's own tag alone, because
 * that cluster needs the others too.
 */
export function restorationOf(cluster: string, before: Tags, now: Tags): TagRestoration {
  const others = Object.keys(now).some((key) => key.startsWith(clusterTagPrefix) && key !== clusterTagOf(cluster));
  const undoing: TagRestoration = { remove: [], restore: {} };
  for (const [key, value] of Object.entries(now)) {
    if (!isKopsSubnetTag(key, cluster)) continue;
    if (others && key !== clusterTagOf(cluster)) continue;
    const had = before[key];
    if (had === undefined) undoing.remove.push(key);
    else if (had !== value) undoing.restore[key] = had;
  }
  return undoing;
}

function denied(what: string, right: string, error: unknown): KopsError {
  return new KopsError(
    { what, why: messageOf(error), next: `allow ${right} to this run, then run the same command again: it continues` },
    error,
  );
}

/** Ids of the subnets in the region that are tagged as shared with a cluster, sorted. */
export async function subnetsTaggedFor(identity: AwsIdentity, cluster: string): Promise<string[]> {
  try {
    const pages = paginateDescribeSubnets(
      { client: awsClient(EC2Client, identity) },
      { Filters: [{ Name: `tag:${clusterTagOf(cluster)}`, Values: ["shared"] }] },
    );
    return (await allOf(pages, (page) => page.Subnets?.map(({ SubnetId = "" }) => SubnetId))).sort();
  } catch (error) {
    throw denied("The subnets that are tagged for the cluster cannot be listed", "ec2:DescribeSubnets", error);
  }
}

/** Removes the tag that shares subnets with a deleted cluster; nothing else reads it. */
export async function removeClusterTag(
  identity: AwsIdentity,
  cluster: string,
  subnets: readonly string[],
): Promise<void> {
  if (subnets.length === 0) return;
  try {
    await awsClient(EC2Client, identity).send(
      new DeleteTagsCommand({ Resources: [...subnets], Tags: [{ Key: clusterTagOf(cluster) }] }),
    );
  } catch (error) {
    throw denied("The tags of the cluster cannot be removed from its subnets", "ec2:DeleteTags", error);
  }
}
