import * as aws from "../aws/services.mjs";
import type { CustomResource, Input, Resource } from "@pulumi/pulumi";

export type Tags = Record<string, string>;

/**
 * Resource options of a VPC or subnet whose tags are single {@link tagEach} resources.
 *
 * Kubernetes, load balancer controllers, Karpenter and people tag live subnets too. A resource with a map of `tags`
 * removes every tag that it does not know. So these resources have it for their creation only, because an
 * organisation's policies may demand it there, and ignore it and the tags that they find from then on: each key has
 * exactly one owner, and other keys survive. (`ignoreTags` of the AWS provider works only for keys known in
 * advance, and only if every stack configures it. The resource behind `aws.ec2.Tag` calls CreateTags and DeleteTags for
 * its one key and never reads the provider's tag settings.)
 */
export const foreignTagsSurvive = { ignoreChanges: ["tags", "tagsAll"] };

/** One `aws.ec2.Tag` per key on a VPC or subnet that Pilot made. */
export function tagEach(name: string, resource: CustomResource, tags: Tags): aws.ec2.Tag[] {
  return Object.entries(tags).map(
    // The tag disappears with the resource: a destroy need not remove it first. It inherits no protection from it.
    ([key, value]) =>
      new aws.ec2.Tag(
        `${name}/${key}`,
        { resourceId: resource.id, key, value },
        { parent: resource, deletedWith: resource, protect: false },
      ),
  );
}

/** One tag on a subnet that outlives it: removed again with its owner. */
export function tagForeign(
  name: string,
  resourceId: Input<string>,
  key: string,
  value: string,
  parent: Resource,
): aws.ec2.Tag {
  return new aws.ec2.Tag(name, { resourceId, key, value }, { parent });
}
