import type { AutoScalingGroup } from "@aws-sdk/client-auto-scaling";
import type { LaunchTemplate } from "@aws-sdk/client-ec2";
import { awsClientSettings } from "./identity.ts";
import { allOf, autoScalingGroupsOf, launchTemplatesOf, templateOf } from "./auto-scaling-groups.ts";
import type { ClusterSeat } from "./auto-scaling-groups.ts";

/** AWS takes no more names, or values of a filter, at once. */
const namesAtOnce = 50;

function inParts(names: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(names.length / namesAtOnce) }, (_, part) =>
    names.slice(part * namesAtOnce, (part + 1) * namesAtOnce),
  );
}

/** Whether a group may be a cluster's that does not carry its tag: it carries that of no other. */
function maybeOwn({ Tags = [] }: AutoScalingGroup, cluster: string): boolean {
  return Tags.every(({ Key, Value }) => Key !== "KubernetesCluster" || Value === cluster);
}

/**
 * The Auto Scaling groups of a cluster by its tag, and those of these names that have lost it. kOps puts the tag back
 * when it applies, and rolls them from then on: a plan that does not see them would say that no node rolls.
 */
export async function ownGroups(seat: ClusterSeat, names: readonly string[]): Promise<AutoScalingGroup[]> {
  const tagged = await autoScalingGroupsOf(seat);
  const missing = names.filter((name) => !tagged.some(({ AutoScalingGroupName }) => AutoScalingGroupName === name));
  if (missing.length === 0) return tagged;
  const { AutoScalingClient, paginateDescribeAutoScalingGroups } = await import("@aws-sdk/client-auto-scaling");
  const client = new AutoScalingClient(awsClientSettings(seat));
  const named = await Promise.all(
    inParts(missing).map((AutoScalingGroupNames) =>
      allOf(paginateDescribeAutoScalingGroups({ client }, { AutoScalingGroupNames }), (page) => page.AutoScalingGroups),
    ),
  );
  return [...tagged, ...named.flat().filter((group) => maybeOwn(group, seat.name))];
}

/** The launch templates of a cluster by its tag, and those of its groups that have lost it. */
export async function ownTemplates(seat: ClusterSeat, groups: readonly AutoScalingGroup[]): Promise<LaunchTemplate[]> {
  const tagged = await launchTemplatesOf(seat);
  const missing = groups.flatMap((group): string[] => {
    const template = templateOf(group);
    if (
      template?.LaunchTemplateId === undefined ||
      tagged.some(({ LaunchTemplateId }) => LaunchTemplateId === template.LaunchTemplateId)
    )
      return [];
    // kOps gives both the same name.
    return [template.LaunchTemplateName ?? group.AutoScalingGroupName ?? ""];
  });
  if (missing.length === 0) return tagged;
  const { EC2Client, paginateDescribeLaunchTemplates } = await import("@aws-sdk/client-ec2");
  const client = new EC2Client(awsClientSettings(seat));
  // By filter, not by id: one that is gone is then left out instead of an error.
  const named = await Promise.all(
    inParts(missing).map((Values) =>
      allOf(
        paginateDescribeLaunchTemplates({ client }, { Filters: [{ Name: "launch-template-name", Values }] }),
        (page) => page.LaunchTemplates,
      ),
    ),
  );
  return [...tagged, ...named.flat()];
}
