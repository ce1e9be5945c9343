import type { AwsIdentity } from "../../providers/kops/aws/identity.ts";
import type { KopsClusterInputs } from "../../providers/kops/model/inputs.ts";
import type { ObservedInstanceGroup } from "../../providers/kops/model/outputs.ts";
import { observeInstanceGroups } from "../../providers/kops/observe/instance-groups.ts";
import { confirmAccount } from "../../providers/kops/operation/same-account.ts";
import { observeVersions, waitingNodes } from "../../providers/kops/plan/facts/waiting-nodes.ts";
import { cloudNameOf } from "../../providers/kops/model/cloud-names.ts";
import type { Journal } from "../../providers/kops/store/journal.ts";
import { attemptsInto } from "./attempts.ts";
import type { ClusterStatus } from "./document.ts";

/** What AWS says of the groups. A part that AWS does not tell is undefined, with a reason. */
export interface Cloud {
  sizes: Record<string, ObservedInstanceGroup> | undefined;
  /** Instances that wait for a roll, by group. */
  waiting: Record<string, string[]> | undefined;
  /** Instances by group. */
  instances: Record<string, number> | undefined;
  notAsked: ClusterStatus["notAsked"];
}

/** Looks at the Auto Scaling groups and their instances, as an identity of the cluster's account. */
export async function lookAtCloud(
  inputs: KopsClusterInputs & AwsIdentity,
  journal: Pick<Journal, "identity"> | undefined,
): Promise<Cloud> {
  const notAsked: Cloud["notAsked"] = [];
  const attempt = attemptsInto(notAsked);
  const nothing = { sizes: undefined, waiting: undefined, instances: undefined, notAsked };
  // In another account there would be no group, which looks like a fault.
  const caller = await attempt("AWS", () =>
    confirmAccount(inputs.name, inputs, journal, "--profile NAME, --assume-role ARN or --as-shell"),
  );
  if (caller === undefined) return nothing;
  const [sizes, versions] = await Promise.all([
    attempt("sizes of the groups", () => observeInstanceGroups(inputs)),
    attempt("nodes that wait for a roll", () => observeVersions(inputs)),
  ]);
  if (versions === undefined) return { ...nothing, sizes };
  const counts = new Map(versions.map(({ name, instances }) => [name, instances.length]));
  const instances = Object.entries(inputs.instanceGroups).flatMap(([group, spec]): [string, number][] => {
    const count = counts.get(cloudNameOf(group, spec, inputs.name));
    return count === undefined ? [] : [[group, count]];
  });
  return {
    sizes,
    waiting: waitingNodes(versions, inputs.instanceGroups, inputs.name),
    instances: Object.fromEntries(instances),
    notAsked,
  };
}
