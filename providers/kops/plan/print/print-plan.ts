import type { KopsClusterInputs } from "../../model/inputs.ts";
import { clusterLines } from "../../runtime/progress.ts";
import { secretLines } from "../../model/secrets.ts";
import type { SecretChange } from "../../model/secrets.ts";
import { readJournal } from "../../store/journal.ts";
import type { Difference } from "../diff.ts";
import { documentOf, describePlan } from "../document/plan-document.ts";
import type { PlanFacts } from "../document/plan-document.ts";
import { planBlock } from "./plan-block.ts";
import type { PlanLine } from "./plan-block.ts";

/*
 * Some modules are imported only when needed: a preview without a change, the most frequent one, must not wait for the
 * clients of Kubernetes and Auto Scaling.
 */

function print(cluster: string, block: readonly PlanLine[]): void {
  const write = clusterLines(cluster);
  for (const { text, paint } of block) write(`plan: ${text}`, paint);
}

/** Prints lines on a plan, unless this run of Pulumi has. */
export async function printOnce(cluster: string, block: readonly PlanLine[]): Promise<void> {
  const { isFirstPrint } = await import("./printed-plan.ts");
  const lines = block.map(({ text }) => text);
  if (await isFirstPrint(cluster, lines, process.env)) print(cluster, block);
}

/**
 * Makes the plan, unless it is cached, and prints it, unless this run of Pulumi has. `foreignOwner`: the owner of the
 * cluster that is adopted, in words.
 */
export async function showPlan(
  inputs: KopsClusterInputs,
  change: Pick<PlanFacts, "old" | "difference">,
  signal: AbortSignal,
  foreignOwner?: string,
): Promise<void> {
  const [
    { withContext },
    { planFor },
    { recordShownPlan },
    { writePlanDocument },
    { adoptionLines },
    { plannedSecretChanges },
  ] = await Promise.all([
    import("../../operation/context.ts"),
    import("../plan-cache.ts"),
    import("./printed-plan.ts"),
    import("../document/reviewed-plan.ts"),
    import("./adoption.ts"),
    import("../facts/secrets.ts"),
  ]);
  await withContext(inputs, "plan", signal, async (context) => {
    const planned = await planFor(context);
    const { etags, alreadyShown } = planned;
    if (alreadyShown !== undefined) {
      await recordShownPlan(context, { etags, digest: alreadyShown });
      return;
    }
    const document = await describePlan(context, planned, change, { asksAll: true });
    await recordShownPlan(context, { etags, digest: document.digest });
    const secrets = async (): Promise<SecretChange[]> =>
      await plannedSecretChanges(context, await readJournal(context.store, inputs.name));
    const cause =
      foreignOwner === undefined
        ? secretLines(change.old, inputs)
        : adoptionLines(foreignOwner, planned.plan, await secrets());
    print(inputs.name, planBlock(document, cause));
    await writePlanDocument(document, context.env);
    await planned.shown(document.digest);
  });
}

/** Makes the plan, unless it is cached, and prints nothing. `isNew`: Pulumi does not know the cluster yet. */
export async function ensurePlan(inputs: KopsClusterInputs, signal: AbortSignal, isNew = false): Promise<void> {
  const [{ withContext }, { planFor }, { refuseOtherAuthority }] = await Promise.all([
    import("../../operation/context.ts"),
    import("../plan-cache.ts"),
    import("../facts/secrets.ts"),
  ]);
  await withContext(inputs, "plan", signal, async (context) => {
    if (isNew) await refuseOtherAuthority(context);
    await planFor(context);
  });
}

/** Refuses fields that kOps does not know, when no plan is made because the inputs are refused for another reason. */
export async function refuseUnknownFields(inputs: KopsClusterInputs, signal: AbortSignal): Promise<void> {
  const [{ withContext }, { writeToCopy }] = await Promise.all([
    import("../../operation/context.ts"),
    import("../store-copy.ts"),
  ]);
  await withContext(inputs, "plan", signal, writeToCopy);
}

/** Prints a change that only affects later operations. Runs no kOps command. */
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
  await printOnce(inputs.name, planBlock(document));
  const { writePlanDocument } = await import("../document/reviewed-plan.ts");
  await writePlanDocument(document, process.env);
}
