import { updateConditions } from "../model/conditions.ts";
import type { Condition, Finding } from "../model/conditions.ts";
import { dryRun } from "../plan/dry-run.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import { readJournal } from "../store/journal.ts";
import type { Journal } from "../store/journal.ts";
import { observeInstanceGroups } from "./instance-groups.ts";
import { observeNames } from "./cloud-names.ts";
import type { KopsClusterOutputs } from "../model/outputs.ts";
import { kopsKeysOf } from "../store/keys.ts";
import { imageParameters, knownImages } from "../plan/facts/images.ts";
import { withContext } from "../operation/context.ts";
import type { OperationContext } from "../operation/context.ts";
import { confirmAccount } from "../operation/same-account.ts";
import { desiredSpec, digestOf, inShapeOf } from "../model/spec.ts";
import { imageParameterOf, isControlPlane, roleOf } from "../model/instance-groups.ts";
import { isSameAdditional } from "../model/additional-objects.ts";
import { groupsIn, liveAdditional, liveClusterSpec, liveGroupSpecs, manifestEtags } from "../store/manifests.ts";
import { withVersionGuard } from "../kubernetes/version-guard.ts";
import { observeVersions, upToDateFindings, waitingNodes } from "../plan/facts/waiting-nodes.ts";
import { findCertificateAuthority, readCertificateAuthority } from "../store/certificate-authority.ts";
import { cloudLines, rollLines } from "../plan/print/plan-lines.ts";
import { planFor } from "../plan/plan-cache.ts";
import { kopsOnCopyWithImages } from "../plan/store-copy.ts";
import { rollsOf } from "../plan/rolls.ts";
import { isNothing } from "../plan/plan.ts";
import { shortened } from "../model/shortened.ts";

/**
 * kOps on the store. When manifests have image parameters, kOps on a copy with the images that are kept, because a
 * changed parameter is not drift.
 */
async function withKeptImages(
  context: OperationContext,
  live: Record<string, Record<string, unknown>>,
): Promise<OperationContext["kops"]> {
  if (Object.keys(imageParameters(live)).length === 0) return context.kops;
  return await kopsOnCopyWithImages(
    context,
    await knownImages(context.store, { ...context.inputs, instanceGroups: live }),
  );
}

/** How many lines of drift a condition keeps: the outputs have it. The run prints all. */
const namedLines = 20;

/** Compares the cloud with the live manifests by kOps's dry run, which writes nothing. */
export async function observeCloud(
  context: OperationContext,
  live: Record<string, Record<string, unknown>>,
  known: readonly Condition[],
): Promise<Finding> {
  const { inputs, progress } = context;
  const kops = await withKeptImages(context, live);
  const compare = (): ReturnType<typeof dryRun> => dryRun(kops, inputs, progress);
  // While the control plane waits for its roll, kOps kept nodes at its version. Without the same guard that looks like
  // drift.
  const waits = known.some(
    ({ type, status, reason }) => type === "ControlPlaneUpToDate" && status === "False" && reason !== "NoControlPlane",
  );
  const changes = waits ? await withVersionGuard(context, compare) : await compare();
  if (isNothing(changes)) return { type: "CloudApplied", status: "True", reason: "Applied", message: "" };
  // Nodes that wait are another finding (observeNodes).
  const lines = [...cloudLines(changes), ...rollLines(rollsOf(changes.modify, live, inputs.name))];
  for (const line of lines) progress.say(`drift: ${line}`);
  return { type: "CloudApplied", status: "False", reason: "Drifted", message: shortened(lines, namedLines).join("; ") };
}

/** Instances that wait for a roll. Rolls to come are not among them: observeCloud finds their launch templates. */
async function observeNodes(
  context: OperationContext,
  live: Record<string, Record<string, unknown>>,
  known: readonly Condition[],
): Promise<Finding[]> {
  const { inputs, progress } = context;
  const waiting = waitingNodes(await observeVersions(inputs), live, inputs.name);
  const findings = upToDateFindings(waiting, { ...inputs, instanceGroups: live }, known);
  for (const { status, reason, message } of findings)
    if (status === "False" && reason === "NeedsUpdate") progress.say(`drift: ${message}`);
  return findings;
}

/**
 * Whether an operation was killed while it wrote the manifests. Some may then be old, new or missing: kOps may refuse
 * them, and together they are a spec that nobody desired.
 */
export function isHalfWritten(journal: Pick<Journal, "operation"> | undefined): boolean {
  return (
    journal?.operation?.steps.some(
      ({ name, ended }) => (name === "SpecWritten" || name === "ManifestsPutBack") && ended === undefined,
    ) === true
  );
}

