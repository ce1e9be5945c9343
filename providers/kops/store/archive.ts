import { fileNameOf, placesOf } from "./places.ts";
import type { Desk } from "../run/session.ts";

/** Keeps kOps's manifests, under these keys, beside the journal before they are written over or deleted: the last good ones are never lost. */
export async function archiveManifests({ store, inputs, log }: Desk, keys: readonly string[], suffix = ""): Promise<void> {
  const objects = await Promise.all(keys.map(async (key) => (await store.get(key))?.body));
  const place = `${placesOf(inputs.name).archive}/${fileNameOf(new Date())}${suffix}.yaml`;
  await store.put(place, objects.filter((body) => body !== undefined).join("\n---\n"));
  log.write(`manifests as they were: ${store.url}/${place}`);
}
