import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { z } from "zod";
import { LockedError, messageOf } from "./errors.ts";
import { placesOf } from "./places.ts";
import type { Progress } from "./progress.ts";
import { ConflictError } from "./store.ts";
import type { ObjectStore, StoredObject } from "./store.ts";
import { waitFor } from "./wait.ts";
import { isAlive } from "./process.mjs";

/** Milliseconds a lock holds without being renewed, and between two renewals. */
const lifetime = 60_000;
const renewal = 15_000;

const content = z.object({
  id: z.string(),
  owner: z.string(),
  operation: z.string(),
  host: z.string(),
  pid: z.int(),
  since: z.string(),
  renewed: z.string(),
});
type Content = z.infer<typeof content>;

export interface LockOptions {
  store: ObjectStore;
  cluster: string;
  owner: string;
  operation: string;
  /** Milliseconds to wait for another run. */
  timeout: number;
  /** Stops the waiting. */
  signal: AbortSignal;
  progress: Progress;
}

export interface Lock {
  /** Aborted when the lock is lost: whoever works under it must stop at once. */
  readonly signal: AbortSignal;
  /** Throws unless the lock is still held. */
  assertHeld(): void;
  release(): Promise<void>;
}

function describe(held: Content): string {
  return `${held.operation} by ${held.owner} on ${held.host} (process ${held.pid}), since ${held.since}`;
}

/** Whoever wrote it can no longer renew it: seen at once on the same machine, else after a whole lifetime without renewal. */
function isDead(held: Content, unchangedFor: number): boolean {
  if (held.host === hostname() && !isAlive(held.pid)) return true;
  return unchangedFor >= lifetime;
}

/**
 * Takes the cluster's lock: an object written on condition that it is absent, or that it is still the dead owner's.
 * kOps has no lock of its own and knows nothing of this one; it keeps runs of this program off each other, on any machine.
 * Whether an owner is dead is judged by this machine's clock alone (how long the object stayed unchanged while we looked),
 * so clocks of two machines need not agree.
 *
 * Errors: {@link LockedError} names the holder when it still works after `timeout`.
 */
export async function acquireLock(options: LockOptions): Promise<Lock> {
  const { store, cluster, progress } = options;
  const key = placesOf(cluster).lock;
  const mine: Content = {
    id: randomUUID(),
    owner: options.owner,
    operation: options.operation,
    host: hostname(),
    pid: process.pid,
    since: new Date().toISOString(),
    renewed: new Date().toISOString(),
  };
  const text = (): string => JSON.stringify({ ...mine, renewed: new Date().toISOString() });

  let watched: { etag: string; since: number } | undefined;
  let holder: string | undefined;
  const attempt = async (): Promise<string | undefined> => {
    try {
      const there: StoredObject | undefined = await store.get(key);
      if (!there) return await store.put(key, text(), { ifAbsent: true });
      const held = content.parse(JSON.parse(there.body));
      holder = describe(held);
      if (watched?.etag !== there.etag) watched = { etag: there.etag, since: Date.now() };
      if (!isDead(held, Date.now() - watched.since)) return undefined;
      progress.say(`taking over the lock of a run that died: ${holder}`);
      return await store.put(key, text(), { ifMatch: there.etag });
    } catch (error) {
      if (error instanceof ConflictError) return undefined;
      throw error;
    }
  };

  let etag: string;
  try {
    etag = await waitFor(
      async () => {
        const got = await attempt();
        return got === undefined
          ? { done: false, reason: holder ? `held by ${holder}` : "somebody else took it first" }
          : { done: true, value: got };
      },
      {
        what: "the lock of the cluster",
        interval: 2000,
        timeout: options.timeout,
        next: "wait for the other run",
        signal: options.signal,
        progress,
      },
    );
  } catch (error) {
    if (error instanceof Error && error.name === "TimeoutError" && holder) {
      throw new LockedError({
        what: `Cluster ${cluster} is locked`,
        why: holder,
        next: `wait for that run; if it is certain that it no longer works, delete ${store.url}/${key} and run again`,
      }, error);
    }
    throw error;
  }

  const lost = new AbortController();
  let renewedAt = Date.now();
  let renewing: Promise<void> = Promise.resolve();
  const lose = (why: string): void => {
    clearInterval(timer);
    lost.abort(
      new LockedError({
        what: `The lock of cluster ${cluster} was lost`,
        why,
        next: "run `pulumi up` again: it continues where this run stopped",
      }),
    );
  };
  const renew = async (): Promise<void> => {
    try {
      etag = await store.put(key, text(), { ifMatch: etag });
      renewedAt = Date.now();
    } catch (error) {
      if (error instanceof ConflictError) lose("another run has taken it");
      else if (Date.now() - renewedAt > lifetime - renewal) lose(`it could not be renewed: ${messageOf(error)}`);
      else progress.say(`could not renew the lock, trying again: ${messageOf(error)}`);
    }
  };
  const timer = setInterval(() => {
    renewing = renewing.then(() => (lost.signal.aborted ? undefined : renew()));
  }, renewal);
  timer.unref();

  return {
    signal: lost.signal,
    assertHeld() {
      lost.signal.throwIfAborted();
      if (Date.now() - renewedAt >= lifetime) lose("it was not renewed in time");
      lost.signal.throwIfAborted();
    },
    async release() {
      clearInterval(timer);
      await renewing;
      if (lost.signal.aborted) return;
      const there = await store.get(key);
      if (there?.etag === etag) await store.delete(key);
    },
  };
}
