import type {
  AutoScalingGroup,
  LaunchTemplateSpecification,
  UpdateAutoScalingGroupCommandInput,
} from "@aws-sdk/client-auto-scaling";
import { KopsError, messageOf } from "../../model/errors.ts";
import type { Operation } from "../../operation/operation.ts";
import { awsClient } from "../../aws/client.ts";
import { autoScalingGroupsOf, templateOf } from "../../aws/auto-scaling-groups.ts";

const latest = (template: LaunchTemplateSpecification): LaunchTemplateSpecification => ({
  LaunchTemplateId: template.LaunchTemplateId,
  Version: "$Latest",
});

/**
 * The update by which a group follows the latest version of its launch template; undefined unless it is held at a
 * number. kOps's Terraform target writes such numbers. kOps itself makes groups with `$Latest` and never compares the
 * version again (upup/pkg/fi/cloudup/awstasks/autoscalinggroup.go): its changes would reach no node of a group held at
 * a number, and its nodes would count as up to date.
 */
export function toLatest(group: AutoScalingGroup): UpdateAutoScalingGroupCommandInput | undefined {
  const template = templateOf(group);
  if (!/^\d+$/.test(template?.Version ?? "")) return undefined;
  const { AutoScalingGroupName, LaunchTemplate, MixedInstancesPolicy } = group;
  if (LaunchTemplate) return { AutoScalingGroupName, LaunchTemplate: latest(LaunchTemplate) };
  const mixed = MixedInstancesPolicy?.LaunchTemplate;
  return {
    AutoScalingGroupName,
    MixedInstancesPolicy: {
      ...MixedInstancesPolicy,
      LaunchTemplate: { ...mixed, LaunchTemplateSpecification: latest(mixed?.LaunchTemplateSpecification ?? {}) },
    },
  };
}

/**
 * Step TemplatesFollowed: makes groups follow the launch templates that kOps is about to change. Replaces no node by
 * itself.
 */
export async function followTemplates(operation: Operation): Promise<void> {
  const { inputs, progress } = operation.context;
  const groups = await autoScalingGroupsOf(inputs);
  const updates = groups.flatMap((group) => toLatest(group) ?? []);
  if (updates.length === 0) return;
  await operation.step("TemplatesFollowed", async () => {
    const { AutoScalingClient, UpdateAutoScalingGroupCommand } = await import("@aws-sdk/client-auto-scaling");
    const client = awsClient(AutoScalingClient, inputs);
    for (const update of updates) {
      const name = update.AutoScalingGroupName ?? "";
      try {
        await client.send(new UpdateAutoScalingGroupCommand(update));
      } catch (error) {
        throw new KopsError(
          {
            what: `Auto Scaling group ${name} cannot be made to follow its launch template`,
            why: messageOf(error),
            next: "allow autoscaling:UpdateAutoScalingGroup to this run, then run the same command again",
          },
          error,
        );
      }
      progress.say(
        `Auto Scaling group ${name}: follows its launch template from now on; it was held at a version, as ` +
          "Terraform does",
      );
    }
    return [];
  });
}
