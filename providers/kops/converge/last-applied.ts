import { ConfigError } from "../model/errors.ts";
import type { Journal } from "../store/journal.ts";
import { oneWayRefusals } from "../rules/irreversible.ts";
import { withoutMoves } from "../rules/own-network.ts";
import type { Failure } from "../rules/refusals.ts";
import { inShapeOf } from "../model/in-shape-of.ts";
import { groupsIn, liveClusterSpec, liveGroupSpecs } from "../store/manifests.ts";
import type { Desk } from "../operation/operation.ts";

/** Of a cluster this program never wrote to, as one that is adopted: its manifests as they lie in the store. */
async function toldByOthers(
  { store, inputs }: Pick<Desk, "store" | "inputs">,
  etags: Record<string, string>,
): Promise<Journal["told"]> {
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

type Seat = Pick<Desk, "store" | "inputs">;

/**
 * The spec that the cloud was last told to become, as far as it is known: what cannot be taken back is refused against
 * it.
 */
async function toldNow(
  seat: Seat,
  journal: Pick<Journal, "told" | "written" | "owner"> | undefined,
  etags: Record<string, string>,
): Promise<{ told: Journal["told"]; byOthers: boolean }> {
  if (journal?.told !== undefined) return { told: journal.told, byOthers: journal.owner !== seat.inputs.owner };
  // What this program wrote but never applied was told to nobody, and may be taken back.
  return { told: journal?.written === undefined ? await toldByOthers(seat, etags) : undefined, byOthers: true };
}

/** What of the wanted spec takes back what cannot be taken back, whatever Pulumi's state says. */
export async function takenBack(
  seat: Seat,
  journal: Journal | undefined,
  etags: Record<string, string>,
): Promise<{ told: Journal["told"]; refusals: Failure[] }> {
  const { told, byOthers } = await toldNow(seat, journal, etags);
  const refusals = oneWayRefusals(seat.inputs, told);
  return { told, refusals: byOthers ? withoutMoves(refusals, told?.cluster, seat.inputs.cluster) : refusals };
}

/** Stops before the first write when the wanted spec takes back what cannot be taken back. */
export async function refuseOneWay(desk: Seat, journal: Journal, etags: Record<string, string>): Promise<void> {
  const { told, refusals } = await takenBack(desk, journal, etags);
  if (told) journal.told = told;
  if (refusals.length === 0) return;
  throw new ConfigError({
    what: `Cluster ${desk.inputs.name} cannot be changed to what is asked for`,
    why: refusals.map(({ property, reason }) => `${property} ${reason}`).join("\n  "),
    next:
      "correct the inputs (a change that stopped half-way is finished by asking for it again), or let the refusal " +
      "through as it says, and run `pulumi up` again; nothing of the cluster was touched",
  });
}
