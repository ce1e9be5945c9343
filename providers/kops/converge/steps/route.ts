import { isReady } from "../../model/conditions.ts";
import { isControlPlane } from "../../model/instance-groups.ts";
import type { Operation } from "../../operation/operation.ts";
import { observeVersions, waitingNodes } from "../../plan/facts/waiting-nodes.ts";
import { planFor } from "../../plan/plan-cache.ts";
import { isInUse } from "../../store/lifecycle.ts";

/**
 * Which steps an operation takes.
 * - `new`: the cluster is not in use yet. kOps applies everything at once; only a run that continues rolls nodes.
 * - `nodes`: the plan touches no control-plane node.
 * - `whole`: control plane first, then nodes. Also taken when it is not certain how far an earlier run came.
 */
export type Route = "new" | "nodes" | "whole";

/** `existed`: the store had the cluster's manifest before this run. */
export async function chooseRoute(
  { journal, continues, context }: Operation,
  existed: boolean,
): Promise<{ route: Route; rollsNodes: boolean }> {
  const { inputs } = context;
  if (!existed) return { route: "new", rollsNodes: false };
  if (continues !== undefined) return { route: isInUse(journal) ? "whole" : "new", rollsNodes: true };
  if (!isReady(journal.conditions) || inputs.rollingUpdate?.force === true) return { route: "whole", rollsNodes: true };
  const [{ plan }, versions] = await Promise.all([planFor(context), observeVersions(inputs)]);
  // Nodes may wait although nothing changes: somebody else wrote a version of their launch template.
  const waiting = Object.keys(waitingNodes(versions, inputs.instanceGroups, inputs.name));
  const touchesControlPlane =
    plan.rolls.some((one) => one.controlPlane) ||
    waiting.some((group) => isControlPlane(inputs.instanceGroups[group] ?? {}));
  if (touchesControlPlane) return { route: "whole", rollsNodes: true };
  return { route: "nodes", rollsNodes: plan.rolls.length > 0 || waiting.length > 0 };
}
