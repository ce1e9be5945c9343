import { placesOf } from "./places.ts";
import type { ObjectStore } from "./store.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import type { RunLog } from "../runtime/log.ts";
import { fileNameOf } from "../model/durations.ts";

/** Between the manifests of one snapshot. */
export const separator = "\n---\n";

/**
 * Keeps kOps's manifests, under these keys, beside the journal before they are written over or deleted: the last good
 * ones are never lost. Gives the key.
 */
export async function keepManifests(
  store: ObjectStore,
  cluster: string,
  keys: readonly string[],
  now: Date,
  suffix = "",
): Promise<string> {
  const objects = await Promise.all(keys.map(async (key) => (await store.get(key))?.body));
  const place = `${placesOf(cluster).archive}/${fileNameOf(now)}${suffix}.yaml`;
  await store.put(place, objects.filter((body) => body !== undefined).join(separator));
  return place;
}

export async function archiveManifests(
  { store, inputs, log }: { store: ObjectStore; inputs: Pick<KopsClusterInputs, "name">; log: RunLog },
  keys: readonly string[],
  suffix = "",
): Promise<void> {
  const place = await keepManifests(store, inputs.name, keys, new Date(), suffix);
  log.write(`manifests as they were: ${store.url}/${place}`);
}
