import { ConfigError } from "../model/errors.ts";
import { inShapeOf } from "../model/spec.ts";
import type { Failure } from "../model/hidden-inputs.ts";
import { roleOf } from "../model/instance-groups.ts";
import type { OperationContext } from "../operation/context.ts";
import type { Operation } from "../operation/operation.ts";
import { observeVersions } from "../plan/facts/waiting-nodes.ts";
import { irreversibleRefusals } from "../rules/refusals.ts";
import { withoutMoves } from "../rules/own-network.ts";
import type { Journal } from "../store/journal.ts";
import { groupsIn, liveClusterSpec, liveGroupSpecs } from "../store/manifests.ts";
import { pilotKeysOf } from "../store/keys.ts";

/*
 * What an `up` refuses before its first write because of the store or the cloud. The preview (check/preflight.ts) asks
 * the same functions.
 */

type ClusterAndStore = Pick<OperationContext, "store" | "inputs">;

/** The live manifests of a cluster to which this program never wrote, such as one that it adopts. */
async function appliedByOthers(
  { store, inputs }: ClusterAndStore,
  etags: Record<string, string>,
): Promise<Journal["lastApplied"]> {
  const cluster = await liveClusterSpec(store, inputs.name);
  if (!cluster) return undefined;
  const groups = await liveGroupSpecs(store, inputs.name, groupsIn(etags, inputs.name));
  const instanceGroups = Object.fromEntries(
    Object.entries(groups).map(([group, spec]) => [
      group,
      inShapeOf(inputs.instanceGroups[group], spec) as Record<string, unknown>,
    ]),
  );
  return {
    kopsVersion: inputs.kopsVersion,
    cluster: inShapeOf(inputs.cluster, cluster) as Record<string, unknown>,
    instanceGroups,
  };
}

/** The spec last applied to the cloud, as far as it is known, and whether somebody else applied it. */
async function lastAppliedNow(
  target: ClusterAndStore,
  journal: Pick<Journal, "lastApplied" | "written" | "owner"> | undefined,
  etags: Record<string, string>,
): Promise<{ lastApplied: Journal["lastApplied"]; byOthers: boolean }> {
  if (journal?.lastApplied !== undefined)
    return { lastApplied: journal.lastApplied, byOthers: journal.owner !== target.inputs.owner };
  // This program wrote the manifests but never applied them: they can still be reverted.
  return {
    lastApplied: journal?.written === undefined ? await appliedByOthers(target, etags) : undefined,
    byOthers: true,
  };
}

/** Which changes of the desired spec revert something irreversible, whatever Pulumi's state says. */
export async function irreversibleChanges(
  target: ClusterAndStore,
  journal: Journal | undefined,
  etags: Record<string, string>,
): Promise<{ lastApplied: Journal["lastApplied"]; refusals: Failure[] }> {
  const { lastApplied, byOthers } = await lastAppliedNow(target, journal, etags);
  const refusals = irreversibleRefusals(target.inputs, lastApplied);
  return {
    lastApplied,
    refusals: byOthers ? withoutMoves(refusals, lastApplied?.cluster, target.inputs.cluster) : refusals,
  };
}

/** Refuses a desired spec that reverts something irreversible. */
export async function refuseIrreversible(
  context: ClusterAndStore,
  journal: Journal,
  etags: Record<string, string>,
): Promise<void> {
  const { lastApplied, refusals } = await irreversibleChanges(context, journal, etags);
  const version = lastApplied?.cluster["kubernetesVersion"];
  // Others applied it: until this program has seen a part up to date, the part may still run that version.
  if (journal.lastApplied === undefined && typeof version === "string")
    journal.running ??= { controlPlane: version, nodes: version };
  if (lastApplied) journal.lastApplied = lastApplied;
  if (refusals.length === 0) return;
  throw new ConfigError({
    what: `Cluster ${context.inputs.name} cannot be changed to the desired spec`,
    why: refusals.map(({ property, reason }) => `${property} ${reason}`).join("\n  "),
    next:
      "correct the inputs (to finish a change that stopped half-way, request it again), or allow the change as the " +
      "reason says, and run `pulumi up` again; nothing of the cluster was touched",
  });
}

/** Removed groups with control-plane nodes. Each holds an etcd member on its volume, which the quorum would lose. */
export function removedControlPlanes(
  { allow }: Pick<Operation["context"]["inputs"], "allow">,
  removed: readonly string[],
  specs: Readonly<Record<string, Record<string, unknown>>>,
): string[] {
  if (allow?.includes("controlPlaneGroups") === true) return [];
  return removed.filter((group) => {
    const spec = specs[group];
    return spec !== undefined && roleOf(spec) === "ControlPlane";
  });
}

/** Refuses to remove a group with an etcd member. */
export function refuseRemovedControlPlane(
  { context: { inputs } }: Operation,
  removed: readonly string[],
  specs: Readonly<Record<string, Record<string, unknown>>>,
): void {
  const groups = removedControlPlanes(inputs, removed, specs);
  if (groups.length === 0) return;
  throw new ConfigError({
    what: `Control-plane group ${groups.join(", ")} of ${inputs.name} cannot be removed`,
    why: "its node holds an etcd member; removing the group removes the member without telling etcd",
    next:
      "put the group back; to move a member see https://kops.sigs.k8s.io/operations/etcd_administration/, then " +
      'set allow: ["controlPlaneGroups"]',
  });
}

/**
 * Refuses to make a cluster that has no manifests but whose instances run: somebody removed its folder from the store.
 * A new cluster would have other keys. The running nodes would not trust it, and its nodes would attach the old etcd
 * volumes.
 */
export async function refuseRunningWithoutManifests({ inputs, store }: ClusterAndStore): Promise<void> {
  const groups = await observeVersions(inputs);
  if (groups.length === 0) return;
  throw new ConfigError({
    what:
      `Cluster ${inputs.name} is not in ${store.url}, but the cloud runs it: ` +
      groups.map(({ name }) => name).join(", "),
    why: "its manifests and keys are gone from the store, and a new cluster would have other keys",
    next:
      `restore ${store.url}/${inputs.name}/ from earlier versions of its objects, or from ` +
      `${pilotKeysOf(inputs.name).archive}/, and run \`pulumi up\` again; or delete what is left in the cloud`,
  });
}
