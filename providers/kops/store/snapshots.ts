import yaml from "js-yaml";
import { z } from "zod";
import { KopsError, messageOf } from "../model/errors.ts";
import { separator } from "./archive.ts";
import { kopsKeysOf, placesOf } from "./places.ts";
import type { ObjectStore } from "./store.ts";

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
