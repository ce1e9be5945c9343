import { isNothing } from "../plan/dry-run.ts";
import type { Plan } from "../plan/plan.ts";
import { planFor } from "../plan/preview.ts";
import { secretLinesOf } from "../model/secrets.ts";
import type { SecretChange } from "../model/secrets.ts";
import { changesOf } from "../plan/planned-secrets.ts";
import { manifestEtags } from "../store/manifests.ts";
import type { Operating } from "../operation/operation.ts";
import { observeVersions, upToDateFindings, waitingNodes } from "../plan/waiting-nodes.ts";

/** How many differences a person is shown. */
const shownAtMost = 30;

/**
 * What a person is told before a cluster is taken over: from whom, and where its manifests and secrets differ from the
 * wanted ones.
 */
export function adoptionLines(
  stranger: string,
  plan: Pick<Plan, "differences" | "leaves"> & Parameters<typeof isNothing>[0],
  secrets: readonly SecretChange[],
): string[] {
  const { cluster = [], groups = [] } = plan.differences ?? {};
  if (isAsWanted(plan, secrets))
    return [`takes over the cluster (${stranger}) as it is: nothing is written, nothing rolls`];
  const all = [...cluster, ...groups];
  return [
    `takes over the cluster (${stranger}) and changes it to what is asked for${all.length > 0 ? ":" : ""}`,
    ...all.slice(0, shownAtMost),
    ...(all.length > shownAtMost ? [`and ${all.length - shownAtMost} more`] : []),
    ...secretLinesOf(secrets),
  ];
}

/**
 * Whether a cluster is what is asked for, so that nothing need be written. A Cluster may leave out what another says as
 * kOps takes it by default: what counts is its completed form, which the dry run compares. A group has no such form,
 * and some of its fields (`rollingUpdate`) change nothing in the cloud: its text counts. Of secrets a dry run shows
 * nothing.
 */
export function isAsWanted(
  plan: Pick<Plan, "differences" | "leaves"> & Parameters<typeof isNothing>[0],
  secrets: readonly SecretChange[],
): boolean {
  return (
    secrets.length === 0 &&
    isNothing(plan) &&
    plan.leaves.length === 0 &&
    plan.differences !== undefined &&
    plan.differences.groups.length === 0
  );
}

/**
 * Takes over a cluster that is what is asked for: notes in the journal that it is so. Neither kOps's objects nor the
 * cloud are touched. When it is not as asked for, or nodes wait for a roll, nothing is done here: it goes the way of
 * every change.
 */
export async function adoptAsIs(operating: Operating): Promise<boolean> {
  const { desk, journal } = operating;
  const { inputs, store, progress } = desk;
  const [{ plan }, versions, secrets] = await Promise.all([
    planFor(desk),
    observeVersions(inputs),
    changesOf(desk, journal),
  ]);
  const nodes = upToDateFindings(waitingNodes(versions, inputs.instanceGroups, inputs.name), inputs, []);
  if (!isAsWanted(plan, secrets) || nodes.some(({ status }) => status !== "True")) return false;
  await operating.step("Adopted", async () => {
    journal.written = { digest: operating.digest, etags: await manifestEtags(store, inputs.name) };
    journal.instanceGroups = Object.keys(inputs.instanceGroups).sort();
    // The cloud is as somebody else told it, which is the same.
    const { kopsVersion, cluster, instanceGroups } = inputs;
    journal.told = { kopsVersion, cluster, instanceGroups };
    progress.say("taken over as it is");
    return [
      { type: "SpecWritten", status: "True", reason: "Adopted", message: "" },
      { type: "CloudApplied", status: "True", reason: "Applied", message: "" },
      ...nodes,
    ];
  });
  return true;
}
