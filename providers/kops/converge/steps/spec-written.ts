import { replaceManifests } from "../../kops-cli/kops.ts";
import { additionalText, desiredAdditional, isSameAdditional } from "../../model/additional-objects.ts";
import type { AdditionalObject } from "../../model/additional-objects.ts";
import { LockedError } from "../../model/errors.ts";
import { canonicalJson, desiredSpec, withAssignments, withImages } from "../../model/spec.ts";
import { sshKeyIds } from "../../model/ssh-keys.ts";
import type { Operation } from "../../operation/operation.ts";
import { groupsWithFloatingImage, groupsWithNewImages, imageParameters, knownImages } from "../../plan/facts/images.ts";
import { planFor } from "../../plan/plan-cache.ts";
import { archiveManifests } from "../../store/archive.ts";
import { liveAdditional, liveCluster, manifestEtags } from "../../store/manifests.ts";
import { ConflictError } from "../../store/object-store.ts";
import { kopsKeysOf } from "../../store/keys.ts";
import { changedSince } from "../../store/resume.ts";
import { sshKeyChanges } from "../../store/ssh-keys.ts";

/** Step SpecWritten. `planned`: ETags of the manifests on which the plan was made. */
export async function writeSpec(operation: Operation, removed: readonly string[], planned: Etags): Promise<void> {
  await operation.step("SpecWritten", async () => {
    await writeManifests(operation, removed, planned);
    return [{ type: "SpecWritten", status: "True", reason: "Written", message: "" }];
  });
}

/** Images of the groups that name none, or a parameter: known ones stay, a new group takes the plan's. */
async function imagesFor(context: Operation["context"]): Promise<Record<string, string>> {
  const { inputs, store } = context;
  const floating = groupsWithFloatingImage(inputs.instanceGroups);
  if (floating.length === 0) return {};
  const known = await knownImages(store, inputs);
  if (groupsWithNewImages(inputs).length === 0 && floating.every((group) => group in known)) return known;
  const { plan } = await planFor(context);
  return { ...known, ...plan.images };
}

/** Records what parameters stand for, before the manifests have it: the run after a kill must take the same images. */
async function recordImages(operation: Operation, images: Readonly<Record<string, string>>): Promise<void> {
  const { journal, context } = operation;
  const taken = Object.entries(imageParameters(context.inputs.instanceGroups)).flatMap(([group, parameter]) => {
    const image = images[group];
    return image === undefined ? [] : [[group, { ...journal.images?.[group], parameter, image }] as const];
  });
  if (canonicalJson(Object.fromEntries(taken)) === canonicalJson(journal.images ?? {})) return;
  journal.images = Object.fromEntries(taken);
  await operation.save();
}

/**
 * Whether the manifests in the store may have a parameter in place of its image. kOps itself and older versions of this
 * program write it so.
 */
function hasUnrecordedImage({ context, journal }: Operation): boolean {
  return Object.entries(imageParameters(context.inputs.instanceGroups)).some(
    ([group, parameter]) => journal.images?.[group]?.parameter !== parameter,
  );
}

/** Records the SSH keys before they are written: the run after a kill must know which keys it may remove. */
async function recordSshKeys(operation: Operation): Promise<void> {
  const { journal, context } = operation;
  const known = journal.sshKeys ?? [];
  const ids = sshKeyIds(context.inputs.sshPublicKeys).filter((id) => !known.includes(id));
  if (ids.length === 0) return;
  journal.sshKeys = [...known, ...ids];
  await operation.save();
}

/**
 * Removes SSH keys from the store, before the desired one is written: kOps makes no plan of a cluster with two, but a
 * cluster with none, as after a kill at this point, is valid.
 */
async function removeSshKeys(
  { context: { store, inputs, progress } }: Pick<Operation, "context">,
  ids: readonly string[],
): Promise<void> {
  for (const id of ids) {
    progress.say(`SSH key ${id}: removed from the state store`);
    await store.delete(`${kopsKeysOf(inputs.name).sshKeys}${id}`);
  }
}

/** Whether the additional objects in the store are others than the desired ones. */
async function changedAdditional({ context: { store, inputs }, journal }: Operation) {
  const desired = desiredAdditional(inputs, journal);
  if (desired === undefined) return undefined;
  const { objects, etag } = await liveAdditional(store, inputs.name);
  return isSameAdditional(objects, desired) ? undefined : { desired, etag };
}