/** Objects that somebody wrote after this program, as paths of the inputs. A deleted object is another finding. */
export function editedPaths(
  cluster: string,
  ours: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
): string[] {
  const keys = kopsKeysOf(cluster);
  return Object.keys(ours)
    .filter((key) => now[key] !== undefined && now[key] !== ours[key])
    .map((key) => {
      if (key === keys.config) return "cluster";
      return key === keys.additional ? "additionalObjects" : `instanceGroups.${key.slice(keys.instanceGroups.length)}`;
    });
}

/**
 * Manifests that were edited by hand, property by property. A refresh shows edits of desired fields in the inputs; this
 * also finds added fields, applied or not. kOps writes the desired manifests to a copy, because only manifests in its
 * own form can be compared.
 */
async function observeManifests(
  context: OperationContext,
  desired: KopsClusterInputs,
  touched: readonly string[],
): Promise<Finding[]> {
  const edited = touched.filter(
    (path) =>
      path === "cluster" ||
      path === "additionalObjects" ||
      path.slice("instanceGroups.".length) in desired.instanceGroups,
  );
  if (edited.length === 0) return [];
  const { differences, additional } = (await planFor({ ...context, inputs: desired })).plan;
  const lines = [
    ...(differences?.cluster ?? []),
    ...(differences?.groups ?? []),
    ...(additional?.changes ?? []).map((line) => `additionalObjects.${line}`),
  ].filter((line) => edited.some((path) => line.startsWith(`${path}.`)));
  if (lines.length === 0) return [];
  for (const line of lines) context.progress.say(`drift: ${line}`);
  return [{ type: "SpecWritten", status: "False", reason: "Edited", message: shortened(lines, namedLines).join("; ") }];
}

/** How manifests, cloud and nodes differ from what was written. Nothing is compared with half-written manifests. */
async function observeAll(
  context: OperationContext,
  { desired, touched }: { desired: KopsClusterInputs; touched: readonly string[] },
  live: Record<string, Record<string, unknown>>,
  known: readonly Condition[],
  journal: Journal | undefined,
): Promise<Finding[]> {
  if (isHalfWritten(journal)) {
    context.progress.say(
      "the manifests are half written, because the last operation was interrupted: cloud and nodes are not compared " +
        "with them; the next `pulumi up` or `destroy` finishes it",
    );
    return [];
  }
  const [cloud, nodes] = await Promise.all([observeCloud(context, live, known), observeNodes(context, live, known)]);
  const found = [...(await observeManifests(context, desired, touched)), cloud, ...nodes];
  if (Object.values(live).some(isControlPlane)) return found;
  return [
    ...found,
    {
      type: "ControlPlaneUpToDate",
      status: "False",
      reason: "NoControlPlane",
      message: "no control-plane group is in the store",
    },
  ];
}

/** Keeps the time of findings that have not changed, so that a refresh without news changes nothing. */
export function keepTransitionTimes(found: readonly Condition[], before: readonly Condition[]): Condition[] {
  return found.map((one) => {
    const same = before.find(({ type, status }) => type === one.type && status === one.status);
    return same ? { ...one, lastTransitionTime: same.lastTransitionTime } : one;
  });
}

/**
 * The spec of one object as a refresh reports it. Untouched since this program wrote it: the desired spec, because kOps
 * rewrites some values and the text cannot be compared. Otherwise the live spec, reduced to the desired fields.
 * `image`: the recorded value of the desired spec's image parameter.
 */
export function observedSpec(
  desired: Record<string, unknown> | undefined,
  live: Record<string, unknown>,
  untouched: boolean,
  image?: string,
): Record<string, unknown> {
  if (!desired) return live;
  if (untouched) return desired;
  const found = inShapeOf(desired, live) as Record<string, unknown>;
  // The store has the value of the image parameter.
  const parameter = imageParameterOf(desired);
  if (parameter !== undefined && live["image"] === image) found["image"] = parameter;
  // kOps stores the control plane's role under its old name.
  return "role" in found && roleOf(desired) === roleOf(live) ? { ...found, role: desired["role"] } : found;
}

/**
 * The additional objects as a refresh reports them: those in the store, unless the inputs name none or these are the
 * same.
 */
export function observedAdditional(
  desired: KopsClusterInputs["additionalObjects"],
  live: NonNullable<KopsClusterInputs["additionalObjects"]>,
): Pick<KopsClusterInputs, "additionalObjects"> {
  if (desired === undefined) return {};
  return { additionalObjects: isSameAdditional(live, desired) ? desired : live };
}

