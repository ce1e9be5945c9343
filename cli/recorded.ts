import { ConfigError, inOneLine } from "../providers/kops/model/errors.ts";
import { refuseMovedOut } from "../providers/kops/move/guard.ts";
import { listHistory, readHistory } from "../providers/kops/store/history.ts";
import type { HistoryEntry } from "../providers/kops/store/history.ts";
import { kopsKeysOf, ownFolder } from "../providers/kops/store/keys.ts";
import type { ObjectStore } from "../providers/kops/store/object-store.ts";
import { outcomeOf } from "../providers/kops/store/outcome.ts";
import { forEachParallel } from "../providers/kops/runtime/wait.ts";
import type { Told } from "./report/told.ts";

/** Reads at a time. */
const parallel = 8;

/** A record that is listed. */
export interface Entry extends HistoryEntry {
  cluster: string;
}

/** The records of some clusters, newest first. */
export async function entriesOf(store: ObjectStore, clusters: readonly string[]): Promise<Entry[]> {
  const found: Entry[] = [];
  await forEachParallel(clusters, parallel, async (cluster) => {
    found.push(...(await listHistory(store, cluster)).map((entry) => ({ ...entry, cluster })));
  });
  return found.sort((one, other) => (one.name < other.name ? 1 : -1));
}

/** Clusters of which the store may have a history, also deleted ones. */
export async function recordedClusters(store: ObjectStore): Promise<string[]> {
  return await store.folders(ownFolder);
}

/** Reads an operation. Undefined if its record was removed meanwhile. */
export async function readTold(store: ObjectStore, { key, name }: Entry, now: Date): Promise<Told | undefined> {
  const record = await readHistory(store, { key });
  return record && { name, record, outcome: await outcomeOf(store, record), now };
}

/** Operations that were read, and why others could not be, such as those that a newer Pilot recorded. */
export interface ReadOperations {
  operations: Told[];
  unreadable: (Entry & { why: string })[];
}

/** Reads operations, in their order. Errors: the first one, if none can be read. */
export async function readAllTold(store: ObjectStore, entries: readonly Entry[], now: Date): Promise<ReadOperations> {
  const found = new Map<string, Told>();
  const failed = new Map<string, unknown>();
  await forEachParallel(entries, parallel, async (entry) => {
    try {
      const told = await readTold(store, entry, now);
      if (told) found.set(entry.key, told);
    } catch (error) {
      failed.set(entry.key, error);
    }
  });
  if (found.size === 0) for (const error of failed.values()) throw error;
  return {
    operations: entries.flatMap(({ key }) => found.get(key) ?? []),
    unreadable: entries.flatMap((entry) =>
      failed.has(entry.key) ? [{ ...entry, why: inOneLine(failed.get(entry.key)) }] : [],
    ),
  };
}

/** Refuses a cluster that the store knows nothing of, such as a mistyped one. */
export async function refuseUnknown(store: ObjectStore, cluster: string): Promise<void> {
  await refuseMovedOut(store, cluster);
  if ((await store.get(kopsKeysOf(cluster).config)) !== undefined) return;
  throw new ConfigError({
    what: `There is no cluster ${cluster} in ${store.url}, and no history of one`,
    why: "the store has neither a manifest nor a record of that name",
    next: `\`npx pilot history ${store.url}\` lists the operations on all clusters`,
  });
}
