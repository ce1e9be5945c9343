import { isGone, machineOf } from "../runtime/process-identity.mjs";
import type { HistoryRecord } from "./history.ts";
import { readJournal } from "./journal.ts";
import type { Journal } from "./journal.ts";
import { pilotKeysOf } from "./keys.ts";
import { usualLifetime } from "./lock.ts";
import { lockContent } from "./lock-claim.ts";
import type { LockContent } from "./lock-claim.ts";
import type { ObjectStore } from "./object-store.ts";

/** What became of an operation. `interrupted`: it was killed, and could not tell its end. */
export type Outcome = HistoryRecord["result"] | "interrupted";

/** A lock as a reader finds it. */
export interface SeenLock {
  lock: Pick<LockContent, "since">;
  /** Milliseconds since its last renewal, by the clock of the store. */
  age: number | undefined;
  /** The process that holds it is gone without doubt. */
  gone: boolean;
}

/**
 * Whether the operation of a record that has no end still runs: somebody holds the cluster's lock, took it before the
 * operation began, and the journal has no other operation.
 */
export function isRunning(
  { id, begun }: Pick<HistoryRecord, "id" | "begun">,
  seen: SeenLock | undefined,
  journal: Pick<Journal, "operation"> | undefined,
): boolean {
  if (seen === undefined || seen.gone || (seen.age ?? 0) > usualLifetime) return false;
  // One machine wrote both times.
  if (Date.parse(seen.lock.since) > Date.parse(begun)) return false;
  return journal?.operation === undefined || journal.operation.id === id;
}

/** What became of the operation of a record. Asks the store only if the record does not tell. */
export async function outcomeOf(
  store: Pick<ObjectStore, "get" | "url">,
  record: Pick<HistoryRecord, "id" | "begun" | "cluster" | "result">,
): Promise<Outcome> {
  if (record.result !== "running") return record.result;
  const object = await store.get(pilotKeysOf(record.cluster).lock);
  if (object === undefined) return "interrupted";
  const lock = lockContent.parse(JSON.parse(object.body));
  const seen = {
    lock,
    age: object.age,
    gone: isGone({ machine: lock.machine, pid: lock.pid }, { machine: machineOf() }),
  };
  return isRunning(record, seen, await readJournal(store, record.cluster)) ? "running" : "interrupted";
}
