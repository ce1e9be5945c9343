import yaml from "js-yaml";
import { pilotKeysOf, kopsKeysOf } from "./keys.ts";
import type { ObjectStore } from "./object-store.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import type { RunLog } from "../runtime/log.ts";
import { fileNameOf } from "../model/durations.ts";
import { z } from "zod";
import { isRecord } from "../model/spec.ts";
import { KopsError, messageOf } from "../model/errors.ts";

/** Separates the manifests in a snapshot. */
const separator = "\n---\n";

/**
 * Copies kOps's manifests, which have these keys, to a snapshot in the archive, so that an overwrite or a deletion
 * never loses them. Returns the key of the snapshot.
 */
export async function snapshotManifests(
  store: ObjectStore,
  cluster: string,
  keys: readonly string[],
  now: Date,
  suffix = "",
): Promise<string> {
  const objects = await Promise.all(keys.map(async (key) => (await store.get(key))?.body));
  const place = `${pilotKeysOf(cluster).archive}/${fileNameOf(now)}${suffix}.yaml`;
  await store.put(place, objects.filter((body) => body !== undefined).join(separator));
  return place;
}

/** The same for an operation; the log names the snapshot. */
export async function archiveManifests(
  { store, inputs, log }: { store: ObjectStore; inputs: Pick<KopsClusterInputs, "name">; log: RunLog },
  keys: readonly string[],
  suffix = "",
): Promise<void> {
  const place = await snapshotManifests(store, inputs.name, keys, new Date(), suffix);
  log.write(`manifests before this change: ${store.url}/${place}`);
}

/** The manifests of a cluster before a change. */
export interface Snapshot {
  /** Its time stamp. */
  name: string;
  key: string;
}

const stamp = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z$/;

/** The snapshots of a cluster, oldest first. Archives of deletions, which are folders beside them, do not count. */
export async function listSnapshots(store: ObjectStore, cluster: string): Promise<Snapshot[]> {
  const base = `${pilotKeysOf(cluster).archive}/`;
  return (await store.list(base))
    .map(({ key }) => ({ key, name: key.slice(base.length).replace(/\.yaml$/, "") }))
    .filter(({ key, name }) => key.endsWith(".yaml") && stamp.test(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

const object = z.object({ metadata: z.object({ name: z.string().min(1) }) });

/** The kind of one of kOps's own objects; undefined for an additional object. */
function kopsKind(value: unknown): "Cluster" | "InstanceGroup" | undefined {
  if (!isRecord(value)) return undefined;
  const { apiVersion = "kops.k8s.io/", kind } = value;
  const ours = typeof apiVersion === "string" && apiVersion.startsWith("kops.k8s.io/");
  return ours && (kind === "Cluster" || kind === "InstanceGroup") ? kind : undefined;
}

/** The manifests in a snapshot, byte for byte, by their keys in the store. */
export function manifestsIn(text: string, cluster: string): Map<string, string> {
  const keys = kopsKeysOf(cluster);
  const manifests = new Map<string, string>();
  // kOps separates the additional objects in their file by the same line.
  const additional: string[] = [];
  for (const body of text.split(separator)) {
    try {
      const value: unknown = yaml.load(body);
      const kind = kopsKind(value);
      if (kind === undefined) {
        if (!isRecord(value)) throw new Error(`it is not an object: ${body.slice(0, 60)}`);
        additional.push(body);
        continue;
      }
      const { metadata } = object.parse(value);
      manifests.set(kind === "Cluster" ? keys.config : `${keys.instanceGroups}${metadata.name}`, body);
    } catch (error) {
      throw new KopsError(
        { what: `The snapshot of ${cluster} cannot be read`, why: messageOf(error), next: "choose another snapshot" },
        error,
      );
    }
  }
  if (additional.length > 0) manifests.set(keys.additional, additional.join(separator));
  return manifests;
}
