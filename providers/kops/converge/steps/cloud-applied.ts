import type { Condition, Finding } from "../../model/conditions.ts";
import { isControlPlane } from "../../model/instance-groups.ts";
import type { Operation } from "../../operation/operation.ts";
import { stopAt } from "../../operation/stops.ts";
import { apply } from "./apply.ts";
import { applyAllGroups, heldText, unknownVersion, withHold } from "./held-nodes.ts";
import type { Hold, WholeApply } from "./held-nodes.ts";
import type { Route } from "./route.ts";

/** What an apply of the whole cluster leaves to later steps. */
interface CloudApplied {
  /** What kOps keeps until `--prune`; undefined when an earlier run applied, or kOps did not look. */
  kept?: readonly string[] | undefined;
  /** Why kOps kept nodes at an older version, if it did. */
  heldNodes?: Finding | undefined;
}

/**
 * Step CloudApplied: applies all groups. A pause does not stop it: a pause is for rolls. `first`: what the apply before
 * the control plane's roll did, if it applied all groups.
 */
export async function applyCloud(
  operation: Operation,
  route: Route,
  existed: boolean,
  first?: WholeApply,
): Promise<CloudApplied> {
  const { progress } = operation.context;
  let result: CloudApplied = {};
  await operation.step("CloudApplied", async () => {
    if (route === "new") {
      progress.say("creating the cluster's cloud resources");
      result = { kept: await apply(operation, []) };
    } else result = await applyRest(operation, route, first);
    // A new cluster has nothing to prune.
    if (!existed) result = { ...result, kept: [] };
    return [{ type: "CloudApplied", status: "True", reason: "Applied", message: "" }];
  });
  return result;
}

/** Applies what the first apply left: nothing when that held no node back, or while the hold lasts. */
async function applyRest(operation: Operation, route: Route, first: WholeApply | undefined): Promise<CloudApplied> {
  const { context, journal } = operation;
  const waits = journal.conditions.find(({ type, status }) => type === "ControlPlaneUpToDate" && status !== "True");
  const applyNow = async (hold: Hold): Promise<CloudApplied> => {
    if (route === "whole") await stopBefore(operation, first);
    context.progress.say("applying the change to the cloud");
    return afterApply(await applyAllGroups(operation, hold), waits);
  };
  const keepFirst = async (done: WholeApply): Promise<CloudApplied> => {
    await operation.assertManifests();
    return afterApply(done, waits);
  };
  if (first && first.at === undefined) return await keepFirst(first);
  if (waits === undefined) return await applyNow({ at: undefined });
  return await withHold(operation, async (hold) => {
    if (first && ("unknown" in hold || hold.at === first.at)) return await keepFirst(first);
    if (!("unknown" in hold)) return await applyNow(hold);
    throw unknownVersion(operation, `the control plane waits for its roll (${waits.message})`, hold);
  });
}

function afterApply({ kept, at }: WholeApply, waits: Condition | undefined): CloudApplied {
  if (at === undefined || waits === undefined) return { kept };
  return { kept, heldNodes: { type: "NodesUpToDate", status: "False", reason: waits.reason, message: heldText(at) } };
}

/** Stops before the apply if the budget is used up. */
async function stopBefore(operation: Operation, first: WholeApply | undefined): Promise<void> {
  const { inputs } = operation.context;
  const nodes = Object.entries(inputs.instanceGroups)
    .filter(([, spec]) => !isControlPlane(spec))
    .map(([group]) => group);
  const wait = `${nodes.join(", ")} ${nodes.length === 1 ? "waits" : "wait"}`;
  const held = first?.at;
  const point =
    held === undefined
      ? { before: "the nodes were applied", waits: `${wait} to be applied` }
      : {
          before: `the nodes got Kubernetes ${String(inputs.cluster["kubernetesVersion"])}`,
          waits: `${wait} at Kubernetes ${held}`,
        };
  await stopAt({ ...point, reasons: ["BudgetUsed"] }, operation);
}
