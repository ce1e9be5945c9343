import { difference, isMetadataOnly } from "../plan/diff.ts";
import { manifestEtags } from "../store/manifests.ts";
import type { Operation } from "../operation/operation.ts";
import { canonicalJson } from "../model/spec.ts";
import type { KopsClusterOutputs } from "../model/outputs.ts";
import type { ObservedOutputs } from "../observe/observe-outputs.ts";
import { upgradeState } from "../model/outputs.ts";

/**
 * The outputs of a cluster that already is as asked for, as when only the way to get there changed (intervals,
 * time-outs, the owner's protection): its journal is written, and no kOps is run. Nothing when there is work to do. By
 * the old state too, for what a refresh found in the cloud stands there alone.
 */
export async function metadataOnlyOutputs(
  operation: Operation,
  old: Record<string, unknown>,
): Promise<KopsClusterOutputs | undefined> {
  const { context, journal } = operation;
  if (operation.continues !== undefined || !journal.applied || !journal.outputs) return undefined;
  // The operation that has just begun stands in the journal already; it is only ever written with its first step.
  const before = { ...journal, operation: undefined };
  if (!isMetadataOnly(difference(context.inputs, old, before), context.inputs, before)) return undefined;
  // Gone, or written by somebody else since: no longer what was applied.
  if (canonicalJson(await manifestEtags(context.store, context.inputs.name)) !== canonicalJson(journal.written?.etags))
    return undefined;
  delete journal.operation;
  await operation.save();
  context.progress.say("the cluster is as asked for: nothing was changed but how the next change is made");
  return {
    ...(upgradeState(journal.outputs) as unknown as ObservedOutputs & Pick<KopsClusterOutputs, "lastOperation">),
    conditions: journal.conditions,
    revision: journal.applied.revision,
    appliedDigest: operation.digest,
  };
}
