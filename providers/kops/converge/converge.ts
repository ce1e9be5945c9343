import { taggedSharedSubnets } from "../aws/tag-restoration.ts";
import { recoverFromDeletion } from "../delete/recover-from-deletion.ts";
import type { KopsClusterOutputs } from "../model/outputs.ts";
import { recordedSpec } from "../model/spec.ts";
import { observeOutputs } from "../observe/outputs.ts";
import type { Operation } from "../operation/operation.ts";
import { specChanges } from "../plan/facts/manifest-differences.ts";
import { refuseOtherAuthority } from "../plan/facts/secrets.ts";
import { takeShownPlan } from "../plan/print/printed-plan.ts";
import type { HistoryRecord } from "../store/history.ts";
import { groupsIn, liveGroupSpecs, manifestEtags } from "../store/manifests.ts";
import { kopsKeysOf } from "../store/keys.ts";
import { awaitDeletions } from "./await-deletions.ts";
import { refuseIrreversible, refuseRemovedControlPlane, refuseRunningWithoutManifests } from "./preconditions.ts";
import { rollControlPlane } from "./roll/control-plane-rolled.ts";
import { rollNodes } from "./roll/nodes-rolled.ts";
import { adoptUnchanged } from "./steps/adopted.ts";
import { awaitApi } from "./steps/api-served.ts";
import { applyCloud } from "./steps/cloud-applied.ts";
import { applyControlPlane } from "./steps/control-plane-applied.ts";
import { keepGroups } from "./steps/groups-kept.ts";
import type { WholeApply } from "./steps/held-nodes.ts";
import { finishRemovals, removeGroups } from "./steps/groups-left.ts";
import { prune } from "./steps/pruned.ts";
import { chooseRoute } from "./steps/route.ts";
import { writeSecrets } from "./steps/secrets-written.ts";
import { refuseChangedManifests, writeSpec } from "./steps/spec-written.ts";
import { followTemplates } from "./steps/templates-followed.ts";
import { awaitValid } from "./steps/validated.ts";

/**
 * Converges the cluster to the desired spec; create and update both run it. Every step is idempotent, so an interrupted
 * run can resume at any step. kOps replaces nodes one after another.
 *
 * The file of a step, in `steps/` or `roll/`, has the step's name in the journal.
 */
export async function converge(operation: Operation): Promise<KopsClusterOutputs> {
  const { exists, planned, removed, removedSpecs } = await begin(operation);
  if (operation.adopts !== undefined && (await adoptUnchanged(operation))) {
    await awaitValid(operation);
    return await finish(operation);
  }
  const { route, rollsNodes } = await chooseRoute(operation, exists);
  if (exists) await followTemplates(operation);
  if (taggedSharedSubnets(operation.context.inputs.cluster).length > 0) {
    const { noteSubnetTags } = await import("../operation/subnet-tags-noted.ts");
    await noteSubnetTags(operation);
  }
  await writeSpec(operation, removed, planned);
  await writeSecrets(operation);
  await keepGroups(operation);
  let first: WholeApply | undefined;
  if (route === "whole") {
    first = await applyControlPlane(operation);
    await rollControlPlane(operation);
  }
  const { kept, heldNodes } = await applyCloud(operation, route, exists, first);
  if (route === "new") {
    await awaitApi(operation, rollsNodes);
    if (rollsNodes) await rollControlPlane(operation);
  }
  if (rollsNodes) await rollNodes(operation, heldNodes);
  if (removed.length > 0) await removeGroups(operation, removed, removedSpecs);
  await prune(operation, route, removed, kept);
  await awaitValid(operation);
  return await finish(operation);
}

/** What a run starts from. */
interface Start {
  /** Whether the store has the cluster's manifest. */
  exists: boolean;
  /** ETags of the manifests on which the plan was made. */
  planned: Readonly<Record<string, string>>;
  /** Groups in the store that the inputs no longer have. */
  removed: readonly string[];
  removedSpecs: Readonly<Record<string, Record<string, unknown>>>;
}

/**
 * What the desired spec changes in the last one, without secrets. Of a change that is continued: what it changes in the
 * spec that the cluster was last brought to.
 */
export function changesOf({
  journal: { applied, lastApplied },
  context: { inputs },
}: {
  readonly journal: Pick<Operation["journal"], "applied" | "lastApplied">;
  readonly context: Pick<Operation["context"], "inputs">;
}): HistoryRecord["changes"] {
  const since = (spec: typeof lastApplied): HistoryRecord["changes"] =>
    spec === undefined ? "first" : specChanges(spec, recordedSpec(inputs, spec));
  const changes = since(lastApplied ?? applied?.spec);
  return changes.length === 0 ? since(applied?.spec) : changes;
}

/** Finishes what a deletion or a removal left half done, and refuses, before the first write, what must not be done. */
async function begin(operation: Operation): Promise<Start> {
  const { context, journal } = operation;
  const { inputs, store } = context;
  const shown = await takeShownPlan(context);
  operation.record.changed(changesOf(operation));
  if (shown) operation.record.planned({ shown: shown.digest });
  // Recovery from a deletion may itself delete the manifests that the plan was made on.
  const recovers = journal.deletion !== undefined;
  await recoverFromDeletion(operation);
  const etags = await manifestEtags(store, inputs.name);
  const planned = recovers ? etags : (shown?.etags ?? etags);
  refuseChangedManifests(operation, planned, etags);
  const exists = kopsKeysOf(inputs.name).config in etags;
  const removed = groupsIn(etags, inputs.name).filter((group) => !(group in inputs.instanceGroups));
  const removedSpecs = await liveGroupSpecs(store, inputs.name, removed);
  await refuseIrreversible(context, journal, etags);
  // Only before the first apply: a later rotation may have changed the authority, and an update need not follow it.
  if (operation.adopts !== undefined || journal.applied === undefined) await refuseOtherAuthority(context);
  refuseRemovedControlPlane(operation, removed, removedSpecs);
  const unfinished = await finishRemovals(operation, removed, removedSpecs);
  if (!exists) await refuseRunningWithoutManifests(context);
  await awaitDeletions(context);
  return { exists, planned, removed: unfinished, removedSpecs };
}

/** Closes the operation in the journal and returns the outputs. */
async function finish(operation: Operation): Promise<KopsClusterOutputs> {
  const { context, journal } = operation;
  const { inputs } = context;
  const observed = await observeOutputs(context);
  const at = new Date().toISOString();
  const lastOperation = { verb: journal.operation?.verb ?? "update", ended: at };
  const { digest } = operation;
  const revision = (journal.applied?.revision ?? 0) + (journal.applied?.digest === digest ? 0 : 1);
  journal.applied = {
    ...journal.applied,
    digest,
    kopsVersion: inputs.kopsVersion,
    revision,
    at,
    spec: recordedSpec(inputs, journal.applied?.spec),
  };
  journal.outputs = { ...observed, lastOperation };
  delete journal.operation;
  if (journal.movedFrom) journal.movedFrom.switched ??= at;
  await operation.save();
  context.progress.say("the cluster is up to date");
  return { ...observed, conditions: journal.conditions, revision, appliedDigest: digest, lastOperation };
}
