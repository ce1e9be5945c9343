import { ConfigError } from "../errors.ts";
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

/** Drains and deletes the groups that are no longer asked for, one after another, once those that stay are valid. */
export async function removeLeaving(operating: Operating, leaves: readonly string[]): Promise<void> {
  const { kops, inputs, progress, store } = operating.desk;
  const { drainInstanceGroup, loginTo } = await import("../kubernetes.ts");
  const login = loginTo(operating.desk);
  for (const group of leaves) {
    await stopAt({ before: `instance group ${group} was removed`, waits: `${group} is still to be drained and deleted`, reasons: ["Paused", "BudgetUsed"] }, operating);
    await operating.assertManifests();
    progress.say(`instance group ${group} leaves: cordoned, now drained`);
    await drainInstanceGroup(login, group, operating.desk);
    await kops.run({ args: ["delete", "instancegroup", group, "--name", inputs.name, "--yes"] });
    operating.progressed = true;
    operating.journal.instanceGroups = operating.journal.instanceGroups.filter((one) => one !== group);
    operating.journal.written = { digest: operating.digest, etags: await manifestEtags(store, inputs.name) };
    await operating.save();
  }
}
