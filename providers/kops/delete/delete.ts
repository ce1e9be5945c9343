import { refuseBlocked, refuseProtected } from "./refuse-deletion.ts";
import { removeExpiredArchives } from "./remove-expired-archives.ts";
import { deleteWithKops } from "./delete-with-kops.ts";
import { addToArchive, archiveForDeletion, defaultRetain, removeAllArchived } from "./deletion-archive.ts";
import { milliseconds, fileNameOf } from "../model/durations.ts";
import { KopsError } from "../model/errors.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import { clustersInside, refuseForeignRemoval } from "./own-folder.ts";
import { namesOf } from "../store/made-names.ts";
import { observeInstanceGroups } from "../observe/instance-groups.ts";
import { kopsKeysOf, placesOf } from "../store/places.ts";
import { replaceManifests } from "../kops-cli/replace-manifests.ts";
import { runOperation } from "../operation/operation.ts";
import { liveClusterSpec, manifestEtags } from "../store/manifests.ts";
import type { Operation } from "../operation/operation.ts";
import { desiredSpec, manifestOf } from "../model/spec.ts";
import { aws, removeLeftovers } from "./sweep.ts";
import type { Cloud } from "./sweep.ts";

/** What a command does around a deletion, under the same lock. */
export interface AroundDelete {
  /** Before anything is deleted. */
  first?: (operation: Operation) => Promise<void>;
  /** After all is deleted, before the journal is removed: when it fails, the next run does it again. */
  last?: (operation: Operation) => Promise<void>;
}

/**
 * Deletes the cluster with kOps: instances, groups, load balancers, roles, records, and its folder in the store.
 * Nothing is drained, so no PodDisruptionBudget is asked. What is shared (network, subnets, zone) stays, without the
 * tags that kOps put on it. Everything in its folder is archived first, for kOps deletes it. What kOps leaves behind is
 * deleted after it. Refused before anything is deleted, when it could not end or would take what workloads made. A
 * cluster that is not there is deleted. An interrupted deletion is continued by the next. The journal goes last, and
 * after the clearing of archives whose time is over the lock.
 */
export async function deleteCluster(
  inputs: KopsClusterInputs,
  signal: AbortSignal,
  around: AroundDelete = {},
): Promise<void> {
  await runOperation(inputs, "delete", signal, (operation) => deleteWith(operation, around));
}

/**
 * The deletion as one operation, under the cluster's lock. The order must not change: what is not gone yet must be in
 * the journal.
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
  if (keepsNothing(inputs)) await removeAllArchived(store, inputs.name);
  await last?.(operation);
  await store.delete(placesOf(inputs.name).pause);
  await operation.removeJournal();
  progress.say("the cluster is deleted");
  // Of other clusters: after the journal, so that what is wrong with theirs leaves nothing of this one.
  await removeExpiredArchives(store, progress, new Date());
}

/**
 * The cluster's folder may have been removed by hand while its machines run on: kOps deletes only what it finds a
 * manifest of. So it gets back the one that Pulumi's state has.
 */
async function putBackManifests(operation: Operation): Promise<void> {
  const { inputs, store, progress } = operation.context;
  if (operation.journal.applied === undefined || operation.journal.deletion?.begun !== undefined) return;
  if (kopsKeysOf(inputs.name).config in (await manifestEtags(store, inputs.name))) return;
  if (Object.keys(await observeInstanceGroups(inputs)).length === 0) return;
  progress.say(
    "the store has no manifests of the cluster, the cloud has its instance groups: writing the manifests back, to " +
      "delete by them",
  );
  await operation.step("ManifestsPutBack", async () => {
    await replaceManifests(operation.context, manifestOf(desiredSpec(inputs)));
    return [];
  });
}

/** The part of a deletion that takes the cluster away. The journal is left, to say so until all is done. */
export async function removeCluster(operation: Operation, cloud: Cloud = aws): Promise<void> {
  const { context, journal } = operation;
  const { inputs, store, progress } = context;
  const spec = await liveClusterSpec(store, inputs.name);
  const names = await namesOf(store, inputs, journal, spec);
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
        made: { autoScalingGroups: names.autoScalingGroups, records: names.records },
      };
      // From here on the cluster is not what was applied; whoever wants it again makes a new one.
      delete journal.applied;
      delete journal.written;
      operation.found([{ type: "CloudApplied", status: "False", reason: "Deleting", message: "" }]);
      await operation.save();
      progress.say("deleting the cluster's cloud resources");
      await deleteWithKops(operation, names, cloud);
      // Within the step, which does not end by this: the next run asks kOps again.
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
  // Once kOps was told to make something; of an adopted cluster it has tagged all.
  if (journal.origin === "made" && journal.lastApplied !== undefined) {
    const { removeEmptyProfiles } = await import("../aws/resources/empty-profiles.ts");
    const removed = await removeEmptyProfiles(inputs);
    if (removed.length > 0)
      progress.say(`deleted instance profiles that kOps had not tagged yet: ${removed.join(", ")}`);
  }
  if (journal.deletion?.begun !== undefined) {
    await removeLeftovers(operation, names, cloud);
    await removeRest(operation);
  }
  if (journal.subnetTags !== undefined) {
    const { undoSubnetTags } = await import("../operation/shared-subnets.ts");
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
  const made = await archiveForDeletion(store, {
    cluster: inputs.name,
    owner: inputs.owner,
    kopsVersion,
    spec,
    retain,
    name,
    now: new Date(),
  });
  const etcd = Object.entries(made.etcdBackups).map(
    ([cluster, backup]) =>
      `${cluster} ` +
      ("copied" in backup ? backup.copied : "stays" in backup ? `stays in ${backup.stays}` : "has none yet"),
  );
  progress.say(
    `archived until ${made.until}: ${made.objects.length} objects in ` +
      `${store.url}/${placesOf(inputs.name).archive}/${name}; etcd backups: ${etcd.join(", ") || "none"}`,
  );
}

/**
 * kOps removes a folder a thousand objects at a time: killed in between, it leaves keys behind that no manifest speaks
 * of any more. They go once they are in the archive, and none that is another cluster's.
 */
async function removeRest({ context: { store, inputs }, journal }: Operation): Promise<void> {
  const all = (await store.list(`${inputs.name}/`)).map(({ key }) => key);
  const inside = clustersInside(inputs.name, all);
  const keys = all.filter((key) => !inside.some((other) => key.includes(`/${other}/`)));
  if (!keepsNothing(inputs) && journal.deletion?.archive !== undefined)
    await addToArchive(store, inputs.name, journal.deletion.archive, keys);
  for (const key of keys) await store.delete(key);
}
