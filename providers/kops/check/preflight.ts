import type { KopsClusterInputs } from "../model/inputs.ts";
import type { Failure } from "../model/hidden-inputs.ts";
import type { Journal } from "../store/journal.ts";
import { groupsIn, liveGroupSpecs, manifestEtags } from "../store/manifests.ts";
import { kopsKeysOf } from "../store/keys.ts";
import type { ObjectStore } from "../store/object-store.ts";

/** Runs one lookup. Its error becomes a refusal. */
export type Attempt = (lookup: () => Promise<void>) => Promise<void>;

/**
 * Adds every reason for which an `up` would be refused because of the store or the cloud: the checks that `converge`
 * makes before its first step, in the same order, but all of them. `adopts`: the cluster has another owner.
 *
 * Loaded when needed: a preview without a change must not wait for AWS clients.
 */
export async function refusedByObserved(
  target: { inputs: KopsClusterInputs; store: ObjectStore },
  journal: Journal | undefined,
  adopts: boolean,
  attempt: Attempt,
  add: (failures: readonly Failure[]) => void,
): Promise<void> {
  const { inputs, store } = target;
  // An `up` first recovers from the unfinished deletion, or finishes it.
  if (journal?.deletion !== undefined) return;
  const [{ irreversibleChanges, refuseRunningWithoutManifests, removedControlPlanes }, { refuseOtherAuthority }] =
    await Promise.all([import("../converge/preconditions.ts"), import("../plan/facts/secrets.ts")]);
  await attempt(async () => {
    const etags = await manifestEtags(store, inputs.name);
    add((await irreversibleChanges(target, journal, etags)).refusals);
    const removed = groupsIn(etags, inputs.name).filter((group) => !(group in inputs.instanceGroups));
    const reason =
      "a control-plane group cannot be removed: its node holds an etcd member, and removing the group removes the " +
      "member without telling etcd; put it back, or see https://kops.sigs.k8s.io/operations/etcd_administration/ " +
      'and set allow: ["controlPlaneGroups"]';
    add(
      removedControlPlanes(inputs, removed, await liveGroupSpecs(store, inputs.name, removed)).map((group) => ({
        property: `instanceGroups.${group}`,
        reason,
      })),
    );
    if (!(kopsKeysOf(inputs.name).config in etags)) await attempt(() => refuseRunningWithoutManifests(target));
  });
  if (adopts || journal?.applied === undefined) await attempt(() => refuseOtherAuthority(target));
}
