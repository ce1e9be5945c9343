import { autoScalingGroupsOf, keepFromGrowing } from "../../aws/auto-scaling-groups.ts";
import { deleteLaunchTemplates, profileOf } from "../../aws/launch-templates.ts";
import { emptyProfile } from "../../aws/instance-profiles.ts";
import { terminateInstancesOf } from "../../aws/group-instances.ts";
import { deleteInstanceGroup } from "../../kops-cli/flags.ts";
import type { Kops } from "../../kops-cli/kops.ts";
import { computedNames, cloudNameOf } from "../../model/cloud-names.ts";
import { isKarpenter, roleOf } from "../../model/instance-groups.ts";
import { isRecord } from "../../model/spec.ts";
import type { Role } from "../../model/instance-groups.ts";
import { managesNodePools } from "../../model/versions.ts";
import type { Operation } from "../../operation/operation.ts";
import { stopAt } from "../../operation/stops.ts";
import { kopsKeysOf } from "../../store/keys.ts";
import { validate } from "./validated.ts";

type Specs = Readonly<Record<string, Record<string, unknown>>>;

/** Step GroupsLeft: drains and deletes removed groups, once the others are valid. `specs`: those of removed groups. */
export async function removeGroups(operation: Operation, removed: readonly string[], specs: Specs): Promise<void> {
  await operation.step("GroupsLeft", async () => {
    await validate(operation);
    await drainAndDelete(operation, removed, specs);
    return [];
  });
}

/**
 * Finishes removals at which kOps was killed. kOps deletes the Auto Scaling group first and the manifest last. In
 * between it reports the group as missing, and the cluster never validates. A Karpenter group has no such state: kOps
 * deletes its manifest and nothing else.
 * @returns the groups still to remove
 */
export async function finishRemovals(
  operation: Operation,
  removed: readonly string[],
  specs: Specs,
): Promise<readonly string[]> {
  if (operation.continues === undefined || removed.length === 0) return removed;
  const { inputs, progress } = operation.context;
  const existing = new Set((await autoScalingGroupsOf(inputs)).map(({ AutoScalingGroupName: name }) => name));
  const gone = removed.filter(
    (group) => !isKarpenter(specs[group] ?? {}) && !existing.has(cloudNameOf(group, specs[group] ?? {}, inputs.name)),
  );
  for (const group of gone) {
    progress.say(`removing instance group ${group}: its Auto Scaling group is already gone, deleting the rest`);
    // kOps deletes no launch template of a group that it cannot find.
    await deleteLaunchTemplates(inputs, [cloudNameOf(group, specs[group] ?? {}, inputs.name)]);
    await deleteGroup(operation, group);
  }
  return removed.filter((group) => !gone.includes(group));
}

/**
 * Deletes a group with kOps and takes its manifest out of the journal. Notes nothing of the other manifests: an
 * interrupted write may have left them wrong, and they must be written again.
 */
export async function deleteGroup(
  operation: Pick<Operation, "journal" | "save"> & {
    readonly context: Pick<Operation["context"], "inputs"> & { readonly kops: Pick<Kops, "run"> };
  },
  group: string,
): Promise<void> {
  const {
    context: { kops, inputs },
    journal,
  } = operation;
  await kops.run({ args: deleteInstanceGroup(inputs.name, group) });
  journal.instanceGroups = journal.instanceGroups.filter((one) => one !== group);
  journal.cordoned = (journal.cordoned ?? []).filter((one) => one !== group);
  const gone = `${kopsKeysOf(inputs.name).instanceGroups}${group}`;
  if (journal.written)
    journal.written.etags = Object.fromEntries(Object.entries(journal.written.etags).filter(([key]) => key !== gone));
  await operation.save();
}

/** Whether no other group uses the IAM role that kOps made for groups of this one's kind. */
export function isLastOfRole(group: string, specs: Specs): boolean {
  const hasRole = (spec: Record<string, unknown>, role: Role): boolean =>
    roleOf(spec) === role && !(isRecord(spec["iam"]) && spec["iam"]["profile"] !== undefined);
  const own = specs[group];
  if (own === undefined || !hasRole(own, roleOf(own))) return false;
  return Object.entries(specs).every(([name, spec]) => name === group || !hasRole(spec, roleOf(own)));
}

/** One group after another. A pause or a budget stops between two. */
async function drainAndDelete(operation: Operation, removed: readonly string[], specs: Specs): Promise<void> {
  const { inputs, progress } = operation.context;
  const { drainInstanceGroup, loginTo } = await import("../../kubernetes/drain.ts");
  const login = loginTo(operation.context);
  for (const [index, group] of removed.entries()) {
    const spec = specs[group] ?? {};
    const cloudName = cloudNameOf(group, spec, inputs.name);
    await stopAt(
      {
        before: `instance group ${group} was removed`,
        waits: `${group} is still to be drained and deleted`,
        reasons: ["Paused", "BudgetUsed"],
      },
      operation,
    );
    await operation.assertManifests();
    progress.say(`removing instance group ${group}: cordoning and draining it`);
    // Before the cordon: the run after a kill must know which nodes to uncordon when the group stays.
    operation.journal.cordoned = [...new Set([...(operation.journal.cordoned ?? []), group])];
    await operation.save();
    // Evicted pods must not bring up new nodes in this group.
    if (isKarpenter(spec)) await holdNodePools(operation, group);
    else await keepFromGrowing(inputs, cloudName);
    await drainInstanceGroup(login, group, operation.context, undefined, (node, drain) => {
      operation.record.drain(group, node, drain);
    });
    operation.progressed = true;
    // As kOps does it in a roll: with a Karpenter group kOps deletes no instance.
    if (isKarpenter(spec) && (await terminateInstancesOf(inputs, group)) > 0)
      progress.say(`removing instance group ${group}: its instances are terminated`);
    const others = Object.fromEntries(removed.slice(index).map((one) => [one, specs[one] ?? {}]));
    if (isLastOfRole(group, { ...inputs.instanceGroups, ...others })) {
      const profile = isKarpenter(spec)
        ? computedNames(inputs.name, { [group]: spec }).instanceProfiles[group]
        : await profileOf(inputs, cloudName);
      if (profile !== undefined) await emptyProfile(inputs, profile);
    }
    await deleteGroup(operation, group);
    operation.record.groupDeleted(group);
  }
}

/** Keeps Karpenter from making nodes for a group. Names the NodePools that people made: kOps deletes only its own. */
async function holdNodePools({ context }: Operation, group: string): Promise<void> {
  const { holdPools } = await import("../../kubernetes/node-pools.ts");
  const pools = await holdPools(context, group);
  if (pools.length === 0) return;
  const next = managesNodePools(context.inputs.kopsVersion)
    ? "kOps deletes it with the group"
    : `delete it when the group is gone: kubectl delete nodepool ${pools.join(" ")}`;
  context.progress.say(
    `removing instance group ${group}: Karpenter makes no more nodes from NodePool ${pools.join(", ")}; ${next}`,
  );
}
