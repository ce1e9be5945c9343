import { groupFlags, rolesFlag } from "../../kops-cli/flags.ts";
import { isBehind, withVersionGuard } from "../../kubernetes/version-guard.ts";
import { controlPlaneRoles, isControlPlane, isKarpenter } from "../../model/instance-groups.ts";
import { managesNodePools } from "../../model/versions.ts";
import { observeInstanceGroups } from "../../observe/instance-groups.ts";
import type { OperationContext } from "../../operation/context.ts";
import type { Operation } from "../../operation/operation.ts";
import { groupsIn, liveGroupSpecs, manifestEtags } from "../../store/manifests.ts";
import { apply, underVersionGuard } from "./apply.ts";

/** Step ControlPlaneApplied. */
export async function applyControlPlane(operation: Operation): Promise<void> {
  await operation.step("ControlPlaneApplied", async () => {
    await applyWithNewGroups(operation);
    return [];
  });
}

/** Worker groups and bastions that have no Auto Scaling group yet. Karpenter's groups never get one. */
async function newGroups({ inputs }: OperationContext): Promise<string[]> {
  const observed = await observeInstanceGroups(inputs);
  return Object.entries(inputs.instanceGroups)
    .filter(([group, spec]) => !(group in observed) && !isControlPlane(spec) && !isKarpenter(spec))
    .map(([group]) => group);
}

/**
 * Groups with a NodePool in kOps's Karpenter add-on. kOps renders the add-on only for the groups that a command names,
 * and prunes the rest: a command without them would make Karpenter terminate all their nodes (KarpenterInstanceGroups
 * in upup/pkg/fi/cloudup, BuildPrune). Read from the store, because a removed group keeps its pool until it is drained.
 */
async function poolGroups({ inputs, store }: OperationContext): Promise<string[]> {
  if (!managesNodePools(inputs.kopsVersion)) return [];
  const groups = await liveGroupSpecs(
    store,
    inputs.name,
    groupsIn(await manifestEtags(store, inputs.name), inputs.name),
  );
  return Object.keys(groups)
    .filter((group) => isKarpenter(groups[group] ?? {}))
    .sort();
}

/**
 * Applies the control plane and, with it, new groups: they need not wait for its roll, which may take an hour or be
 * held back. They wait only for a Kubernetes version that the control plane does not run yet: a node must never be
 * newer than its API server.
 *
 * The command names groups, because kOps cannot combine roles and groups. It is one command, because kOps renders the
 * add-ons only for the groups that it names (TemplateFunctions in upup/pkg/fi/cloudup).
 */
async function applyWithNewGroups(operation: Operation): Promise<void> {
  const { context } = operation;
  const { inputs, progress } = context;
  const fresh = await newGroups(context);
  const joins = fresh.length > 0 && (await mayJoin(context, fresh));
  const controlPlane = Object.entries(inputs.instanceGroups)
    .filter(([, spec]) => isControlPlane(spec))
    .map(([group]) => group);
  const pools = await poolGroups(context);
  progress.say(
    joins ? `applying the control plane, and what is new: ${fresh.join(", ")}` : "applying the control plane",
  );
  const named = [...(joins ? fresh : []), ...pools];
  const flags = named.length > 0 ? groupFlags([...controlPlane, ...named]) : [rolesFlag(controlPlaneRoles)];
  const act = (): Promise<unknown> => apply(operation, flags);
  if (pools.length === 0) await act();
  else
    await underVersionGuard(
      context,
      "Karpenter's nodes would otherwise get the new Kubernetes version and be newer than their API server",
      act,
    );
}

/** Whether new groups may join now; says why not. */
async function mayJoin(context: OperationContext, fresh: readonly string[]): Promise<boolean> {
  const desired = context.inputs.cluster["kubernetesVersion"];
  return await withVersionGuard(context, (versions) => {
    const why =
      "unreachable" in versions
        ? `the Kubernetes API does not say what the control plane runs (${versions.unreachable})`
        : `the control plane runs ${versions.running.join(", ")}`;
    const may = !("unreachable" in versions) && !isBehind(versions, desired);
    if (!may)
      context.progress.say(
        `new instance group ${fresh.join(", ")} waits until the control plane is rolled: ${why}, and no node may ` +
          "be newer",
      );
    return Promise.resolve(may);
  });
}
