import { DeleteTagsCommand, EC2Client, paginateDescribeSubnets } from "@aws-sdk/client-ec2";
import { awsClientSettings } from "./identity.ts";
import type { AwsIdentity } from "./identity.ts";
import { KopsError, messageOf } from "../model/errors.ts";
import { clusterTagOf } from "./subnet-tags.ts";

function denied(what: string, right: string, error: unknown): KopsError {
  return new KopsError(
    { what, why: messageOf(error), next: `allow ${right} to this run, then run the same command again: it continues` },
    error,
  );
}

/** Subnets of the region that are tagged as shared with a cluster. */
export async function subnetsTaggedFor(identity: AwsIdentity, cluster: string): Promise<string[]> {
  const found: string[] = [];
  try {
    const pages = paginateDescribeSubnets(
      { client: new EC2Client(awsClientSettings(identity)) },
      { Filters: [{ Name: `tag:${clusterTagOf(cluster)}`, Values: ["shared"] }] },
    );
    for await (const page of pages) found.push(...(page.Subnets ?? []).map(({ SubnetId }) => SubnetId ?? ""));
  } catch (error) {
    throw denied("The subnets that are tagged for the cluster cannot be listed", "ec2:DescribeSubnets", error);
  }
  return found.sort();
}

/** Removes the tag that shares subnets with a cluster: the cluster is gone, and nobody else reads it. */
export async function removeClusterTag(
  identity: AwsIdentity,
  cluster: string,
  subnets: readonly string[],
): Promise<void> {
  if (subnets.length === 0) return;
  try {
    await new EC2Client(awsClientSettings(identity)).send(
      new DeleteTagsCommand({ Resources: [...subnets], Tags: [{ Key: clusterTagOf(cluster) }] }),
    );
  } catch (error) {
    throw denied("The tags of the cluster cannot be removed from its subnets", "ec2:DeleteTags", error);
  }
}
