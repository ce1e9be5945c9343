import * as aws from "../aws/services.mjs";
import type { CustomResource, Input, Resource } from "@pulumi/pulumi";

export type Tags = Record<string, string>;

/**
 * Resource options of a VPC or subnet whose tags are single {@link tagEach} resources.
 *
 * Kubernetes, load balancer controllers, Karpenter and people tag live subnets too. A resource that holds a map of
 * `tags` removes every tag it does not know. So these resources hold none, and what is found on them is no difference:
 * each key has exactly one owner, and a key nobody here owns survives. (`ignoreTags` of the AWS provider would do so
 * only for keys known beforehand, and only where every stack remembers to configure it. The upstream resource behind
 * `aws.ec2.Tag` calls CreateTags and DeleteTags for its one key and never reads the provider's tag settings.)
 */
export const foreignTagsSurvive = { ignoreChanges: ["tags", "tagsAll"] };

/** One `aws.ec2.Tag` per key on a VPC or subnet of ours. */
export function tagEach(name: string, resource: CustomResource, tags: Tags): aws.ec2.Tag[] {
  return Object.entries(tags).map(
    // The tag goes with the resource: a destroy need not remove it first.
    ([key, value]) =>
      new aws.ec2.Tag(
        `${name}/${key}`,
        { resourceId: resource.id, key, value },
        { parent: resource, deletedWith: resource },
      ),
  );
}

/** One tag on a subnet that outlives the tag: taken off again when its owner goes. */
export function tagForeign(
  name: string,
  resourceId: Input<string>,
  key: string,
  value: string,
  parent: Resource,
): aws.ec2.Tag {
  return new aws.ec2.Tag(name, { resourceId, key, value }, { parent });
}
