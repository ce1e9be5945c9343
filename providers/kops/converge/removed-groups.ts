import { autoScalingGroupsOf, keepFromGrowing } from "../aws/auto-scaling-groups.ts";
import { terminateInstancesOf } from "../aws/group-instances.ts";
import { ConfigError } from "../model/errors.ts";
import { deleteInstanceGroup } from "../kops-cli/flags.ts";
import type { Kops } from "../kops-cli/kops.ts";
import type { Operation } from "../operation/operation.ts";
import { stopAt } from "../operation/stops.ts";
import { computedNames, cloudNameOf } from "../model/cloud-names.ts";
import { isRecord } from "../model/spec.ts";
import { kopsKeysOf } from "../store/keys.ts";
import { managesNodePools } from "../model/versions.ts";
import { isKarpenter, roleOf } from "../model/instance-groups.ts";
import type { Role } from "../model/instance-groups.ts";
import { deleteLaunchTemplates, profileOf } from "../aws/launch-templates.ts";
import { emptyProfile } from "../aws/instance-profiles.ts";

/**
 * Control-plane groups among those that leave. etcd's members live on their volumes: dropping a group drops a member,
 * and the quorum with it.
 */
export function removedMembers(
  { allow }: Pick<Operation["context"]["inputs"], "allow">,
  leaves: readonly string[],
  specs: Readonly<Record<string, Record<string, unknown>>>,
): string[] {
  if (allow?.includes("controlPlaneGroups") === true) return [];
  return leaves.filter((group) => {
    const spec = specs[group];
    return spec !== undefined && roleOf(spec) === "ControlPlane";
  });
}

/** Stops before the first write when a group with a member of etcd is to leave. */
export function refuseRemovedControlPlane(
  operation: Operation,
  leaves: readonly string[],
  specs: Readonly<Record<string, Record<string, unknown>>>,
): void {
  const members = removedMembers(operation.context.inputs, leaves, specs);
  if (members.length === 0) return;
  throw new ConfigError({
    what: `Control-plane group ${members.join(", ")} of ${operation.context.inputs.name} cannot leave`,
    why: "its node holds an etcd member; removing the group removes the member without telling etcd",
    next:
      "put the group back; to move a member see https://kops.sigs.k8s.io/operations/etcd_administration/, then " +
      'set allow: ["controlPlaneGroups"]',
  });
}

/**
 * Finishes what kOps was killed at: of a group that leaves it deletes the Auto Scaling group first and the manifest
 * last. In between kOps takes the group for one that is missing, and validates no such cluster: no roll, no wait would
 * end. A group of Karpenter's never is in between: kOps deletes its manifest and nothing else.
 * @returns the groups that still are to leave
 */
export async function finishHalfLeft(
  operation: Operation,
  leaves: readonly string[],
  specs: Readonly<Record<string, Record<string, unknown>>>,
): Promise<readonly string[]> {
  if (operation.continues === undefined || leaves.length === 0) return leaves;
  const { inputs, progress } = operation.context;
  const there = new Set((await autoScalingGroupsOf(inputs)).map(({ AutoScalingGroupName: name }) => name));
  const gone = leaves.filter(
    (group) => !isKarpenter(specs[group] ?? {}) && !there.has(cloudNameOf(group, specs[group] ?? {}, inputs.name)),
  );
  for (const group of gone) {
    progress.say(`instance group ${group} leaves: its Auto Scaling group is gone already, now the rest`);
    // kOps deletes no launch template of a group that it cannot find.
    await deleteLaunchTemplates(inputs, [cloudNameOf(group, specs[group] ?? {}, inputs.name)]);
    await deleteGroup(operation, group);
  }
  return leaves.filter((group) => !gone.includes(group));
}

