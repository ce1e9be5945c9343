import type { FaultRule } from "../e2e/faults.ts";
import type { Case } from "./cases.ts";

/*
 * A moment is a call of the AWS API that the local cloud holds: as long as it does, nothing goes on. So the blow falls
 * at the same place in every run, without a hook in the provider and without a race.
 */

const kops = "aws-sdk-go";
const provider = "aws-sdk-js";

const journalWritten: FaultRule = {
  service: "s3",
  action: "PutObject",
  path: "/_pilot/[^/]+/journal\\.json",
  times: 1,
};

const begun = (step: string): FaultRule => ({
  ...journalWritten,
  body: `"name": "${step}",\\s+"begun": "[^"]+"\\s*\\}`,
  hold: "after",
});
const ended = (step: string): FaultRule => ({
  ...journalWritten,
  body: `"name": "${step}",\\s+"begun": "[^"]+",\\s+"ended"`,
  hold: "before",
});

/** Something that kOps, or where none runs the provider, does in each step, neither the first nor the last thing. */
const middles: Readonly<Record<string, FaultRule>> = {
  // The tags are seen, and not yet noted.
  SubnetTagsNoted: { service: "ec2", action: "DescribeSubnets", agent: provider, hold: "after" },
  // One of three groups follows.
  TemplatesFollowed: { service: "autoscaling", action: "UpdateAutoScalingGroup", agent: provider, hold: "after" },
  // The first instance group is written: kOps has written the cluster before, and the other groups not yet.
  SpecWritten: { service: "s3", action: "PutObject", path: "/instancegroup/", agent: kops, hold: "after" },
  SecretsWritten: { service: "s3", action: "PutObject", path: "/secrets/", agent: kops, hold: "after" },
  ControlPlaneApplied: { service: "ec2", action: "CreateLaunchTemplateVersion", agent: kops, hold: "after" },
  ControlPlaneRolled: { service: "ec2", action: "TerminateInstances", agent: kops, hold: "after" },
  "create/CloudApplied": { service: "autoscaling", action: "CreateAutoScalingGroup", agent: kops, hold: "after" },
  // New groups came with the control plane; what is left are changes of those that were there.
  "update/CloudApplied": { service: "ec2", action: "CreateLaunchTemplateVersion", agent: kops, hold: "after" },
  ApiServed: { service: "autoscaling", action: "DescribeAutoScalingGroups", agent: kops, hold: "after" },
  // One node is gone and its replacement, brought up beforehand, counts.
  NodesRolled: { service: "ec2", action: "TerminateInstances", agent: kops, hold: "after" },
  GroupsLeft: { service: "autoscaling", action: "DeleteAutoScalingGroup", agent: kops, hold: "after" },
  // One of the rules that let the former range in is gone.
  Pruned: { service: "ec2", action: "RevokeSecurityGroupIngress", agent: kops, hold: "after" },
  Validated: { service: "autoscaling", action: "DescribeAutoScalingGroups", agent: kops, hold: "after" },
  ManifestsPutBack: { service: "s3", action: "PutObject", path: "/instancegroup/", agent: kops, hold: "after" },
  Archived: { service: "s3", action: "PutObject", path: "/_pilot/[^/]+/archive/", agent: provider, hold: "after" },
  Deleted: { service: "autoscaling", action: "DeleteAutoScalingGroup", agent: kops, hold: "after" },
};

/** The calls that are held one after another until the moment is there: at the last of them the blow falls. */
export function callsUpTo({ verb, step, kill, moment }: Pick<Case, "verb" | "step" | "kill" | "moment">): FaultRule[] {
  if (step === "Ended") {
    const closed: FaultRule =
      verb === "delete"
        ? { service: "s3", action: "DeleteObject", path: "/_pilot/[^/]+/journal\\.json", times: 1 }
        : { ...journalWritten, body: '(?s)\\A(?!.*"operation": \\{).*"applied"' };
    return [{ ...closed, hold: moment === "start" ? "before" : "after" }];
  }
  if (step === "SubnetTagsUndone") {
    // At its start kOps has deleted the cluster, and the journal says so; then one subnet of several is seen to.
    return [
      moment === "start"
        ? { ...ended("Deleted"), hold: "after" }
        : { service: "ec2", action: "DeleteTags", agent: provider, hold: "after", times: 1 },
    ];
  }
  if (moment === "end") return [ended(step)];
  if (moment === "start")
    return kill === "kops" ? [begun(step), { agent: kops, hold: "after", times: 1 }] : [begun(step)];
  const middle = middles[step] ?? middles[`${verb}/${step}`];
  if (!middle) throw new Error(`nothing is known of the middle of ${step}`);
  return [begun(step), { ...middle, times: 1 }];
}
