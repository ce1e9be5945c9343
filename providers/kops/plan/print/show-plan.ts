import type { KopsClusterInputs } from "../../model/inputs.ts";
import { consoleProgress } from "../../runtime/progress.ts";
import { secretLines } from "../../model/secrets.ts";
import type { SecretChange } from "../../model/secrets.ts";
import { readJournal } from "../../store/journal.ts";
import type { Difference } from "../diff.ts";
import { documentOf } from "../plan-document.ts";
import type { PlanFacts } from "../plan-document.ts";
import { documentLines } from "./plan-lines.ts";

/*
 * What is imported when it is needed is so because a preview without a change, the most frequent of all, must not wait
 * for clients of Kubernetes and Auto Scaling.
 */

/**
 * Makes the plan, unless it is in the cache, and shows it, unless this run of Pulumi has. `foreignOwner`: whose the cluster
 * was that is taken over.
 */
export async function showPlan(
  inputs: KopsClusterInputs,
  change: Pick<PlanFacts, "old" | "difference">,
  signal: AbortSignal,
  foreignOwner?: string,
): Promise<void> {
  const [{ withContext }, { planFor, lookAhead }, { noteShown }, { handOut }, { adoptionLines }, { changesOf }] =
    await Promise.all([
      import("../../operation/context.ts"),
      import("../preview.ts"),
      import("./shown.ts"),
      import("../reviewed-plan.ts"),
      import("./adoption.ts"),
      import("../planned-secrets.ts"),
    ]);
  await withContext(inputs, "plan", signal, async (context) => {
    const planned = await planFor(context);
    await noteShown(context, planned.etags);
    if (planned.alreadyShown) return;
    const document = await lookAhead(context, planned, change, { asksApi: true });
    for (const line of document.toBeFinished) context.progress.say(`to be finished: ${line}`);
    const secrets = async (): Promise<SecretChange[]> =>
      await changesOf(context, await readJournal(context.store, inputs.name));
    const first =
      foreignOwner === undefined
        ? secretLines(change.old, inputs)
        : adoptionLines(foreignOwner, planned.plan, await secrets());
    for (const line of [...first, ...documentLines(document)]) context.progress.say(`plan: ${line}`);
    await handOut(document, context.env);
    await planned.shown();
  });
}

/** Makes the plan, unless it is in the cache, and says nothing. `isNew`: of a cluster that Pulumi does not know yet. */
export async function makeSurePlan(inputs: KopsClusterInputs, signal: AbortSignal, isNew = false): Promise<void> {
  const [{ withContext }, { planFor }, { refuseOtherAuthority }] = await Promise.all([
    import("../../operation/context.ts"),
    import("../preview.ts"),
    import("../planned-secrets.ts"),
  ]);
  await withContext(inputs, "plan", signal, async (context) => {
    if (isNew) await refuseOtherAuthority(context);
    await planFor(context);
  });
}

/**
 * Stops where kOps does not know a field, of inputs that are refused for another reason and of which no plan is made.
 */
export async function makeSureOfFields(inputs: KopsClusterInputs, signal: AbortSignal): Promise<void> {
  const [{ withContext }, { writeToCopy }] = await Promise.all([
    import("../../operation/context.ts"),
    import("../preview.ts"),
  ]);
  await withContext(inputs, "plan", signal, writeToCopy);
}

/** Only the way to the next change is another: no kOps is asked what it would do. */
export async function showMetadata(inputs: KopsClusterInputs, found: Difference): Promise<void> {
  const empty = { create: [], modify: [], remove: [], prune: [], rolls: [], leaves: [] };
  const document = documentOf({
    inputs,
    old: undefined,
    difference: found,
    plan: empty,
    sizes: {},
    api: undefined,
    now: new Date(),
  });
  const progress = consoleProgress(inputs.name, Date.now);
  for (const line of documentLines(document)) progress.say(`plan: ${line}`);
  const { handOut } = await import("../reviewed-plan.ts");
  await handOut(document, process.env);
}
