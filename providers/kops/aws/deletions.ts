import { cloudNamesOf } from "../model/cloud-names.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import { groupsBeingDeleted } from "./auto-scaling-groups.ts";
import { etcdVolumesOf } from "./etcd-volumes.ts";
import type { EtcdVolume } from "./etcd-volumes.ts";
import { isHere, volumeStates } from "./states.ts";

/** Auto Scaling groups and volumes that AWS is deleting, in words. */
export function describeDeletions(groups: readonly string[], volumes: readonly EtcdVolume[]): string[] {
  return [
    ...groups.map((group) => `Auto Scaling group ${group} (Delete in progress)`),
    ...volumes.flatMap(({ name, id, state }) =>
      isHere(volumeStates, state) ? [] : [`volume ${name || id} (${state ?? "?"})`],
    ),
  ];
}

/**
 * What AWS is still deleting and has a name of the desired cluster. AWS makes no group with the name of one that it is
 * deleting. kOps takes a volume that is being deleted for the member's own (EBSVolume.Find in upup/pkg/fi/cloudup/
 * awstasks filters by no state), makes no other, and etcd would come up without it.
 */
export async function deletionsInProgress(inputs: KopsClusterInputs): Promise<string[]> {
  const names = cloudNamesOf(inputs.name, inputs.instanceGroups);
  const [groups, volumes] = await Promise.all([groupsBeingDeleted(inputs, names), etcdVolumesOf(inputs)]);
  return describeDeletions(groups, volumes);
}
