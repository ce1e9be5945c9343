import { refuseBlocked, refuseProtected } from "./refuse-deletion.ts";
import { removeExpiredArchives } from "./remove-expired-archives.ts";
import { deleteWithKops } from "./delete-with-kops.ts";
import { addToArchive, archiveForDeletion, defaultRetain, removeAllArchived } from "./deletion-archive.ts";
import { milliseconds, fileNameOf } from "../model/durations.ts";
import { KopsError } from "../model/errors.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import { clustersInside, refuseForeignRemoval } from "./own-folder.ts";
import { readKopsNames, liveClusterSpec, manifestEtags } from "../store/manifests.ts";
import { observeInstanceGroups } from "../observe/instance-groups.ts";
import { kopsKeysOf, pilotKeysOf } from "../store/keys.ts";
import { runOperation } from "../operation/operation.ts";
import type { Operation } from "../operation/operation.ts";
import { desiredSpec } from "../model/spec.ts";
import { aws, removeLeftovers } from "./sweep.ts";
import type { Cloud } from "./sweep.ts";
import { replaceManifests } from "../kops-cli/kops.ts";

/** Work of a command before and after a deletion, under the same lock. */
export interface AroundDelete {
  /** Before anything is deleted. */
  first?: (operation: Operation) => Promise<void>;
  /** After the deletion, before the journal is removed: if it fails, the next run repeats it. */
  last?: (operation: Operation) => Promise<void>;
}

/**
 * Deletes the cluster with kOps: instances, groups, load balancers, roles, records and its folder in the store.
 * Archives the folder first, and afterwards deletes what kOps leaves behind. Shared network, subnets and zone stay,
 * without kOps's tags. Drains nothing, so PodDisruptionBudgets do not hold.
 *
 * Refuses, before it deletes anything, a deletion that could not end or would delete what workloads made. Succeeds when
 * the cluster does not exist. The next run continues an interrupted deletion.
 */
export async function deleteCluster(
  inputs: KopsClusterInputs,
  signal: AbortSignal,
  around: AroundDelete = {},
): Promise<void> {
  await runOperation(inputs, "delete", signal, (operation) => deleteWith(operation, around));
}

/**
 * The deletion as one operation. The order must not change: the journal must exist until everything else is deleted.
 */
export async function deleteWith(
  operation: Operation,
  { first, last }: AroundDelete = {},
  cloud: Cloud = aws,
): Promise<void> {
  const { inputs, store, progress } = operation.context;
  refuseProtected(inputs, operation.journal);
  await first?.(operation);
  await refuseBlocked(operation, cloud);
  await putBackManifests(operation);
  await removeCluster(operation, cloud);
  if (keepsNothing(inputs)) {
    await removeAllArchived(store, inputs.name);
    await operation.record.discard();
  }
  await last?.(operation);
  await store.delete(pilotKeysOf(inputs.name).pause);
  await operation.removeJournal();
  progress.say("the cluster is deleted");
  // After the journal: a problem with archives of other clusters must leave nothing of this one.
  await removeExpiredArchives(store, progress, new Date());
}

/**
 * Step ManifestsPutBack: writes the manifests of Pulumi's state when somebody removed the cluster's folder while its
 * instances run. kOps deletes only a cluster that has a manifest.
 */
async function putBackManifests(operation: Operation): Promise<void> {
  const { inputs, store, progress } = operation.context;
  if (operation.journal.applied === undefined || operation.journal.deletion?.begun !== undefined) return;
  if (kopsKeysOf(inputs.name).config in (await manifestEtags(store, inputs.name))) return;
  if (Object.keys(await observeInstanceGroups(inputs)).length === 0) return;
  progress.say(
    "the store has no manifests of the cluster, but the cloud has its instance groups: writing the manifests back to " +
      "delete it",
  );
  await operation.step("ManifestsPutBack", async () => {
    await replaceManifests(operation.context, desiredSpec(inputs));
    return [];
  });
}

