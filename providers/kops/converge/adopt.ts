import { planFor } from "../plan/preview.ts";
import { changesOf } from "../plan/planned-secrets.ts";
import { manifestEtags } from "../store/manifests.ts";
import type { Operation } from "../operation/operation.ts";
import { observeVersions, upToDateFindings, waitingNodes } from "../plan/waiting-nodes.ts";
import { isAsDesired } from "../plan/print/adoption.ts";

/**
 * Takes over a cluster that is what is asked for: notes in the journal that it is so. Neither kOps's objects nor the
 * cloud are touched. When it is not as asked for, or nodes wait for a roll, nothing is done here: it goes the way of
 * every change.
 */
export async function adoptAsIs(operation: Operation): Promise<boolean> {
  const { context, journal } = operation;
  const { inputs, store, progress } = context;
  const [{ plan }, versions, secrets] = await Promise.all([
    planFor(context),
    observeVersions(inputs),
    changesOf(context, journal),
  ]);
  const nodes = upToDateFindings(waitingNodes(versions, inputs.instanceGroups, inputs.name), inputs, []);
  if (!isAsDesired(plan, secrets) || nodes.some(({ status }) => status !== "True")) return false;
  await operation.step("Adopted", async () => {
    journal.written = { digest: operation.digest, etags: await manifestEtags(store, inputs.name) };
    journal.instanceGroups = Object.keys(inputs.instanceGroups).sort();
    // The cloud is as somebody else told it, which is the same.
    const { kopsVersion, cluster, instanceGroups } = inputs;
    journal.lastApplied = { kopsVersion, cluster, instanceGroups };
    progress.say("taken over as it is");
    return [
      { type: "SpecWritten", status: "True", reason: "Adopted", message: "" },
      { type: "CloudApplied", status: "True", reason: "Applied", message: "" },
      ...nodes,
    ];
  });
  return true;
}
