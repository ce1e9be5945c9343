import { prune as pruneFlag } from "../../kops-cli/flags.ts";
import { mostAttempts } from "../../kops-cli/output/index.ts";
import { KopsError } from "../../model/errors.ts";
import type { Operation } from "../../operation/operation.ts";
import { apply } from "./apply.ts";
import type { Applying } from "./apply.ts";
import type { Route } from "./route.ts";

/**
 * Step Pruned: deletes what the cluster no longer uses, once no node waits for its roll. `kept`: what kOps kept in the
 * last apply; undefined when nobody knows.
 */
export async function prune(
  operation: Operation,
  route: Route,
  removed: readonly string[],
  kept: readonly string[] | undefined,
): Promise<void> {
  // Nodes that wait for their roll may still use what kOps keeps until `--prune`.
  const waits = operation.journal.conditions.some(
    ({ type, status }) => (type === "ControlPlaneUpToDate" || type === "NodesUpToDate") && status !== "True",
  );
  if (waits && kept !== undefined && kept.length > 0)
    operation.context.progress.say(`kept until no node waits for its roll: ${kept.join(", ")}`);
  if (!waits && isToBePruned(route, removed, kept)) {
    await operation.step("Pruned", async () => {
      await applyAndPrune(operation);
      return [];
    });
  }
}

/**
 * Whether `--prune` may have something to do. After a group is removed it has: only now nothing needs what served that
 * group alone, such as the SSH rules of a bastion.
 */
export function isToBePruned(route: Route, removed: readonly string[], kept: readonly string[] | undefined): boolean {
  return route === "whole" || removed.length > 0 || kept === undefined || kept.length > 0;
}

export async function applyAndPrune(operation: Applying): Promise<void> {
  for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
    if ((await apply(operation, [pruneFlag])) !== undefined) return;
  }
  throw new KopsError({
    what: `What cluster ${operation.context.inputs.name} no longer uses cannot be deleted`,
    why:
      `kOps looked ${mostAttempts} times for the security group rules to delete, each time before it had found all ` +
      "groups",
    next: "run `pulumi up` again: it continues here",
  });
}
