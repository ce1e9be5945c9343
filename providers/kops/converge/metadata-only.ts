import { difference, isMetadataOnly } from "../plan/diff.ts";
import { upgradeState } from "../model/outputs.ts";
import { manifestEtags } from "../store/manifests.ts";
import type { Operation } from "../operation/operation.ts";
import { canonicalJson } from "../model/spec.ts";
import type { KopsClusterOutputs } from "../model/outputs.ts";
import type { ObservedOutputs } from "../observe/outputs.ts";

/**
 * Outputs of an update that only changes settings of later operations, such as intervals, time-outs and deletion
 * protection. Writes the journal and runs no kOps command. Undefined when there is more to do. Compares with the old
 * state too: only there is what a refresh found in the cloud.
 */
export async function metadataOnlyOutputs(
  operation: Operation,
  old: Record<string, unknown>,
): Promise<KopsClusterOutputs | undefined> {
  const { context, journal } = operation;
  if (operation.continues !== undefined || !journal.applied || !journal.outputs) return undefined;
  // The journal already has this operation, which is saved only with its first step.
  const before = { ...journal, operation: undefined };
  if (!isMetadataOnly(difference(context.inputs, old, before), context.inputs, before)) return undefined;
  // Somebody else deleted or wrote manifests: they are no longer what was applied.
  if (canonicalJson(await manifestEtags(context.store, context.inputs.name)) !== canonicalJson(journal.written?.etags))
    return undefined;
  delete journal.operation;
  await operation.save();
  context.progress.say("the cluster is up to date: only settings of later operations changed");
  return {
    ...(upgradeState(journal.outputs) as unknown as ObservedOutputs & Pick<KopsClusterOutputs, "lastOperation">),
    conditions: journal.conditions,
    revision: journal.applied.revision,
    appliedDigest: operation.digest,
  };
}
