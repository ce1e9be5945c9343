import { LockedError } from "../model/errors.ts";
import { groupsOfOpenImage, imageParameters, knownImages, takesNewImages } from "../plan/images.ts";
import { planFor } from "../plan/preview.ts";
import type { Operation } from "../operation/operation.ts";
import { sshKeyIds } from "../model/ssh-keys.ts";
import { canonicalJson, desiredSpec, manifestOf, withAssignments, withImages } from "../model/spec.ts";
import { archiveManifests } from "../store/archive.ts";
import { liveCluster, manifestEtags } from "../store/manifests.ts";
import { changedSince } from "../store/resume.ts";
import { sshKeyChanges } from "../store/ssh-keys.ts";
import { noteSshKeys, removeSshKeys } from "./ssh-keys.ts";
import { replaceManifests } from "../kops-cli/kops.ts";

/** Images for the groups that name none, or a parameter: those they have, for new groups those of the plan. */
async function imagesFor(context: Operation["context"]): Promise<Record<string, string>> {
  const { inputs, store } = context;
  const open = groupsOfOpenImage(inputs.instanceGroups);
  if (open.length === 0) return {};
  const known = await knownImages(store, inputs);
  if (!takesNewImages(inputs) && open.every((group) => group in known)) return known;
  const { plan } = await planFor(context);
  return { ...known, ...plan.images };
}

/**
 * The images that parameters stand for from now on. To be kept before they are written: a killed run must not take
 * others.
 */
async function noteImages(operation: Operation, images: Readonly<Record<string, string>>): Promise<void> {
  const { journal, context } = operation;
  const taken = Object.entries(imageParameters(context.inputs.instanceGroups)).flatMap(([group, parameter]) => {
    const image = images[group];
    return image === undefined ? [] : [[group, { parameter, image }] as const];
  });
  if (canonicalJson(Object.fromEntries(taken)) === canonicalJson(journal.images ?? {})) return;
  journal.images = Object.fromEntries(taken);
  await operation.save();
}

/**
 * Whether the manifests in the store have a parameter where they should have its image, as those of kOps itself or of
 * an older program.
 */
function hasUnrecorded({ context, journal }: Operation): boolean {
  return Object.entries(imageParameters(context.inputs.instanceGroups)).some(
    ([group, parameter]) => journal.images?.[group]?.parameter !== parameter,
  );
}

type Etags = Readonly<Record<string, string>>;

/** Whether the manifests are those that this program wrote last, for what is asked for now. */
function areWritten({ digest, journal: { written } }: Pick<Operation, "digest" | "journal">, now: Etags): boolean {
  return written?.digest === digest && canonicalJson(now) === canonicalJson(written.etags);
}

/**
 * Stops when the manifests are no longer those that the plan was made on, unless they are already what is asked for, as
 * after another run for the same. Plain kOps takes no lock: what somebody wrote by hand since the plan was shown would
 * be written over unseen.
 */
export function refuseUnseen(
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
 * Writes the desired manifests and SSH key, unless they lie in the store as this program wrote them; what is written
 * over is archived. Stops when they are not those of `planned` any more. Groups that leave stay there until they are
 * drained.
 */
export async function writeManifests(operation: Operation, leaves: readonly string[], planned: Etags): Promise<void> {
  const { context, journal } = operation;
  const { inputs, store } = context;
  const [before, sshKeys] = await Promise.all([manifestEtags(store, inputs.name), sshKeyChanges(operation)]);
  const renews =
    hasUnrecorded(operation) || (takesNewImages(inputs) && groupsOfOpenImage(inputs.instanceGroups).length > 0);
  if (!renews && areWritten(operation, before) && sshKeys.missing.length + sshKeys.extra.length === 0) return;
  const images = await imagesFor(context);
  const spec = withImages(desiredSpec(inputs), images);
  const live = await liveCluster(store, inputs.name);
  await noteSshKeys(operation);
  if (Object.keys(before).length > 0) await archiveManifests(context, Object.keys(before));
  // The last thing before the write: kOps's own is on no condition.
  refuseUnseen(operation, planned, await manifestEtags(store, inputs.name));
  await noteImages(operation, images);
  await removeSshKeys(operation, sshKeys.extra);
  await replaceManifests(context, manifestOf(withAssignments(spec, live?.spec), live?.metadata));
  journal.written = { digest: operation.digest, etags: await manifestEtags(store, inputs.name) };
  if (journal.sshKeys) journal.sshKeys = sshKeyIds(inputs.sshPublicKeys);
  journal.instanceGroups = [...new Set([...Object.keys(inputs.instanceGroups), ...leaves])].sort();
}
