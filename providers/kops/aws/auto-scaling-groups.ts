import type { AutoScalingGroup } from "@aws-sdk/client-auto-scaling";
import { KopsError, messageOf } from "../model/errors.ts";
import type { ClusterIdentity } from "./client.ts";
import { ofCluster, allOf, awsClient, inParts } from "./client.ts";
import { kopsClusterTag } from "../model/tag-keys.ts";
import { isBeingDeleted } from "./states.ts";

/** The Auto Scaling groups of a cluster that AWS is not deleting. */
export async function autoScalingGroupsOf(cluster: ClusterIdentity): Promise<AutoScalingGroup[]> {
  const { AutoScalingClient, paginateDescribeAutoScalingGroups } = await import("@aws-sdk/client-auto-scaling");
  const client = awsClient(AutoScalingClient, cluster);
  const all = await allOf(
    paginateDescribeAutoScalingGroups({ client }, { Filters: [ofCluster(cluster.name)] }),
    (page) => page.AutoScalingGroups,
  );
  return all.filter((group) => !isBeingDeleted(group));
}

/** All Auto Scaling groups with these names, whoever owns them and also while AWS deletes them. */
async function groupsNamed(cluster: ClusterIdentity, names: readonly string[]): Promise<AutoScalingGroup[]> {
  const { AutoScalingClient, paginateDescribeAutoScalingGroups } = await import("@aws-sdk/client-auto-scaling");
  const client = awsClient(AutoScalingClient, cluster);
  const named = await Promise.all(
    inParts(names).map((AutoScalingGroupNames) =>
      allOf(paginateDescribeAutoScalingGroups({ client }, { AutoScalingGroupNames }), (page) => page.AutoScalingGroups),
    ),
  );
  return named.flat();
}

/** Those of these names that AWS is deleting. */
export async function groupsBeingDeleted(cluster: ClusterIdentity, names: readonly string[]): Promise<string[]> {
  return (await groupsNamed(cluster, names))
    .filter(isBeingDeleted)
    .map(({ AutoScalingGroupName = "" }) => AutoScalingGroupName);
}

/**
 * Sets the maximum size of an Auto Scaling group to its desired size. AWS then refuses an autoscaler that wants one
 * more instance, and the autoscaler takes another group. If the group stays after all, the next apply of kOps restores
 * its size.
 */
export async function keepFromGrowing(cluster: ClusterIdentity, name: string): Promise<void> {
  const [group] = await groupsNamed(cluster, [name]);
  if (group === undefined || isBeingDeleted(group) || group.MaxSize === group.DesiredCapacity) return;
  const { AutoScalingClient, UpdateAutoScalingGroupCommand } = await import("@aws-sdk/client-auto-scaling");
  try {
    await awsClient(AutoScalingClient, cluster).send(
      new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: name, MaxSize: group.DesiredCapacity }),
    );
  } catch (error) {
    throw new KopsError(
      {
        what: `Auto Scaling group ${name} cannot be kept from growing while it is drained`,
        why: messageOf(error),
        next: "allow autoscaling:UpdateAutoScalingGroup to this run, then run the same command again: it continues",
      },
      error,
    );
  }
}

/** The launch template that new instances of a group get, alone or in a mix of machine types. */
export function templateOf(
  group: AutoScalingGroup,
):
  | { LaunchTemplateId?: string | undefined; LaunchTemplateName?: string | undefined; Version?: string | undefined }
  | undefined {
  return group.LaunchTemplate ?? group.MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification;
}

/** Whether a group without the cluster's tag may be the cluster's: no other cluster has tagged it. */
function maybeOwn({ Tags = [] }: AutoScalingGroup, cluster: string): boolean {
  return Tags.every(({ Key, Value }) => Key !== kopsClusterTag || Value === cluster);
}

/**
 * The Auto Scaling groups with the cluster's tag, and those of these names that have lost it. kOps restores the tag
 * when it applies, and rolls those groups from then on, so a plan without them would wrongly say that no node rolls.
 */
export async function ownGroups(cluster: ClusterIdentity, names: readonly string[]): Promise<AutoScalingGroup[]> {
  const tagged = await autoScalingGroupsOf(cluster);
  const missing = names.filter((name) => !tagged.some(({ AutoScalingGroupName }) => AutoScalingGroupName === name));
  if (missing.length === 0) return tagged;
  const named = await groupsNamed(cluster, missing);
  return [...tagged, ...named.filter((group) => !isBeingDeleted(group) && maybeOwn(group, cluster.name))];
}
