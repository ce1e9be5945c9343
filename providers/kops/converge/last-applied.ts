import { ConfigError } from "../model/errors.ts";
import type { Failure } from "../model/hidden-inputs.ts";
import { inShapeOf } from "../model/spec.ts";
import type { OperationContext } from "../operation/context.ts";
import { irreversibleRefusals } from "../rules/refusals.ts";
import { withoutMoves } from "../rules/own-network.ts";
import type { Journal } from "../store/journal.ts";
import { groupsIn, liveClusterSpec, liveGroupSpecs } from "../store/manifests.ts";

/** Of a cluster this program never wrote to, as one that is adopted: its manifests as they lie in the store. */
async function appliedByOthers(
  { store, inputs }: Pick<OperationContext, "store" | "inputs">,
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

type Seat = Pick<OperationContext, "store" | "inputs">;

/**
 * The spec that the cloud was last told to become, as far as it is known: what cannot be undone is refused against
 * it.
 */
async function lastAppliedNow(
  seat: Seat,
  journal: Pick<Journal, "lastApplied" | "written" | "owner"> | undefined,
  etags: Record<string, string>,
): Promise<{ lastApplied: Journal["lastApplied"]; byOthers: boolean }> {
  if (journal?.lastApplied !== undefined)
    return { lastApplied: journal.lastApplied, byOthers: journal.owner !== seat.inputs.owner };
  // What this program wrote but never applied was told to nobody, and may be undone.
  return {
    lastApplied: journal?.written === undefined ? await appliedByOthers(seat, etags) : undefined,
    byOthers: true,
  };
}

/** What of the desired spec takes back what cannot be undone, whatever Pulumi's state says. */
export async function irreversibleChanges(
  seat: Seat,
  journal: Journal | undefined,
  etags: Record<string, string>,
): Promise<{ lastApplied: Journal["lastApplied"]; refusals: Failure[] }> {
  const { lastApplied, byOthers } = await lastAppliedNow(seat, journal, etags);
  const refusals = irreversibleRefusals(seat.inputs, lastApplied);
  return {
    lastApplied,
    refusals: byOthers ? withoutMoves(refusals, lastApplied?.cluster, seat.inputs.cluster) : refusals,
  };
}

/** Stops before the first write when the desired spec takes back what cannot be undone. */
export async function refuseIrreversible(
  context: Seat,
  journal: Journal,
  etags: Record<string, string>,
): Promise<void> {
  const { lastApplied, refusals } = await irreversibleChanges(context, journal, etags);
  if (lastApplied) journal.lastApplied = lastApplied;
  if (refusals.length === 0) return;
  throw new ConfigError({
    what: `Cluster ${context.inputs.name} cannot be changed to what is asked for`,
    why: refusals.map(({ property, reason }) => `${property} ${reason}`).join("\n  "),
    next:
      "correct the inputs (a change that stopped half-way is finished by asking for it again), or let the refusal " +
      "through as it says, and run `pulumi up` again; nothing of the cluster was touched",
  });
}
