import { autoScalingGroupsOf, deleteLaunchTemplates } from "../aws/cluster-groups.ts";
import { ConfigError } from "../errors.ts";
import { cloudNameOf } from "../plan/plan.ts";
import type { Operating } from "../run/session.ts";
import { stopAt } from "../run/stops.ts";
import { roleOf } from "../spec.ts";
import { manifestEtags } from "../store/manifests.ts";

/** etcd's members live on the control-plane groups' volumes: dropping a group drops a member, and the quorum with it. */
export function refuseLeavingControlPlane(operating: Operating, leaves: readonly string[], specs: Readonly<Record<string, Record<string, unknown>>>): void {
  const members = leaves.filter((group) => {
    const spec = specs[group];
    return spec !== undefined && roleOf(spec) === "ControlPlane";
  });
  if (members.length === 0 || operating.desk.inputs.allow?.includes("controlPlaneGroups") === true) return;
  throw new ConfigError({
    what: `Control-plane group ${members.join(", ")} of ${operating.desk.inputs.name} cannot leave`,
    why: "its node holds an etcd member; removing the group removes the member without telling etcd",
    next: "put the group back; to move a member see https://kops.sigs.k8s.io/operations/etcd_administration/, then set allow: [\"controlPlaneGroups\"]",
  });
}

/**
 * Finishes what kOps was killed at: of a group that leaves it deletes the Auto Scaling group first and the manifest last.
 * In between kOps takes the group for one that is missing, and validates no such cluster: no roll, no wait would end.
 * @returns the groups that still are to leave
 */
export async function finishHalfLeft(operating: Operating, leaves: readonly string[], specs: Readonly<Record<string, Record<string, unknown>>>): Promise<readonly string[]> {
  if (operating.continues === undefined || leaves.length === 0) return leaves;
  const { inputs, progress } = operating.desk;
  const there = new Set((await autoScalingGroupsOf(inputs)).map(({ AutoScalingGroupName: name }) => name));
  const gone = leaves.filter((group) => !there.has(cloudNameOf(group, specs[group] ?? {}, inputs.name)));
  for (const group of gone) {
    progress.say(`instance group ${group} leaves: its Auto Scaling group is gone already, now the rest`);
    // kOps deletes no launch template of a group that it cannot find.
    await deleteLaunchTemplates(inputs, [cloudNameOf(group, specs[group] ?? {}, inputs.name)]);
    await deleteGroup(operating, group);
  }
  return leaves.filter((group) => !gone.includes(group));
}

async function deleteGroup(operating: Operating, group: string): Promise<void> {
  const { desk: { kops, inputs, store }, journal } = operating;
  await kops.run({ args: ["delete", "instancegroup", group, "--name", inputs.name, "--yes"] });
  journal.instanceGroups = journal.instanceGroups.filter((one) => one !== group);
  if (journal.written) journal.written.etags = await manifestEtags(store, inputs.name);
  await operating.save();
}

/** Drains and deletes the groups that are no longer asked for, one after another, once those that stay are valid. */
export async function removeLeaving(operating: Operating, leaves: readonly string[]): Promise<void> {
  const { progress } = operating.desk;
  const { drainInstanceGroup, loginTo } = await import("../kubernetes.ts");
  const login = loginTo(operating.desk);
  for (const group of leaves) {
    await stopAt({ before: `instance group ${group} was removed`, waits: `${group} is still to be drained and deleted`, reasons: ["Paused", "BudgetUsed"] }, operating);
    await operating.assertManifests();
    progress.say(`instance group ${group} leaves: cordoned, now drained`);
    await drainInstanceGroup(login, group, operating.desk);
    operating.progressed = true;
    await deleteGroup(operating, group);
  }
}
