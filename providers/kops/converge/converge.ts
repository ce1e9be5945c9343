import { isReady } from "../model/conditions.ts";
import type { Finding } from "../model/conditions.ts";
import { observeOutputs } from "../observe/observe-outputs.ts";
import type { KopsClusterOutputs } from "../model/outputs.ts";
import { planFor } from "../plan/preview.ts";
import { takeShown } from "../plan/print/shown.ts";
import { followTemplates } from "./follow-templates.ts";
import { taggedSharedSubnets } from "../aws/subnet-tags.ts";
import { recoverFromDeletion } from "../delete/recover-from-deletion.ts";
import { roll } from "./roll/roll.ts";
import { controlPlaneRoles, nodeRoles, isControlPlane } from "../model/instance-groups.ts";
import { observeVersions, waitingNodes } from "../plan/waiting-nodes.ts";
import type { Operation } from "../operation/operation.ts";
import { stopAt } from "../operation/stops.ts";
import { refuseOtherAuthority } from "../plan/planned-secrets.ts";
import { groupsIn, liveGroupSpecs, manifestEtags } from "../store/manifests.ts";
import { kopsKeysOf } from "../store/keys.ts";
import { adoptAsIs } from "./adopt.ts";
import { apply, applyAll, applyAndPrune, applyControlPlane } from "./apply.ts";
import { finishHalfLeft, keepGroups, refuseRemovedControlPlane, removeGroups } from "./removed-groups.ts";
import { refuseLeftovers } from "./leftovers.ts";
import { refuseIrreversible } from "./last-applied.ts";
import { validate, validated } from "./validate.ts";
import { refuseUnseen, writeManifests } from "./write.ts";
import { writeSecrets } from "./write-secrets.ts";

/**
 * The way from the manifests to a cluster that is as asked for.
 * - `new`: nothing runs yet; everything is applied at once, nothing is rolled.
 * - `nodes`: the plan says that no control-plane node is touched.
 * - `whole`: control plane first, then nodes. Also the way whenever it is not certain how far an earlier run came.
 */
type Route = "new" | "nodes" | "whole";

async function chooseRoute(operation: Operation, existed: boolean): Promise<{ route: Route; rollsNodes: boolean }> {
  const { journal, context } = operation;
  if (!existed) return { route: "new", rollsNodes: false };
  if (operation.continues !== undefined) return { route: journal.applied ? "whole" : "new", rollsNodes: true };
  if (!isReady(journal.conditions) || context.inputs.rollingUpdate?.force === true)
    return { route: "whole", rollsNodes: true };
  const [{ plan }, versions] = await Promise.all([planFor(context), observeVersions(context.inputs)]);
  // Nodes may wait although nothing changes: somebody else wrote a version of their launch template.
  const waiting = Object.keys(waitingNodes(versions, context.inputs.instanceGroups, context.inputs.name));
  if (
    plan.rolls.some((one) => one.controlPlane) ||
    waiting.some((group) => isControlPlane(context.inputs.instanceGroups[group] ?? {}))
  )
    return { route: "whole", rollsNodes: true };
  return { route: "nodes", rollsNodes: plan.rolls.length > 0 || waiting.length > 0 };
}

/**
 * Whether `--prune` may have something to do, by what the last apply kept, as far as that is known. What served a group
 * that left alone, as the rules for SSH from a bastion, is only now of no use.
 */
export function isToBePruned(route: Route, leaves: readonly string[], kept: readonly string[] | undefined): boolean {
  return route === "whole" || leaves.length > 0 || kept === undefined || kept.length > 0;
}

/**
 * Brings the cluster to the desired spec: the one engine behind create and update. Every step may be entered again at
 * any point: it does nothing where nothing is left to do. Order: manifests, control plane applied and rolled, nodes
 * applied and rolled, leaving groups drained and deleted, what is no longer used pruned, the whole validated. Downtime
 * of nodes: one after another, as `kops rolling-update` does it.
 */
