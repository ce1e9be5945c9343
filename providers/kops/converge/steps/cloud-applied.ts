import { isBehind } from "../../kubernetes/version-guard.ts";
import type { Finding } from "../../model/conditions.ts";
import { isControlPlane } from "../../model/instance-groups.ts";
import type { Operation } from "../../operation/operation.ts";
import { stopAt } from "../../operation/stops.ts";
import { apply, underVersionGuard } from "./apply.ts";
import type { Route } from "./route.ts";

/** What an apply of the whole cluster leaves to later steps. */
interface CloudApplied {
  /** What kOps keeps until `--prune`; undefined when an earlier run applied, or kOps did not look. */
  kept?: readonly string[] | undefined;
  /** Why kOps kept nodes at an older version, if it did. */
  heldNodes?: Finding | undefined;
}

/** Step CloudApplied: applies all groups. A pause does not stop it: a pause is for rolls. */
export async function applyCloud(operation: Operation, route: Route, existed: boolean): Promise<CloudApplied> {
  const { inputs, progress } = operation.context;
  let result: CloudApplied = {};
  await operation.step("CloudApplied", async () => {
    if (route === "whole") {
      const nodes = Object.entries(inputs.instanceGroups)
        .filter(([, spec]) => !isControlPlane(spec))
        .map(([group]) => group);
      const waits = `${nodes.join(", ")} ${nodes.length === 1 ? "waits" : "wait"} to be applied`;
      await stopAt({ before: "the nodes were applied", waits, reasons: ["BudgetUsed"] }, operation);
    }
    progress.say(route === "new" ? "creating the cluster's cloud resources" : "applying the change to the cloud");
    result = route === "new" ? { kept: await apply(operation, []) } : await applyAll(operation);
    // A new cluster has nothing to prune.
    if (!existed) result = { ...result, kept: [] };
    return [{ type: "CloudApplied", status: "True", reason: "Applied", message: "" }];
  });
  return result;
}

/**
 * While control-plane nodes wait for their roll, kOps must see which version they run: otherwise a node launched from
 * now on could be newer than its API server. kOps then keeps nodes at the older version.
 */
async function applyAll(operation: Operation): Promise<CloudApplied> {
  const { context, journal } = operation;
  const controlPlane = journal.conditions.find(({ type }) => type === "ControlPlaneUpToDate");
  if (controlPlane === undefined || controlPlane.status === "True") return { kept: await apply(operation, []) };
  return await underVersionGuard(
    context,
    `the control plane waits for its roll (${controlPlane.message})`,
    async (versions) => {
      if (!isBehind(versions, context.inputs.cluster["kubernetesVersion"])) return { kept: await apply(operation, []) };
      const message = `nodes stay at Kubernetes ${versions.running.join(", ")} until the control plane is rolled`;
      context.progress.say(message);
      const kept = await apply(operation, []);
      return { kept, heldNodes: { type: "NodesUpToDate", status: "False", reason: controlPlane.reason, message } };
    },
  );
}
