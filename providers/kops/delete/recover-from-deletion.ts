import { etcdVolumesOf, holdsData } from "../aws/etcd-volumes.ts";
import { updateConditions } from "../model/conditions.ts";
import { removeCluster } from "./delete.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import { liveClusterSpec } from "../store/manifests.ts";
import type { Operation } from "../operation/operation.ts";
import { isRecord } from "../model/spec.ts";

/**
 * Whether too many etcd volumes are gone for a quorum. kOps would make new, empty ones, and etcd-manager would wait
 * forever for a restore, because the backups say that the cluster existed.
 */
export function etcdIsLost(cluster: string, spec: Record<string, unknown>, volumes: readonly string[]): boolean {
  const etcdClusters = Array.isArray(spec["etcdClusters"]) ? spec["etcdClusters"].filter(isRecord) : [];
  return etcdClusters.some(({ name, etcdMembers }) => {
    const members = Array.isArray(etcdMembers) ? etcdMembers.length : 0;
    const there = volumes.filter(
      (volume) => typeof name === "string" && volume.endsWith(`.etcd-${name}.${cluster}`),
    ).length;
    return there < Math.floor(members / 2) + 1;
  });
}

/**
 * Names of the cluster's etcd volumes, without those that AWS is deleting. A dry run cannot tell them while the load
 * balancer is gone (`dryRun`).
 */
async function volumesOf(inputs: KopsClusterInputs): Promise<string[]> {
  return (await etcdVolumesOf(inputs)).filter(holdsData).map(({ name }) => name);
}

/**
 * Handles a cluster that is desired again before its deletion ended. If its etcd data exists, the cluster is restored
 * as it was. Otherwise the deletion is finished and a new cluster made, because nothing works without the data.
 */
export async function recoverFromDeletion(operation: Operation): Promise<void> {
  const { context, journal } = operation;
  const { inputs, store, progress } = context;
  if (journal.deletion === undefined) return;
  if (journal.deletion.begun !== undefined) {
    const spec = await liveClusterSpec(store, inputs.name);
    if (spec !== undefined && !etcdIsLost(inputs.name, spec, await volumesOf(inputs))) {
      progress.say("the deletion did not reach the cluster's data: bringing the cluster back");
    } else {
      progress.say("the deletion removed the cluster's data: finishing it, then making a new cluster");
      await removeCluster(operation);
      journal.conditions = updateConditions([], [], new Date());
      journal.instanceGroups = [];
      delete journal.subnetTags;
    }
    // Adopted or not, it is not in use any more: kOps had begun to delete it.
    journal.origin = "made";
  }
  delete journal.deletion;
  await operation.save();
}