/** Writes the additional objects as kOps itself does: `kops replace` takes none. The journal knows it before. */
async function writeAdditional(
  operation: Operation,
  { desired, etag }: { desired: readonly AdditionalObject[]; etag: string | undefined },
): Promise<void> {
  const { context, journal } = operation;
  const { store, inputs } = context;
  const { additional } = kopsKeysOf(inputs.name);
  if (desired.length === 0) {
    await store.delete(additional);
    return;
  }
  journal.additionalObjects = true;
  await operation.save();
  try {
    await store.put(additional, additionalText(desired), etag === undefined ? { ifAbsent: true } : { ifMatch: etag });
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    throw new LockedError(
      {
        what: `The additional objects of cluster ${inputs.name} were changed by somebody else meanwhile`,
        why: `${store.url}/${additional} is not what it was a moment ago`,
        next: "run `pulumi up` again: its plan shows what it would write over them",
      },
      error,
    );
  }
}

type Etags = Readonly<Record<string, string>>;

/** Whether this program wrote these manifests last, for the spec that is desired now. */
function areWritten({ digest, journal: { written } }: Pick<Operation, "digest" | "journal">, now: Etags): boolean {
  return written?.digest === digest && canonicalJson(now) === canonicalJson(written.etags);
}

/**
 * Refuses to write over manifests that changed since the plan was made. Plain kOps takes no lock, so somebody may have
 * edited them by hand. Another run may have written what is desired now: that is no change.
 */
export function refuseChangedManifests(
  operation: Pick<Operation, "digest" | "journal"> & {
    readonly context: Pick<Operation["context"], "inputs" | "store">;
  },
  planned: Etags,
  now: Etags,
): void {
  const { inputs, store } = operation.context;
  if (areWritten(operation, now)) return;
  const changed = changedSince(planned, now, inputs.name, Object.keys(inputs.instanceGroups));
  if (changed.length === 0) return;
  throw new LockedError({
    what: `The manifests of cluster ${inputs.name} were changed since the plan for them was made`,
    why: `changed in ${store.url}: ${changed.join(", ")}`,
    next: "run `pulumi up` again: its plan shows what it would write over them; they were left as they are",
  });
}

/**
 * Writes the desired manifests, additional objects and SSH key, unless the store has them as this program wrote them.
 * Archives what it writes over. Removed groups stay in the store until they are drained.
 */
export async function writeManifests(operation: Operation, removed: readonly string[], planned: Etags): Promise<void> {
  const { context, journal } = operation;
  const { inputs, store } = context;
  const [before, sshKeys, additional] = await Promise.all([
    manifestEtags(store, inputs.name),
    sshKeyChanges(operation),
    changedAdditional(operation),
  ]);
  const renewsImages = hasUnrecordedImage(operation) || groupsWithNewImages(inputs).length > 0;
  const changes = sshKeys.missing.length + sshKeys.extra.length > 0 || additional !== undefined;
  if (!renewsImages && !changes && areWritten(operation, before)) return;
  const images = await imagesFor(context);
  const spec = withImages(desiredSpec(inputs), images);
  const live = await liveCluster(store, inputs.name);
  await recordSshKeys(operation);
  if (Object.keys(before).length > 0) await archiveManifests(context, Object.keys(before));
  // Right before the write, because kOps's own write has no condition.
  refuseChangedManifests(operation, planned, await manifestEtags(store, inputs.name));
  await recordImages(operation, images);
  await removeSshKeys(operation, sshKeys.extra);
  await replaceManifests(context, withAssignments(spec, live?.spec), live?.metadata);
  if (additional) await writeAdditional(operation, additional);
  if (inputs.additionalObjects?.length) journal.additionalObjects = true;
  else delete journal.additionalObjects;
  journal.written = { ...journal.written, digest: operation.digest, etags: await manifestEtags(store, inputs.name) };
  if (journal.sshKeys) journal.sshKeys = sshKeyIds(inputs.sshPublicKeys);
  journal.instanceGroups = [...new Set([...Object.keys(inputs.instanceGroups), ...removed])].sort();
}