/** Steps Archived and Deleted, and the removal of what kOps leaves behind. The journal stays. */
export async function removeCluster(operation: Operation, cloud: Cloud = aws): Promise<void> {
  const { context, journal } = operation;
  const { inputs, store, progress } = context;
  const spec = await liveClusterSpec(store, inputs.name);
  const names = await readKopsNames(store, inputs, journal, spec);
  if (spec !== undefined) {
    await refuseForeignRemoval(store, inputs.name, spec);
    await operation.step("Archived", async () => {
      await archive(operation, spec);
      return [];
    });
    await operation.step("Deleted", async () => {
      journal.deletion = {
        ...journal.deletion,
        begun: journal.deletion?.begun ?? new Date().toISOString(),
        made: { ...journal.deletion?.made, autoScalingGroups: names.autoScalingGroups, records: names.records },
      };
      // From here on nothing is applied any more: an `up` would make a new cluster.
      delete journal.applied;
      delete journal.written;
      operation.found([{ type: "CloudApplied", status: "False", reason: "Deleting", message: "" }]);
      await operation.save();
      progress.say("deleting the cluster's cloud resources");
      await deleteWithKops(operation, names, cloud);
      // Inside the step, so that the next run asks kOps again.
      if (kopsKeysOf(inputs.name).config in (await manifestEtags(store, inputs.name))) {
        throw new KopsError({
          what: `Cluster ${inputs.name} is still in ${inputs.stateStore}`,
          why: "kops delete cluster ended well but left the cluster's manifest",
          next: `see ${context.log.path} and run the same command again`,
        });
      }
      return [];
    });
  }
  // Only after an apply by this program: in an adopted cluster kOps tagged all profiles.
  if (journal.origin === "made" && journal.lastApplied !== undefined) {
    const { removeEmptyProfiles } = await import("../aws/instance-profiles.ts");
    const removed = await removeEmptyProfiles(inputs);
    if (removed.length > 0)
      progress.say(`deleted instance profiles that kOps had not tagged yet: ${removed.join(", ")}`);
  }
  if (journal.deletion?.begun !== undefined) {
    await removeLeftovers(operation, names, cloud);
    await removeLeftKeys(operation);
  }
  if (journal.subnetTags !== undefined) {
    const { undoSubnetTags } = await import("../operation/subnet-tags-noted.ts");
    await undoSubnetTags(operation);
  }
}

function keepsNothing({ deletion }: KopsClusterInputs): boolean {
  return milliseconds(deletion?.retain ?? defaultRetain) === 0;
}

async function archive(operation: Operation, spec: Record<string, unknown>): Promise<void> {
  const {
    context: { inputs, store, progress },
    journal,
  } = operation;
  const retain = inputs.deletion?.retain ?? defaultRetain;
  if (keepsNothing(inputs)) {
    progress.say("nothing of the cluster is kept: deletion.retain is 0s");
    return;
  }
  const name = journal.deletion?.archive ?? fileNameOf(new Date());
  journal.deletion = { ...journal.deletion, archive: name };
  await operation.save();
  const kopsVersion = journal.applied?.kopsVersion ?? inputs.kopsVersion;
  const made = await archiveForDeletion(
    store,
    {
      cluster: inputs.name,
      owner: inputs.owner,
      kopsVersion,
      spec,
      retain,
      name,
      now: new Date(),
    },
    progress,
  );
  const etcd = Object.entries(made.etcdBackups).map(
    ([cluster, backup]) =>
      `${cluster} ` +
      ("copied" in backup ? backup.copied : "stays" in backup ? `stays in ${backup.stays}` : "has none yet"),
  );
  progress.say(
    `archived until ${made.until}: ${made.objects.length} objects in ` +
      `${store.url}/${pilotKeysOf(inputs.name).archive}/${name}; etcd backups: ${etcd.join(", ") || "none"}`,
  );
}

/**
 * Archives and removes what is left in the folder. kOps deletes a thousand objects at a time: killed in between, it
 * leaves keys without a manifest. Other clusters' folders inside this one stay.
 */
async function removeLeftKeys({ context: { store, inputs }, journal }: Operation): Promise<void> {
  const all = (await store.list(`${inputs.name}/`)).map(({ key }) => key);
  const inside = clustersInside(inputs.name, all);
  const keys = all.filter((key) => !inside.some((other) => key.includes(`/${other}/`)));
  if (!keepsNothing(inputs) && journal.deletion?.archive !== undefined)
    await addToArchive(store, inputs.name, journal.deletion.archive, keys);
  for (const key of keys) await store.delete(key);
}
