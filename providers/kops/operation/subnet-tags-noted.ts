import { CreateTagsCommand, DeleteTagsCommand, DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { KopsError, messageOf } from "../model/errors.ts";
import { liveClusterSpec } from "../store/manifests.ts";
import type { Operation } from "./operation.ts";
import { taggedSharedSubnets, restorationOf } from "../aws/tag-restoration.ts";
import { awsClient } from "../aws/client.ts";
import { isKopsSubnetTag } from "../model/tag-keys.ts";

async function tagsOf(
  client: EC2Client,
  ids: readonly string[],
  mayBeGone: boolean,
): Promise<Map<string, Record<string, string>>> {
  const found = new Map<string, Record<string, string>>();
  if (ids.length === 0) return found;
  try {
    // By filter, not by id: AWS then leaves out a subnet that is gone; by id it fails.
    const answer = await client.send(
      new DescribeSubnetsCommand({ Filters: [{ Name: "subnet-id", Values: [...ids] }] }),
    );
    for (const subnet of answer.Subnets ?? []) {
      found.set(
        subnet.SubnetId ?? "",
        Object.fromEntries((subnet.Tags ?? []).map(({ Key, Value }) => [Key ?? "", Value ?? ""])),
      );
    }
  } catch (error) {
    throw new KopsError(
      {
        what: "The tags of the cluster's subnets cannot be read",
        why: messageOf(error),
        next: "allow ec2:DescribeSubnets to this run, then run the same command again",
      },
      error,
    );
  }
  const missing = ids.filter((id) => !found.has(id));
  if (missing.length > 0 && !mayBeGone) {
    throw new KopsError({
      what: `Subnet ${missing.join(", ")} does not exist`,
      why: "the cluster's manifest names it",
      next: "correct the ids of the subnets",
    });
  }
  return found;
}

/**
 * Before kOps tags shared subnets for the first time, notes which of its tags they had: kOps leaves its tags on them
 * when it deletes a cluster. A subnet that the live manifest already names is not noted: nobody can tell whose its tags
 * are.
 */
export async function noteSubnetTags(operation: Operation): Promise<void> {
  const { inputs, store } = operation.context;
  const { journal } = operation;
  const known = new Set([
    ...taggedSharedSubnets((await liveClusterSpec(store, inputs.name)) ?? {}),
    ...Object.keys(journal.subnetTags ?? {}),
  ]);
  const added = taggedSharedSubnets(inputs.cluster).filter((id) => !known.has(id));
  if (added.length === 0) return;
  await operation.step("SubnetTagsNoted", async () => {
    const found = await tagsOf(awsClient(EC2Client, inputs), added, false);
    const noted = [...found].map(([id, tags]): [string, Record<string, string>] => [
      id,
      Object.fromEntries(Object.entries(tags).filter(([key]) => isKopsSubnetTag(key, inputs.name))),
    ]);
    journal.subnetTags = { ...journal.subnetTags, ...Object.fromEntries(noted) };
    return [];
  });
}

/** Restores the tags of shared subnets after kOps has deleted the cluster. */
export async function undoSubnetTags({ context, journal }: Operation): Promise<void> {
  const before = journal.subnetTags ?? {};
  const { name } = context.inputs;
  const client = awsClient(EC2Client, context.inputs);
  for (const [id, tags] of await tagsOf(client, Object.keys(before), true)) {
    const { remove, restore } = restorationOf(name, before[id] ?? {}, tags);
    if (remove.length > 0)
      await client.send(new DeleteTagsCommand({ Resources: [id], Tags: remove.map((Key) => ({ Key })) }));
    const restored = Object.entries(restore).map(([Key, Value]) => ({ Key, Value }));
    if (restored.length > 0) await client.send(new CreateTagsCommand({ Resources: [id], Tags: restored }));
    if (remove.length + restored.length > 0)
      context.progress.say(
        `subnet ${id}: restored the tags that kOps had changed: ${[...remove, ...Object.keys(restore)].join(", ")}`,
      );
  }
}
