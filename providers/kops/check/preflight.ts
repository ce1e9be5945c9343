import type { KopsClusterInputs } from "../model/inputs.ts";
import type { Journal } from "../store/journal.ts";
import { groupsIn, liveGroupSpecs, manifestEtags } from "../store/manifests.ts";
import { kopsKeysOf } from "../store/keys.ts";
import type { ObjectStore } from "../store/object-store.ts";
import type { Failure } from "../model/hidden-inputs.ts";

/** Where a cluster is looked at. */
export interface Seat {
  inputs: KopsClusterInputs;
  store: ObjectStore;
}

/** One look, whose error is a reason like all others. */
export type Attempt = (look: () => Promise<void>) => Promise<void>;

/**
 * Why an `up` would be refused by what lies in the store and runs in the cloud: everything that `converge` looks at
 * before its first step, in the same order, but all of it, not only the first. `adopts`: the cluster is another's until
 * now.
 *
 * Loaded when needed: a preview without a change must not wait for clients of AWS.
 */
export async function refusedByObserved(
  seat: Seat,
  journal: Journal | undefined,
  adopts: boolean,
  attempt: Attempt,
  add: (failures: readonly Failure[]) => void,
): Promise<void> {
  const { inputs, store } = seat;
  // What a deletion that did not end has left is first brought back, or deleted to its end.
  if (journal?.deletion !== undefined) return;
  const [{ irreversibleChanges }, { removedMembers }, { refuseLeftovers }, { refuseOtherAuthority }] =
    await Promise.all([
      import("../converge/last-applied.ts"),
      import("../converge/removed-groups.ts"),
      import("../converge/leftovers.ts"),
      import("../plan/planned-secrets.ts"),
    ]);
  await attempt(async () => {
    const etags = await manifestEtags(store, inputs.name);
    add((await irreversibleChanges(seat, journal, etags)).refusals);
    const leaves = groupsIn(etags, inputs.name).filter((group) => !(group in inputs.instanceGroups));
    const reason =
      "a control-plane group cannot be removed: its node holds an etcd member, and removing the group removes the " +
      "member without telling etcd; put it back, or see https://kops.sigs.k8s.io/operations/etcd_administration/ " +
      'and set allow: ["controlPlaneGroups"]';
    add(
      removedMembers(inputs, leaves, await liveGroupSpecs(store, inputs.name, leaves)).map((group) => ({
        property: `instanceGroups.${group}`,
        reason,
      })),
    );
    if (!(kopsKeysOf(inputs.name).config in etags)) await attempt(() => refuseLeftovers(seat));
  });
  if (adopts || journal?.applied === undefined) await attempt(() => refuseOtherAuthority(seat));
}
