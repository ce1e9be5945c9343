import { groupsBeingDeleted } from "../aws/auto-scaling-groups.ts";
import { etcdVolumesOf } from "../aws/etcd-volumes.ts";
import type { EtcdVolume } from "../aws/etcd-volumes.ts";
import { isHere, volumeStates } from "../aws/states.ts";
import { cloudNamesOf } from "../model/cloud-names.ts";
import type { OperationContext } from "../operation/context.ts";
import { waitFor } from "../runtime/wait.ts";

/** AWS takes some minutes to delete a group, and a volume. */
const timeout = 15 * 60_000;

/** What AWS is still deleting and kOps would take for the cluster's or could not make again, in words. */
export function describeDeletions(groups: readonly string[], volumes: readonly EtcdVolume[]): string[] {
  return [
    ...groups.map((group) => `Auto Scaling group ${group} (Delete in progress)`),
    ...volumes.flatMap(({ name, id, state }) =>
      isHere(volumeStates, state) ? [] : [`volume ${name || id} (${state ?? "?"})`],
    ),
  ];
}

/**
 * Waits until AWS has deleted what has the names of the desired cluster. AWS makes no group with the name of one that
 * it is deleting. kOps takes a volume that is being deleted for the member's own (EBSVolume.Find in
 * upup/pkg/fi/cloudup/awstasks filters by no state), makes no other, and etcd would come up without it.
 */
export async function awaitDeletions({
  inputs,
  progress,
  signal,
}: Pick<OperationContext, "inputs" | "progress" | "signal">): Promise<void> {
  const names = cloudNamesOf(inputs.name, inputs.instanceGroups);
  await waitFor(
    async () => {
      const [groups, volumes] = await Promise.all([groupsBeingDeleted(inputs, names), etcdVolumesOf(inputs)]);
      const left = describeDeletions(groups, volumes);
      return left.length === 0 ? { done: true, value: undefined } : { done: false, reason: left.join(", ") };
    },
    {
      what: `AWS to finish deleting an earlier ${inputs.name}`,
      interval: 5000,
      timeout,
      next: "see in the AWS console what keeps it, then run `pulumi up` again; nothing of the cluster was touched",
      signal,
      progress,
    },
  );
}
