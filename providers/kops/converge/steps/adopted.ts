import type { Operation } from "../../operation/operation.ts";
import { plannedSecretChanges } from "../../plan/facts/secrets.ts";
import { observeVersions, upToDateFindings, waitingNodes } from "../../plan/facts/waiting-nodes.ts";
import { recordedSpec } from "../../model/spec.ts";
import { planFor } from "../../plan/plan-cache.ts";
import { isUnchanged } from "../../plan/plan.ts";
import { manifestEtags } from "../../store/manifests.ts";

/**
 * Step Adopted: adopts a cluster that already matches the desired spec by a note in the journal alone. Touches neither
 * kOps's objects nor the cloud.
 * @returns false, without a step, when the cluster differs or nodes wait for a roll: it then takes the usual route
 */
export async function adoptUnchanged(operation: Operation): Promise<boolean> {
  const { context, journal } = operation;
  const { inputs, store, progress } = context;
  const [{ plan }, versions, secrets] = await Promise.all([
    planFor(context),
    observeVersions(inputs),
    plannedSecretChanges(context, journal),
  ]);
  const nodes = upToDateFindings(waitingNodes(versions, inputs.instanceGroups, inputs.name), inputs, []);
  if (!isUnchanged(plan, secrets) || nodes.some(({ status }) => status !== "True")) return false;
  await operation.step("Adopted", async () => {
    journal.written = { ...journal.written, digest: operation.digest, etags: await manifestEtags(store, inputs.name) };
    journal.instanceGroups = Object.keys(inputs.instanceGroups).sort();
    // Somebody else applied it, and it is the same spec.
    journal.lastApplied = recordedSpec(inputs, journal.lastApplied);
    if (inputs.additionalObjects) journal.additionalObjects = true;
    progress.say("adopted as it is");
    return [
      { type: "SpecWritten", status: "True", reason: "Adopted", message: "" },
      { type: "CloudApplied", status: "True", reason: "Applied", message: "" },
      ...nodes,
    ];
  });
  return true;
}
