/**
 * How the present program reads and writes what was recorded: the one place here that knows where its parts are. When a
 * part moves or is called something else, this file follows; what was recorded does not.
 */
import { listArchives } from "../../providers/kops/delete/deletion-archive.ts";
import { shim as clusterShim } from "../../providers/kops/shim.ts";
import { listSnapshots, manifestsIn } from "../../providers/kops/store/archive.ts";
import { findJournal, JournalWriter } from "../../providers/kops/store/journal.ts";
import { pilotKeysOf } from "../../providers/kops/store/keys.ts";
import { conditionTypes } from "../../providers/kops/model/conditions.ts";
import { acquireLock } from "../../providers/kops/store/lock.ts";
import { arrivedKey, movedKey, movedTo, readArrived, readMoved } from "../../providers/kops/store/moved.ts";
import { readPause, writePause } from "../../providers/kops/store/pause.ts";
import { stillDone } from "../../providers/kops/store/resume.ts";
import { shim as storeShim } from "../../providers/state-store/shim.ts";
import { memoryStore } from "../providers/kops/memory-store.ts";

type Store = ReturnType<typeof memoryStore>;

export const shims = { cluster: clusterShim, store: storeShim };
export { conditionTypes, memoryStore };

/** Keys of what the program keeps of a cluster beside kOps's own objects, and of the notes on a whole store. */
export const keys = (cluster: string): Record<string, string> => ({ ...pilotKeysOf(cluster), movedKey, arrivedKey });

/** Reads a journal and writes it again: what then lies in the store. */
export async function rewrittenJournal(store: Store, cluster: string): Promise<string | undefined> {
  const found = await findJournal(store, cluster);
  if (!found) return undefined;
  await new JournalWriter(store, cluster, found.etag).write(found.journal);
  return (await store.get(pilotKeysOf(cluster).journal))?.body;
}

/** Names of the steps that the next run after the same spec need not do again. */
export async function doneBefore(store: Store, cluster: string): Promise<string[]> {
  const journal = (await findJournal(store, cluster))?.journal;
  const { verb, digest } = journal?.operation ?? { verb: "update", digest: "" };
  return stillDone(journal, { verb, digest }, true, true).map(({ name }) => name);
}

/** Why a lock that somebody holds is not given away. */
export async function whyLocked(store: Store, cluster: string): Promise<string> {
  try {
    await (await takeLock(store, cluster)).release();
    return "it was given";
  } catch (error) {
    return error instanceof Error ? error.message : "nothing that explains itself was thrown";
  }
}

/** What lies in the store while a lock is held. */
export async function writtenLock(store: Store, cluster: string): Promise<string | undefined> {
  const lock = await takeLock(store, cluster);
  const written = (await store.get(pilotKeysOf(cluster).lock))?.body;
  await lock.release();
  return written;
}

function takeLock(store: Store, cluster: string): ReturnType<typeof acquireLock> {
  const progress = { say: () => undefined };
  const { signal } = new AbortController();
  return acquireLock({ store, cluster, owner: "a/b/c", operation: "update", timeout: 0, signal, progress });
}

export async function rewrittenPause(store: Store, cluster: string): Promise<string | undefined> {
  const pause = await readPause(store, cluster);
  if (!pause) return undefined;
  await writePause(store, cluster, pause);
  return (await store.get(pilotKeysOf(cluster).pause))?.body;
}

/** What the notes of a store say of clusters that moved. */
export async function movedNotes(store: Store, cluster: string): Promise<Record<string, unknown>> {
  return { moved: await readMoved(store), arrived: await readArrived(store), to: await movedTo(store, cluster) };
}

export async function archivesIn(store: Store): Promise<{ folder: string; contents: unknown }[]> {
  return (await listArchives(store, new Date())).archives;
}

/** Snapshots of a cluster's manifests, each with the keys of what is in it. */
export async function snapshotsIn(store: Store, cluster: string): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const { key } of await listSnapshots(store, cluster))
    found[key] = [...manifestsIn((await store.get(key))?.body ?? "", cluster).keys()];
  return found;
}
