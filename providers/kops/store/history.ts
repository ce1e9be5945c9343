import { z } from "zod";
import { fileNameOf } from "../model/durations.ts";
import { KopsError, messageOf } from "../model/errors.ts";
import { pilotKeysOf } from "./keys.ts";
import type { ObjectStore } from "./object-store.ts";

/*
 * The history of a cluster: one object for each operation, below `_pilot/<cluster>/history/`. It only tells; no
 * operation depends on it. What the next run continues from is in the journal.
 */

/** The format that this program writes. Fields may be added to it; a reader ignores those that it does not know. */
const format = 1;

/** ISO 8601, UTC. */
const time = z.string();

const step = z.object({ name: z.string(), begun: time, ended: time.optional() });

const node = z.object({
  /** Name in Kubernetes; the instance id where kOps names no node, as for bastions. */
  name: z.string(),
  instance: z.string().optional(),
  /** Instance group. */
  group: z.string().optional(),
  controlPlane: z.boolean().optional(),
  /** It went with its instance group, and nothing replaces it. */
  removed: z.boolean().optional(),
  /** When its drain began; absent where nothing is drained. */
  drained: time.optional(),
  /** When its last pod was evicted. Known of removed nodes alone. */
  emptied: time.optional(),
  /** When its instance was terminated. */
  stopped: time.optional(),
  /** When kOps last saw that its replacement had not joined; absent if it never did. */
  notJoined: time.optional(),
  /** When the cluster was valid again. */
  valid: time.optional(),
});

const wait = z.object({
  /** As in "waiting for …". */
  what: z.string(),
  reason: z.string(),
  begun: time,
  ended: time.optional(),
});

const event = z.object({
  at: time,
  /** As it was printed. */
  text: z.string(),
});

export const historyRecord = z.object({
  version: z.literal(format),
  /** Id of the operation, as in the journal. */
  id: z.string(),
  cluster: z.string(),
  verb: z.enum(["create", "update", "delete"]),
  /** The stack. */
  owner: z.string(),
  by: z.object({
    /** Of the AWS identity. */
    arn: z.string().optional(),
    /** `person@machine`. */
    person: z.string(),
    /** Of the project's checkout. */
    commit: z.string().optional(),
    /** Address of the pull request that led to it, and of the pipeline's run, where a pipeline says so. */
    pull: z.string().optional(),
    run: z.string().optional(),
    /** Who merged it, and who approved it, where a pipeline says so. */
    actor: z.string().optional(),
    approvedBy: z.array(z.string()).optional(),
  }),
  begun: time,
  /** Absent while it runs, and after it was killed. */
  ended: time.optional(),
  /** `stopped`: by a pause, a used-up budget, or a person; the next run continues. */
  result: z.enum(["running", "succeeded", "stopped", "failed"]),
  error: z.string().optional(),
  /** What an earlier operation left unfinished, in words. */
  continues: z.string().optional(),
  /** The command that ran it, as typed; absent for an `up` or a `destroy`. */
  command: z.string().optional(),
  kopsVersion: z.string(),
  kubernetesVersion: z.string().optional(),
  /** Differences of the spec, as `path: old -> new`, and names of changed secrets; `first` for the first spec. */
  changes: z.union([z.array(z.string()), z.literal("first")]),
  /** Digests of the plan that the preview showed, and of the one that was reviewed, as far as there was one. */
  plan: z.object({ shown: z.string().optional(), reviewed: z.string().optional() }),
  steps: z.array(step),
  /** Replaced and removed nodes, in their order. */
  nodes: z.array(node),
  /**
   * Waits and retries with their reasons: another reason is another wait. Of very many, those in the middle are left
   * out.
   */
  waits: z.array(wait).default([]),
  /** What still waits when it ends, such as nodes for a maintenance window. */
  held: z.array(z.string()).default([]),
  /** What was printed, with its time. Of very many lines, those in the middle are left out. */
  events: z.array(event),
  /** The log of kOps, on the machine that ran it. */
  log: z.object({ host: z.string(), path: z.string() }).optional(),
});

/** One operation on a cluster, as its history tells it. */
export type HistoryRecord = z.infer<typeof historyRecord>;

/** Replaced or removed node of an operation. */
export type ReplacedNode = HistoryRecord["nodes"][number];

/** Wait or retry of an operation. */
export type RecordedWait = HistoryRecord["waits"][number];

/** `2026-11-30T12-00-00-000Z-update-0a1b2c3d`: the name of a record. Names sort by time. */
export function historyName({ begun, verb, id }: Pick<HistoryRecord, "begun" | "verb" | "id">): string {
  return `${fileNameOf(new Date(begun))}-${verb}-${id.slice(0, 8)}`;
}

/** A record as stored text. */
export function recordText(record: HistoryRecord): string {
  return JSON.stringify(record, undefined, 1);
}

/** Reads a stored text. */
export function parseRecord(text: string): HistoryRecord {
  return historyRecord.parse(JSON.parse(text));
}

export async function writeHistory(store: ObjectStore, record: HistoryRecord): Promise<void> {
  await store.put(`${pilotKeysOf(record.cluster).history}${historyName(record)}.json`, recordText(record));
}

/** What the key of a record tells. */
export interface HistoryEntry {
  key: string;
  /** {@link historyName}, which commands take. */
  name: string;
}

/** The records of a cluster, newest first. */
export async function listHistory(store: Pick<ObjectStore, "list">, cluster: string): Promise<HistoryEntry[]> {
  const base = pilotKeysOf(cluster).history;
  return (await store.list(base))
    .filter(({ key }) => key.endsWith(".json"))
    .map(({ key }) => ({ key, name: key.slice(base.length, -".json".length) }))
    .sort((one, other) => (one.name < other.name ? 1 : -1));
}

/** Reads a record. Undefined if it was removed since it was listed. */
export async function readHistory(
  store: Pick<ObjectStore, "get" | "url">,
  { key }: Pick<HistoryEntry, "key">,
): Promise<HistoryRecord | undefined> {
  const object = await store.get(key);
  if (object === undefined) return undefined;
  try {
    return parseRecord(object.body);
  } catch (error) {
    throw new KopsError(
      {
        what: `The record ${store.url}/${key} cannot be read`,
        why: error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error),
        next: "use the version of Pilot that wrote it, or remove the object: no operation needs it",
      },
      error,
    );
  }
}

/** How many records of a cluster are kept. */
const kept = 200;

/** Removes the oldest records beyond the number that is kept. */
export async function trimHistory(store: Pick<ObjectStore, "list" | "delete">, cluster: string): Promise<void> {
  for (const { key } of (await listHistory(store, cluster)).slice(kept)) await store.delete(key);
}

/** Removes all records of a cluster. */
export async function removeHistory(store: Pick<ObjectStore, "list" | "delete">, cluster: string): Promise<void> {
  for (const { key } of await listHistory(store, cluster)) await store.delete(key);
}