/**
 * Deletes a group with kOps, and notes that. Of the other manifests it notes nothing: a write of them that was cut
 * short may have left them as nobody asks, and they are to be written once more.
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

/** Whether no other group has the role of this one, which kOps made for groups of its kind. */
export function isLastOfRole(group: string, specs: Readonly<Record<string, Record<string, unknown>>>): boolean {
  const hasRole = (spec: Record<string, unknown>, role: Role): boolean =>
    roleOf(spec) === role && !(isRecord(spec["iam"]) && spec["iam"]["profile"] !== undefined);
  const own = specs[group];
  if (own === undefined || !hasRole(own, roleOf(own))) return false;
  return Object.entries(specs).every(([name, spec]) => name === group || !hasRole(spec, roleOf(own)));
}

/** Drains and deletes the groups that are no longer asked for, one after another, once those that stay are valid. */
export async function removeGroups(
  operation: Operation,
  leaves: readonly string[],
  specs: Readonly<Record<string, Record<string, unknown>>>,
): Promise<void> {
  const { inputs, progress } = operation.context;
  const { drainInstanceGroup, loginTo } = await import("../kubernetes/drain.ts");
  const login = loginTo(operation.context);
  for (const [index, group] of leaves.entries()) {
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
    progress.say(`instance group ${group} leaves: cordoned, now drained`);
    // Said before it is done: killed from here on, the next run must know whose nodes to uncordon when the group stays.
    operation.journal.cordoned = [...new Set([...(operation.journal.cordoned ?? []), group])];
    await operation.save();
    // What is evicted must not bring up new nodes in the group that goes.
    if (isKarpenter(spec)) await holdNodePools(operation, group);
    else await keepFromGrowing(inputs, cloudName);
    await drainInstanceGroup(login, group, operation.context);
    operation.progressed = true;
    // As kOps does it in a roll; of a group of Karpenter's it deletes no machine.
    if (isKarpenter(spec) && (await terminateInstancesOf(inputs, group)) > 0)
      progress.say(`instance group ${group} leaves: its instances are terminated`);
    const others = Object.fromEntries(leaves.slice(index).map((one) => [one, specs[one] ?? {}]));
    if (isLastOfRole(group, { ...inputs.instanceGroups, ...others })) {
      const profile = isKarpenter(spec)
        ? computedNames(inputs.name, { [group]: spec }).instanceProfiles[group]
        : await profileOf(inputs, cloudName);
      if (profile !== undefined) await emptyProfile(inputs, profile);
    }
    await deleteGroup(operation, group);
  }
}

/**
 * Lets Karpenter make no more nodes for a group. NodePools that people made stay, and are named: kOps deletes only its
 * own.
 */
async function holdNodePools({ context }: Operation, group: string): Promise<void> {
  const { holdPools, poolApi } = await import("../kubernetes/node-pools.ts");
  const pools = await holdPools(await poolApi(context), group);
  if (pools.length === 0) return;
  const next = managesNodePools(context.inputs.kopsVersion)
    ? "kOps deletes it with the group"
    : `delete it when the group is gone: kubectl delete nodepool ${pools.join(" ")}`;
  context.progress.say(
    `instance group ${group} leaves: Karpenter makes no more nodes from NodePool ${pools.join(", ")}; ${next}`,
  );
}

/**
 * Groups that were to leave and stay after all, as the change was reverted while they were drained: their nodes take
 * pods again.
 */
export async function keepGroups(operation: Operation): Promise<void> {
  const { context, journal } = operation;
  const kept = (journal.cordoned ?? []).filter((group) => group in context.inputs.instanceGroups);
  if (kept.length === 0) return;
  await operation.step("GroupsKept", async () => {
    const { loginTo, uncordonInstanceGroup } = await import("../kubernetes/drain.ts");
    const login = loginTo(context);
    for (const group of kept) {
      context.progress.say(`instance group ${group} stays after all: its nodes take pods again`);
      await uncordonInstanceGroup(login, group, context.inputs);
      if (isKarpenter(context.inputs.instanceGroups[group] ?? {})) {
        const { poolApi, releasePools } = await import("../kubernetes/node-pools.ts");
        await releasePools(await poolApi(context), group);
      }
    }
    journal.cordoned = (journal.cordoned ?? []).filter((group) => !kept.includes(group));
    return [];
  });
}
