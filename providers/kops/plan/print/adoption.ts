import { secretLinesOf } from "../../model/secrets.ts";
import type { SecretChange } from "../../model/secrets.ts";
import { isUnchanged } from "../plan.ts";
import { shortened } from "../../model/shortened.ts";

/** How many differences are printed. */
const shownAtMost = 30;

/** Lines on an adoption: the former owner, and where manifests and secrets differ from the desired ones. */
export function adoptionLines(
  foreignOwner: string,
  plan: Parameters<typeof isUnchanged>[0],
  secrets: readonly SecretChange[],
): string[] {
  const { cluster = [], groups = [] } = plan.differences ?? {};
  if (isUnchanged(plan, secrets))
    return [`adopts the cluster (${foreignOwner}) as it is: nothing is written, nothing rolls`];
  const all = [...cluster, ...groups];
  return [
    `adopts the cluster (${foreignOwner}) and changes it to the desired spec${all.length > 0 ? ":" : ""}`,
    ...shortened(all, shownAtMost),
    ...secretLinesOf(secrets),
  ];
}
