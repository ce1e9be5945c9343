import { EC2, type Tag, type TagSpecification, type ResourceType } from "@aws-sdk/client-ec2";
import type { Props } from "../../../protocol/values.ts";
import { hasCode } from "../../shared/errors.ts";
import type { Context } from "../../shared/handler.ts";
import { fromList, toList, type TagChanges, type Tags } from "../../shared/tags.ts";

export function ec2Of(context: Pick<Context, "clients" | "region">): EC2 {
  return context.clients.of(EC2, "ec2", context.region);
}

/** Tags for the request that creates a resource, so that it never exists without them. */
export function tagSpecifications(type: ResourceType, inputs: Props): { TagSpecifications?: TagSpecification[] } {
  const Tags = toList(inputs["tagsAll"]);
  return Tags.length > 0 ? { TagSpecifications: [{ ResourceType: type, Tags }] } : {};
}

export async function tagEc2(context: Context, id: string, { set, remove }: TagChanges): Promise<void> {
  const ec2 = ec2Of(context);
  if (remove.length > 0) await ec2.deleteTags({ Resources: [id], Tags: remove.map((Key) => ({ Key })) });
  if (Object.keys(set).length > 0) await ec2.createTags({ Resources: [id], Tags: toList(set) });
}

export function tagsOf(thing: { Tags?: Tag[] | undefined }): Tags {
  return fromList(thing.Tags);
}

export function arnOf(
  { partition, region }: Pick<Context, "partition" | "region">,
  owner: string,
  resource: string,
): string {
  return `arn:${partition}:ec2:${region}:${owner}:${resource}`;
}

/** EC2 refuses to delete what is in use, and releases it only some time after its user is gone. */
export async function whenFree(context: Context, what: string, remove: () => Promise<unknown>): Promise<void> {
  await context.waitFor(`${what} to be free of dependencies`, 30, async () => {
    try {
      await remove();
      return { done: undefined };
    } catch (error) {
      if (hasCode(error, "DependencyViolation")) return { pending: error instanceof Error ? error.message : "in use" };
      throw error;
    }
  });
}
