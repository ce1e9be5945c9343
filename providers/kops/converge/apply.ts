import { groupFlags, prune, rolesFlag, updateCluster } from "../kops-cli/flags.ts";
import type { Kops } from "../kops-cli/kops.ts";
import { followApply, keptItem, mostAttempts, overlooksRules } from "../kops-cli/output/index.ts";
import { isBehind, withVersionGuard } from "../kubernetes/version-guard.ts";
import type { ControlPlaneVersions } from "../kubernetes/version-guard.ts";
import type { Finding } from "../model/conditions.ts";
import { KopsError } from "../model/errors.ts";
import { controlPlaneRoles, isControlPlane, isKarpenter } from "../model/instance-groups.ts";
import { managesNodePools } from "../model/versions.ts";
import { observeInstanceGroups } from "../observe/observe.ts";
import type { OperationContext } from "../operation/context.ts";
import type { Operation } from "../operation/operation.ts";
import { groupsIn, liveGroupSpecs, manifestEtags } from "../store/manifests.ts";

/** What an apply needs of an operation. */
export type Applying = Pick<Operation, "assertManifests" | "journal" | "save"> & {
  readonly context: Pick<OperationContext, "inputs" | "progress"> & { readonly kops: Pick<Kops, "run"> };
};

/**
 * Brings the cloud to the manifests, as far as the flags in `extra` say, by `kops update cluster --yes`. Notes in the
 * journal before what the cloud is told.
 * @returns what is of no use any more and was kept, for want of `--prune`; nothing when kOps did not look for all of it
 */
export async function apply(operation: Applying, extra: readonly string[]): Promise<string[] | undefined> {
  const { kops, inputs, progress } = operation.context;
  await operation.assertManifests();
  const { kopsVersion, cluster, instanceGroups } = inputs;
  operation.journal.lastApplied = { kopsVersion, cluster, instanceGroups };
  await operation.save();
  const seen = { kept: new Set<string>(), overlooked: false };
  const follow = followApply(progress);
  await kops.run({
    args: updateCluster(inputs, extra),
    onLine(line) {
      follow(line);
      seen.overlooked ||= overlooksRules(line);
      const item = keptItem(line);
      if (item !== undefined) seen.kept.add(item);
    },
  });
  return seen.overlooked ? undefined : [...seen.kept];
}

/** Applies all, and deletes what is of no use any more. */
export async function applyAndPrune(operation: Applying): Promise<void> {
  for (let looks = 1; looks <= mostAttempts; looks += 1) {
    if ((await apply(operation, [prune])) !== undefined) return;
  }
  throw new KopsError({
    what: `What cluster ${operation.context.inputs.name} no longer uses cannot be deleted`,
    why:
      `kOps looked ${mostAttempts} times for rules of security groups that are to go, each time before it had found ` +
      "all groups",
    next: "run `pulumi up` again: it continues here",
  });
}

/**
 * Worker groups and bastions that have nothing in the cloud yet. Those of Karpenter's never have an Auto Scaling group.
 */
async function newGroups({ inputs }: OperationContext): Promise<string[]> {
  const there = await observeInstanceGroups(inputs);
  return Object.entries(inputs.instanceGroups)
    .filter(([group, spec]) => !(group in there) && !isControlPlane(spec) && !isKarpenter(spec))
    .map(([group]) => group);
}

/**
 * Groups whose NodePools kOps has in its add-on: as it renders the add-on for the groups it is told of alone, and
 * prunes the rest, a command without them would have Karpenter end all their nodes (KarpenterInstanceGroups in
 * upup/pkg/fi/cloudup, BuildPrune). By the store, for those that are to be removed must keep theirs until they are
 * drained.
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
 * Applies the control plane, and with it the groups that are new: they need not wait for its roll, which may take an
 * hour or be held back. One thing makes them wait: a Kubernetes version that the control plane does not run yet, for a
 * node must never be newer than its API server.
 *
 * By the groups' names, not their role: kOps knows no "these roles and those groups". In one command with the control
 * plane, because kOps renders the add-ons for the groups it is told of (TemplateFunctions in upup/pkg/fi/cloudup).
 */
