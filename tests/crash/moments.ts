import type { FaultRule } from "../e2e/faults.ts";
import type { Case } from "./cases.ts";

/*
 * A moment is an AWS call that the local cloud holds: meanwhile nothing continues. So the kill happens at the same
 * place in every run, without a hook in the provider and without a race.
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

/** A call that kOps, or without it the provider, makes in the middle of each step. */
const middles: Readonly<Record<string, FaultRule>> = {
  // The tags have been read, but not recorded.
  SubnetTagsNoted: { service: "ec2", action: "DescribeSubnets", agent: provider, hold: "after" },
  // One of three groups follows its template.
  TemplatesFollowed: { service: "autoscaling", action: "UpdateAutoScalingGroup", agent: provider, hold: "after" },
  // The first instance group is written: after the cluster, and before the other groups.
  SpecWritten: { service: "s3", action: "PutObject", path: "/instancegroup/", agent: kops, hold: "after" },
  SecretsWritten: { service: "s3", action: "PutObject", path: "/secrets/", agent: kops, hold: "after" },
  ControlPlaneApplied: { service: "ec2", action: "CreateLaunchTemplateVersion", agent: kops, hold: "after" },
  ControlPlaneRolled: { service: "ec2", action: "TerminateInstances", agent: kops, hold: "after" },
  "create/CloudApplied": { service: "autoscaling", action: "CreateAutoScalingGroup", agent: kops, hold: "after" },
  // Nodes that kOps held at the older version get the new one.
  "update/CloudApplied": { service: "ec2", action: "CreateLaunchTemplateVersion", agent: kops, hold: "after" },
  ApiServed: { service: "autoscaling", action: "DescribeAutoScalingGroups", agent: kops, hold: "after" },
  // One node is gone, and its surge replacement counts.
  NodesRolled: { service: "ec2", action: "TerminateInstances", agent: kops, hold: "after" },
  GroupsLeft: { service: "autoscaling", action: "DeleteAutoScalingGroup", agent: kops, hold: "after" },
  // One rule that allowed the former range is gone.
  Pruned: { service: "ec2", action: "RevokeSecurityGroupIngress", agent: kops, hold: "after" },
  Validated: { service: "autoscaling", action: "DescribeAutoScalingGroups", agent: kops, hold: "after" },
  ManifestsPutBack: { service: "s3", action: "PutObject", path: "/instancegroup/", agent: kops, hold: "after" },
  Archived: { service: "s3", action: "PutObject", path: "/_pilot/[^/]+/archive/", agent: provider, hold: "after" },
  Deleted: { service: "autoscaling", action: "DeleteAutoScalingGroup", agent: kops, hold: "after" },
};

/** The calls that are held one after another until the moment comes: the kill happens at the last one. */
export function callsUpTo({ verb, step, kill, moment }: Pick<Case, "verb" | "step" | "kill" | "moment">): FaultRule[] {
  if (step === "Ended") {
    const closed: FaultRule =
      verb === "delete"
        ? { service: "s3", action: "DeleteObject", path: "/_pilot/[^/]+/journal\\.json", times: 1 }
        : { ...journalWritten, body: '(?s)\\A(?!.*"operation": \\{).*"applied"' };
    return [{ ...closed, hold: moment === "start" ? "before" : "after" }];
  }
  if (step === "SubnetTagsUndone") {
    // At the start, kOps has deleted the cluster, and the journal says so; then the first of several subnets is
    // handled.
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