export async function converge(operation: Operation): Promise<KopsClusterOutputs> {
  const { inputs, store, progress } = operation.context;
  const shown = await takeShown(operation.context);
  // A deletion that this run takes back, or finishes, may itself take the manifests away.
  const revives = operation.journal.deletion !== undefined;
  await recoverFromDeletion(operation);
  const etags = await manifestEtags(store, inputs.name);
  const planned = revives ? etags : (shown ?? etags);
  refuseUnseen(operation, planned, etags);
  const exists = kopsKeysOf(inputs.name).config in etags;
  const removed = groupsIn(etags, inputs.name).filter((group) => !(group in inputs.instanceGroups));
  const removedSpecs = await liveGroupSpecs(store, inputs.name, removed);
  await refuseIrreversible(operation.context, operation.journal, etags);
  // Later a rotation may have given it another, which is no matter of an update.
  if (operation.adopts !== undefined || operation.journal.applied === undefined)
    await refuseOtherAuthority(operation.context);
  refuseRemovedControlPlane(operation, removed, removedSpecs);
  const leaves = await finishHalfLeft(operation, removed, removedSpecs);
  if (!exists) await refuseLeftovers(operation.context);
  if (operation.adopts !== undefined && (await adoptAsIs(operation))) {
    await validated(operation);
    return await finish(operation);
  }
  const { route, rollsNodes } = await chooseRoute(operation, exists);
  if (exists) await followTemplates(operation);

  if (taggedSharedSubnets(inputs.cluster).length > 0) {
    const { noteSubnetTags } = await import("../operation/shared-subnets.ts");
    await noteSubnetTags(operation);
  }
  await operation.step("SpecWritten", async () => {
    await writeManifests(operation, leaves, planned);
    return [{ type: "SpecWritten", status: "True", reason: "Written", message: "" }];
  });

  await writeSecrets(operation);
  await keepGroups(operation);

  if (route === "whole") {
    await operation.step("ControlPlaneApplied", async () => {
      await applyControlPlane(operation);
      return [];
    });
    await operation.step("ControlPlaneRolled", async () => [
      await roll(operation, { roles: controlPlaneRoles, condition: "ControlPlaneUpToDate" }),
    ]);
  }

  let heldBack: Finding | undefined;
  /**
   * What the cloud has and the cluster no longer asks for. Nothing is known of it when an earlier run applied, or kOps
   * did not look.
   */
  let unused: readonly string[] | undefined;
  await operation.step("CloudApplied", async () => {
    // A pause is for rolls: it does not keep a change from the cloud.
    const nodes = Object.entries(inputs.instanceGroups)
      .filter(([, spec]) => !isControlPlane(spec))
      .map(([group]) => group);
    const waits = `${nodes.join(", ")} ${nodes.length === 1 ? "waits" : "wait"} to be applied`;
    if (route === "whole")
      await stopAt({ before: "the nodes were applied", waits, reasons: ["BudgetUsed"] }, operation);
    progress.say(route === "new" ? "creating the cluster's cloud resources" : "applying the change to the cloud");
    const { kept, waits: held } =
      route === "new" ? { kept: await apply(operation, []), waits: undefined } : await applyAll(operation);
    // Of a new cluster there is nothing yet.
    [unused, heldBack] = [exists ? kept : [], held];
    return [{ type: "CloudApplied", status: "True", reason: "Applied", message: "" }];
  });

  if (route === "new") {
    await operation.step("ApiServed", async () => {
      progress.say("waiting for the new cluster");
      await validate(operation);
      return [
        { type: "ControlPlaneUpToDate", status: "True", reason: "UpToDate", message: "" },
        { type: "NodesUpToDate", status: "True", reason: "UpToDate", message: "" },
      ];
    });
  }
  if (route === "whole" || rollsNodes) {
    const roles = route === "new" ? [...controlPlaneRoles, ...nodeRoles] : nodeRoles;
    await operation.step("NodesRolled", async () => {
      const found = await roll(operation, { roles, condition: "NodesUpToDate" });
      return [found.status === "True" && heldBack ? heldBack : found];
    });
  }
  if (leaves.length > 0) {
    await operation.step("GroupsLeft", async () => {
      await validate(operation);
      await removeGroups(operation, leaves, removedSpecs);
      return [];
    });
  }
  // What kOps keeps back until `--prune` may still be in use by nodes that wait for their roll.
  const waits = operation.journal.conditions.some(
    ({ type, status }) => (type === "ControlPlaneUpToDate" || type === "NodesUpToDate") && status !== "True",
  );
  if (waits && unused !== undefined && unused.length > 0)
    progress.say(`kept until no node waits for its roll: ${unused.join(", ")}`);
  if (!waits && isToBePruned(route, leaves, unused)) {
    await operation.step("Pruned", async () => {
      await applyAndPrune(operation);
      return [];
    });
  }
  await validated(operation);
  return await finish(operation);
}

async function finish(operation: Operation): Promise<KopsClusterOutputs> {
  const { context, journal } = operation;
  const { inputs, progress } = context;
  const seen = await observeOutputs(context);
  const at = new Date().toISOString();
  const verb = journal.operation?.verb ?? "update";
  const revision = (journal.applied?.revision ?? 0) + (journal.applied?.digest === operation.digest ? 0 : 1);
  const lastOperation = { verb, ended: at };
  const { kopsVersion, cluster, instanceGroups } = inputs;
  journal.applied = {
    digest: operation.digest,
    kopsVersion,
    revision,
    at,
    spec: { kopsVersion, cluster, instanceGroups },
  };
  journal.outputs = { ...seen, lastOperation };
  delete journal.operation;
  if (journal.movedFrom) journal.movedFrom.switched ??= at;
  await operation.save();
  progress.say("the cluster is as asked for");
  return { ...seen, conditions: journal.conditions, revision, appliedDigest: operation.digest, lastOperation };
}