/**
 * The spec from which the manifests were last written, and their ETags then: the state's inputs, or the spec last
 * applied when an earlier refresh changed the inputs. If it is neither, the state's inputs without ETags.
 */
export function writtenSpec(
  inputs: KopsClusterInputs,
  journal: Pick<Journal, "written" | "lastApplied"> | undefined,
): { desired: KopsClusterInputs; etags: Record<string, string> } {
  const { written, lastApplied } = journal ?? {};
  const desired = [inputs, ...(lastApplied ? [{ ...inputs, ...lastApplied }] : [])].find(
    (one) => digestOf(desiredSpec(one)) === written?.digest,
  );
  return desired && written ? { desired, etags: written.etags } : { desired: inputs, etags: {} };
}

/**
 * A cluster whose deletion did not end although kOps has nothing of it any more: tags, archive and journal remain. It
 * counts as present until they are done. Otherwise Pulumi would forget it, and nobody would finish.
 */
export function unfinishedDeletion<
  Inputs extends Pick<KopsClusterInputs, "owner">,
  Outputs extends Pick<KopsClusterOutputs, "conditions">,
>(
  inputs: Inputs,
  outputs: Outputs,
  journal: Pick<Journal, "owner" | "operation" | "conditions"> | undefined,
): { inputs: Inputs; outputs: Outputs } | undefined {
  if (journal?.operation?.verb !== "delete" || journal.owner !== inputs.owner) return undefined;
  return { inputs, outputs: { ...outputs, conditions: keepTransitionTimes(journal.conditions, outputs.conditions) } };
}

/**
 * Reads the manifests in the store, the cloud by a dry run of kOps, and the sizes of the groups. Drift appears as other
 * inputs and as conditions that are not true; the next `up` repairs it.
 * @returns undefined when the cluster does not exist; every other problem throws
 *
 * Does not ask the Kubernetes API, so that a refresh works the same without a connection to it. The condition Validated
 * stays as the last operation left it.
 */
export async function readCluster(
  inputs: KopsClusterInputs,
  outputs: KopsClusterOutputs,
  signal: AbortSignal,
): Promise<{ inputs: KopsClusterInputs; outputs: KopsClusterOutputs } | undefined> {
  return await withContext(inputs, "read", signal, async (context) => {
    const { store } = context;
    const keys = kopsKeysOf(inputs.name);
    const cluster = await liveClusterSpec(store, inputs.name);
    const journal = await readJournal(store, inputs.name);
    await confirmAccount(inputs.name, inputs, journal);
    if (!cluster) return unfinishedDeletion(inputs, outputs, journal);
    const etags = await manifestEtags(store, inputs.name);
    const { desired, etags: ours } = writtenSpec(inputs, journal);
    const [live, additional] = await Promise.all([
      liveGroupSpecs(store, inputs.name, groupsIn(etags, inputs.name)),
      liveAdditional(store, inputs.name),
    ]);
    const untouched = (key: string): boolean => ours[key] === etags[key];
    const instanceGroups = Object.fromEntries(
      Object.entries(live).map(([group, spec]) => [
        group,
        observedSpec(
          desired.instanceGroups[group],
          spec,
          untouched(`${keys.instanceGroups}${group}`),
          journal?.images?.[group]?.image,
        ),
      ]),
    );
    const known: Condition[] = journal?.conditions ?? outputs.conditions;
    const findings = await observeAll(
      context,
      { desired, touched: editedPaths(inputs.name, ours, etags) },
      live,
      known,
      journal,
    );
    // A create may have been killed before kOps made one. After the first successful apply it must exist.
    const authority =
      journal !== undefined && journal.applied === undefined ? findCertificateAuthority : readCertificateAuthority;
    const [certificateAuthority, observed, names] = await Promise.all([
      authority(store, inputs.name),
      observeInstanceGroups(desired),
      observeNames(desired),
    ]);
    return {
      inputs: {
        ...inputs,
        cluster: observedSpec(desired.cluster, cluster, untouched(keys.config)),
        instanceGroups,
        ...observedAdditional(desired.additionalObjects, additional.objects),
      },
      outputs: {
        ...outputs,
        conditions: keepTransitionTimes(updateConditions(known, findings, new Date()), outputs.conditions),
        ...(certificateAuthority !== undefined && { certificateAuthority }),
        observed,
        cloud: names,
      },
    };
  });
}