export async function applyControlPlane(operation: Operation): Promise<void> {
  const { context } = operation;
  const { inputs, progress } = context;
  const fresh = await newGroups(context);
  const goAhead = fresh.length > 0 && (await mayJoin(context, fresh));
  const controlPlane = Object.entries(inputs.instanceGroups)
    .filter(([, spec]) => isControlPlane(spec))
    .map(([group]) => group);
  const pools = await poolGroups(context);
  progress.say(
    goAhead ? `applying the control plane, and what is new: ${fresh.join(", ")}` : "applying the control plane",
  );
  const named = [...(goAhead ? fresh : []), ...pools];
  const act = (): Promise<unknown> =>
    apply(operation, named.length > 0 ? groupFlags([...controlPlane, ...named]) : [rolesFlag(controlPlaneRoles)]);
  if (pools.length === 0) await act();
  else
    await underVersionGuard(
      context,
      "Karpenter's nodes would else be of the new Kubernetes version, and newer than their API server",
      act,
    );
}

/**
 * Applies with kOps seeing which version the control plane runs, so that it holds nodes at that; not at all where it
 * cannot see it.
 */
async function underVersionGuard<T>(
  context: OperationContext,
  why: string,
  act: (versions: ControlPlaneVersions) => Promise<T>,
): Promise<T> {
  return await withVersionGuard(context, async (versions) => {
    if (!("unreachable" in versions)) return await act(versions);
    throw new KopsError({
      what: `The nodes of ${context.inputs.name} cannot be applied`,
      why: `${why}, and the Kubernetes API does not say which version it runs: ${versions.unreachable}`,
      next:
        "make the API reachable from here (PILOT_ACCESS), or let the control plane be rolled, and run `pulumi up` " +
        "again",
    });
  });
}

async function mayJoin(context: OperationContext, fresh: readonly string[]): Promise<boolean> {
  const { inputs, progress } = context;
  const desired = inputs.cluster["kubernetesVersion"];
  return await withVersionGuard(context, (versions) => {
    const why =
      "unreachable" in versions
        ? `the Kubernetes API does not say what the control plane runs (${versions.unreachable})`
        : `the control plane runs ${versions.running.join(", ")}`;
    const may = !("unreachable" in versions) && !isBehind(versions, desired);
    if (!may)
      progress.say(
        `new instance group ${fresh.join(", ")} waits until the control plane is rolled: ${why}, and no node may ` +
          "be newer",
      );
    return Promise.resolve(may);
  });
}

/**
 * Applies all groups. While control-plane nodes wait for their roll, kOps must see which version they run, or nodes
 * that are launched from now on could be newer than their API server. It then leaves nodes at the older version: what
 * of them waits by that is what `waits` says. `kept` is that of {@link apply}.
 */
export async function applyAll(operation: Operation): Promise<{ kept: string[] | undefined; waits?: Finding }> {
  const { context, journal } = operation;
  const controlPlane = journal.conditions.find(({ type }) => type === "ControlPlaneUpToDate");
  if (controlPlane === undefined || controlPlane.status === "True") {
    return { kept: await apply(operation, []) };
  }
  return await underVersionGuard(
    context,
    `the control plane waits for its roll (${controlPlane.message})`,
    async (versions) => {
      const held = isBehind(versions, context.inputs.cluster["kubernetesVersion"])
        ? `nodes stay at Kubernetes ${versions.running.join(", ")} until the control plane is rolled`
        : undefined;
      if (held) context.progress.say(held);
      const kept = await apply(operation, []);
      return {
        kept,
        ...(held !== undefined && {
          waits: { type: "NodesUpToDate", status: "False", reason: controlPlane.reason, message: held } as const,
        }),
      };
    },
  );
}
