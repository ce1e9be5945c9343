import type { Plan } from "../../../providers/kops/plan/plan.ts";

/** A plan that does nothing, but for the changes. */
export function cloudPart(changes: Partial<Plan> = {}): Plan {
  return { create: [], modify: [], remove: [], prune: [], rolls: [], leaves: [], ...changes };
}
