import yaml from "js-yaml";
import { placesOf, kopsKeysOf } from "./keys.ts";
import type { ObjectStore } from "./object-store.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import type { RunLog } from "../runtime/log.ts";
import { fileNameOf } from "../model/durations.ts";
import { z } from "zod";
import { KopsError, messageOf } from "../model/errors.ts";

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

/** Manifests of a cluster as they were before a change. */
export interface Snapshot {
  /** Time stamp by which it is named. */
  name: string;
  key: string;
}

const stamp = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z$/;

/**
 * The snapshots of a cluster, oldest first. Archives of its deletions lie beside them, in folders, and are not among
 * them.
 */
export async function listSnapshots(store: ObjectStore, cluster: string): Promise<Snapshot[]> {
  const base = `${placesOf(cluster).archive}/`;
  return (await store.list(base))
    .map(({ key }) => ({ key, name: key.slice(base.length).replace(/\.yaml$/, "") }))
    .filter(({ key, name }) => key.endsWith(".yaml") && stamp.test(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

const object = z.object({
  kind: z.enum(["Cluster", "InstanceGroup"]),
  metadata: z.object({ name: z.string().min(1) }),
});

/** The manifests in a snapshot, each with the key it has in the store, exactly as it was. */
export function manifestsIn(text: string, cluster: string): Map<string, string> {
  const keys = kopsKeysOf(cluster);
  const manifests = new Map<string, string>();
  for (const body of text.split(separator)) {
    try {
      const { kind, metadata } = object.parse(yaml.load(body));
      manifests.set(kind === "Cluster" ? keys.config : `${keys.instanceGroups}${metadata.name}`, body);
    } catch (error) {
      throw new KopsError(
        { what: `The snapshot of ${cluster} cannot be read`, why: messageOf(error), next: "choose another snapshot" },
        error,
      );
    }
  }
  return manifests;
}
