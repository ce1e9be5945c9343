import { ConfigError } from "../errors.ts";
import type { Journal } from "../store/journal.ts";
import { oneWayRefusals } from "../check/one-way.ts";
import { kopsKeysOf } from "../store/places.ts";
import { groupsIn } from "../plan/preview.ts";
import type { Desk } from "../run/session.ts";
import { isRecord, specIn } from "../spec.ts";

/** The live value in the shape of the wanted one: what kOps filled in by itself was asked for by nobody. */
function inShapeOf(wanted: unknown, live: unknown): unknown {
  if (!isRecord(wanted) || !isRecord(live)) return live;
  return Object.fromEntries(Object.keys(wanted).filter((key) => key in live).map((key) => [key, inShapeOf(wanted[key], live[key])]));
}

/** Of a cluster this program never wrote to, as one that is adopted: its manifests as they lie in the store. */
async function toldByOthers({ store, inputs }: Pick<Desk, "store" | "inputs">, etags: Record<string, string>): Promise<Journal["told"]> {
  const keys = kopsKeysOf(inputs.name);
  const config = await store.get(keys.config);
  if (!config) return undefined;
  const instanceGroups: Record<string, Record<string, unknown>> = {};
  for (const group of groupsIn(etags, inputs.name)) {
    const object = await store.get(`${keys.instanceGroups}${group}`);
    if (object) instanceGroups[group] = inShapeOf(inputs.instanceGroups[group], specIn(object.body)) as Record<string, unknown>;
  }
  return { kopsVersion: inputs.kopsVersion, cluster: inShapeOf(inputs.cluster, specIn(config.body)) as Record<string, unknown>, instanceGroups };
}

/** Stops before the first write when the wanted spec takes back what cannot be taken back, whatever Pulumi's state says. */
export async function refuseOneWay(desk: Pick<Desk, "store" | "inputs">, journal: Journal, etags: Record<string, string>): Promise<void> {
  // What this program wrote but never applied was told to nobody, and may be taken back.
  const told = journal.told ?? (journal.written === undefined ? await toldByOthers(desk, etags) : undefined);
  if (told) journal.told = told;
  const refusals = oneWayRefusals(desk.inputs, told);
  if (refusals.length === 0) return;
  throw new ConfigError({
    what: `Cluster ${desk.inputs.name} cannot be changed to what is asked for`,
    why: refusals.map(({ property, reason }) => `${property} ${reason}`).join("\n  "),
    next: "correct the inputs (a change that stopped half-way is finished by asking for it again), or let the refusal through as it says, and run `pulumi up` again; nothing was touched",
  });
}
