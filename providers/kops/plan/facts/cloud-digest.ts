import type { AutoScalingGroup } from "@aws-sdk/client-auto-scaling";
import type { LaunchTemplate } from "@aws-sdk/client-ec2";
import { autoScalingGroupsOf } from "../../aws/auto-scaling-groups.ts";
import { launchTemplatesOf } from "../../aws/launch-templates.ts";
import type { ClusterIdentity } from "../../aws/client.ts";
import { digestOf } from "../../model/spec.ts";

const byKey = (one: { Key?: string | undefined }, other: { Key?: string | undefined }): number =>
  (one.Key ?? "") < (other.Key ?? "") ? -1 : 1;

/**
 * Digest of the Auto Scaling groups and launch templates by which kOps decides which nodes a change rolls. Leaves out
 * instances and the sizes that an autoscaler sets: they change no plan.
 */
export function cloudDigest(groups: readonly AutoScalingGroup[], templates: readonly LaunchTemplate[]): string {
  return digestOf({
    groups: groups
      .map(
        ({
          AutoScalingGroupName,
          MinSize,
          MaxSize,
          LaunchTemplate: template,
          MixedInstancesPolicy,
          VPCZoneIdentifier,
          TargetGroupARNs,
          LoadBalancerNames,
          SuspendedProcesses,
          EnabledMetrics,
          WarmPoolConfiguration,
          Tags = [],
        }) => ({
          AutoScalingGroupName,
          MinSize,
          MaxSize,
          template,
          MixedInstancesPolicy,
          VPCZoneIdentifier,
          TargetGroupARNs,
          LoadBalancerNames,
          SuspendedProcesses,
          EnabledMetrics,
          WarmPoolConfiguration,
          Tags: [...Tags].sort(byKey),
        }),
      )
      .sort((one, other) => ((one.AutoScalingGroupName ?? "") < (other.AutoScalingGroupName ?? "") ? -1 : 1)),
    templates: templates
      .map(({ LaunchTemplateId, LatestVersionNumber, DefaultVersionNumber, Tags = [] }) => ({
        LaunchTemplateId,
        LatestVersionNumber,
        DefaultVersionNumber,
        Tags: [...Tags].sort(byKey),
      }))
      .sort((one, other) => ((one.LaunchTemplateId ?? "") < (other.LaunchTemplateId ?? "") ? -1 : 1)),
  });
}

/** Asks AWS: two calls for a cluster of usual size. */
export async function readCloudDigest(seat: ClusterIdentity): Promise<string> {
  const [groups, templates] = await Promise.all([autoScalingGroupsOf(seat), launchTemplatesOf(seat)]);
  return cloudDigest(groups, templates);
}
