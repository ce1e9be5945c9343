import { isNothing } from "../dry-run.ts";
import type { Plan } from "../plan.ts";
import { secretLinesOf } from "../../model/secrets.ts";
import type { SecretChange } from "../../model/secrets.ts";
/** How many differences a person is shown. */
const shownAtMost = 30;

/**
 * What a person is told before a cluster is taken over: from whom, and where its manifests and secrets differ from the
 * desired ones.
 */
export function adoptionLines(
  foreignOwner: string,
  plan: Pick<Plan, "differences" | "leaves"> & Parameters<typeof isNothing>[0],
  secrets: readonly SecretChange[],
): string[] {
  const { cluster = [], groups = [] } = plan.differences ?? {};
  if (isAsDesired(plan, secrets))
    return [`takes over the cluster (${foreignOwner}) as it is: nothing is written, nothing rolls`];
  const all = [...cluster, ...groups];
  return [
    `takes over the cluster (${foreignOwner}) and changes it to what is asked for${all.length > 0 ? ":" : ""}`,
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
export function isAsDesired(
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
