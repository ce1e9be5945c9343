import {
  autoScalingGroupsOf,
  deleteLaunchTemplates,
  emptyProfile,
  keepFromGrowing,
  profileOf,
} from "../aws/auto-scaling-groups.ts";
import { terminateInstancesOf } from "../aws/group-instances.ts";
import { ConfigError } from "../model/errors.ts";
import { cloudNameOf } from "../plan/plan.ts";
import { managesNodePools } from "../model/karpenter.ts";
import type { Kops } from "../kops-cli/kops.ts";
import type { Operating } from "../operation/operation.ts";
import { stopAt } from "../operation/stops.ts";
import { computedNames } from "../model/cloud-names.ts";
import { isKarpenter, isRecord, roleOf } from "../model/spec.ts";
import type { Role } from "../model/spec.ts";
import { kopsKeysOf } from "../store/places.ts";

/**
 * Control-plane groups among those that leave. etcd's members live on their volumes: dropping a group drops a member,
 * and the quorum with it.
 */
export function leavingMembers(
  { allow }: Pick<Operating["desk"]["inputs"], "allow">,
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
export function refuseLeavingControlPlane(
  operating: Operating,
  leaves: readonly string[],
  specs: Readonly<Record<string, Record<string, unknown>>>,
): void {
  const members = leavingMembers(operating.desk.inputs, leaves, specs);
  if (members.length === 0) return;
  throw new ConfigError({
    what: `Control-plane group ${members.join(", ")} of ${operating.desk.inputs.name} cannot leave`,
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
  operating: Operating,
  leaves: readonly string[],
  specs: Readonly<Record<string, Record<string, unknown>>>,
): Promise<readonly string[]> {
  if (operating.continues === undefined || leaves.length === 0) return leaves;
  const { inputs, progress } = operating.desk;
  const there = new Set((await autoScalingGroupsOf(inputs)).map(({ AutoScalingGroupName: name }) => name));
  const gone = leaves.filter(
    (group) => !isKarpenter(specs[group] ?? {}) && !there.has(cloudNameOf(group, specs[group] ?? {}, inputs.name)),
  );
  for (const group of gone) {
    progress.say(`instance group ${group} leaves: its Auto Scaling group is gone already, now the rest`);
    // kOps deletes no launch template of a group that it cannot find.
    await deleteLaunchTemplates(inputs, [cloudNameOf(group, specs[group] ?? {}, inputs.name)]);
    await deleteGroup(operating, group);
  }
  return leaves.filter((group) => !gone.includes(group));
}

/**
 * Deletes a group with kOps, and notes that. Of the other manifests it notes nothing: a write of them that was cut
 * short may have left them as nobody asks, and they are to be written once more.
 */
export async function deleteGroup(
  operating: Pick<Operating, "journal" | "save"> & {
    readonly desk: Pick<Operating["desk"], "inputs"> & { readonly kops: Pick<Kops, "run"> };
  },
  group: string,
): Promise<void> {
  const {
    desk: { kops, inputs },
    journal,
  } = operating;
  await kops.run({ args: ["delete", "instancegroup", group, "--name", inputs.name, "--yes"] });
  journal.instanceGroups = journal.instanceGroups.filter((one) => one !== group);
  journal.cordoned = (journal.cordoned ?? []).filter((one) => one !== group);
  const gone = `${kopsKeysOf(inputs.name).instanceGroups}${group}`;
  if (journal.written)
    journal.written.etags = Object.fromEntries(Object.entries(journal.written.etags).filter(([key]) => key !== gone));
  await operating.save();
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
export async function removeLeaving(
  operating: Operating,
  leaves: readonly string[],
  specs: Readonly<Record<string, Record<string, unknown>>>,
): Promise<void> {
  const { inputs, progress } = operating.desk;
  const { drainInstanceGroup, loginTo } = await import("../kubernetes/drain.ts");
  const login = loginTo(operating.desk);
  for (const [index, group] of leaves.entries()) {
    const spec = specs[group] ?? {};
    const cloudName = cloudNameOf(group, spec, inputs.name);
    await stopAt(
      {
        before: `instance group ${group} was removed`,
        waits: `${group} is still to be drained and deleted`,
        reasons: ["Paused", "BudgetUsed"],
      },
      operating,
    );
    await operating.assertManifests();
    progress.say(`instance group ${group} leaves: cordoned, now drained`);
    // Said before it is done: struck from here on, the next run must know whose nodes to uncordon when the group stays.
    operating.journal.cordoned = [...new Set([...(operating.journal.cordoned ?? []), group])];
    await operating.save();
    // What is evicted must not bring up new nodes in the group that goes.
    if (isKarpenter(spec)) await holdNodePools(operating, group);
    else await keepFromGrowing(inputs, cloudName);
    await drainInstanceGroup(login, group, operating.desk);
    operating.progressed = true;
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
    await deleteGroup(operating, group);
  }
}

/**
 * Lets Karpenter make no more nodes for a group. NodePools that people made stay, and are named: kOps deletes only its
 * own.
 */
async function holdNodePools({ desk }: Operating, group: string): Promise<void> {
  const { holdPools, poolApi } = await import("../kubernetes/node-pools.ts");
  const pools = await holdPools(await poolApi(desk), group);
  if (pools.length === 0) return;
  const next = managesNodePools(desk.inputs.kopsVersion)
    ? "kOps deletes it with the group"
    : `delete it when the group is gone: kubectl delete nodepool ${pools.join(" ")}`;
  desk.progress.say(
    `instance group ${group} leaves: Karpenter makes no more nodes from NodePool ${pools.join(", ")}; ${next}`,
  );
}

/**
 * Groups that were to leave and stay after all, as the change was reverted while they were drained: their nodes take
 * pods again.
 */
export async function keepGroups(operating: Operating): Promise<void> {
  const { desk, journal } = operating;
  const kept = (journal.cordoned ?? []).filter((group) => group in desk.inputs.instanceGroups);
  if (kept.length === 0) return;
  await operating.step("GroupsKept", async () => {
    const { loginTo, uncordonInstanceGroup } = await import("../kubernetes/drain.ts");
    const login = loginTo(desk);
    for (const group of kept) {
      desk.progress.say(`instance group ${group} stays after all: its nodes take pods again`);
      await uncordonInstanceGroup(login, group, desk.inputs);
      if (isKarpenter(desk.inputs.instanceGroups[group] ?? {})) {
        const { poolApi, releasePools } = await import("../kubernetes/node-pools.ts");
        await releasePools(await poolApi(desk), group);
      }
    }
    journal.cordoned = (journal.cordoned ?? []).filter((group) => !kept.includes(group));
    return [];
  });
}
