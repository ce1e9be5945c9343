import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { z } from "zod";
import { elapsed } from "../model/durations.ts";
import { LockedError, inOneLine, messageOf } from "../model/errors.ts";
import { machineOf } from "../runtime/processes.ts";
import { placesOf } from "./keys.ts";
import type { Progress } from "../runtime/progress.ts";
import { ConflictError } from "./object-store.ts";
import type { ObjectStore, StoredObject } from "./object-store.ts";
import { waitFor } from "../runtime/wait.ts";
import { isAlive } from "../runtime/is-alive.mjs";

/** Milliseconds a lock holds without being renewed. */
export const usualLifetime = 60_000;

const content = z.object({
  id: z.string(),
  owner: z.string(),
  operation: z.string(),
  host: z.string(),
  /** {@link machineOf} its writer; absent where that cannot be told, and in locks of an older program. */
  machine: z.string().optional(),
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
  /**
   * Milliseconds a lock holds without being renewed (default: a minute); it is renewed four times as often. The same
   * for all who share a lock.
   */
  lifetime?: number;
  /** Name of this machine: whether a process of another one lives cannot be seen. */
  host?: string;
  /** Where the kernel tells which machine this is (default: `/proc`). */
  proc?: string;
}

/**
 * For how long a lock holds without its holder's doing: whoever works under it on its own has to end when this is over.
 */
export interface Lease {
  /** Milliseconds from now. */
  remaining(): number;
  /** Calls back at each renewal; gives a function that ends it. */
  onRenewed(listener: () => void): () => void;
}

export interface Lock {
  readonly lease: Lease;
  /** Aborted when the lock is lost: whoever works under it must stop at once. */
  readonly signal: AbortSignal;
  /** Throws unless the lock is still held. */
  assertHeld(): void;
  /**
   * Gives it back. Where the store does not take it, that is said and not thrown: what was done under it is done, and
   * the lock ends by itself.
   */
  release(): Promise<void>;
}

function describe(held: Content): string {
  return `${held.operation} by ${held.owner} on ${held.host} (process ${held.pid}), since ${held.since}`;
}

/**
 * Whoever wrote it can no longer renew it: seen at once on the same machine, else after a whole lifetime without
 * renewal.
 */
function isDead(
  held: Content,
  { machine, unchangedFor, lifetime }: { machine: string | undefined; unchangedFor: number; lifetime: number },
): boolean {
  if (machine !== undefined && held.machine === machine && !isAlive(held.pid)) return true;
  return unchangedFor >= lifetime;
}

/**
 * Takes the cluster's lock: an object written on condition that it is absent, or that it is still the dead owner's.
 * kOps has no lock of its own and knows nothing of this one; it keeps runs of this program off each other, on any
 * machine. Whether an owner is dead is judged by this machine's clock alone (how long the object stayed unchanged while
 * we looked), so clocks of two machines need not agree.
 *
 * Errors: {@link LockedError} names the holder when it still works after `timeout`.
 */
export async function acquireLock(options: LockOptions): Promise<Lock> {
  const { store, cluster, progress, lifetime = usualLifetime, host = hostname(), proc } = options;
  const machine = machineOf(host, proc);
  const renewal = lifetime / 4;
  const key = placesOf(cluster).lock;
  const mine: Content = {
    id: randomUUID(),
    owner: options.owner,
    operation: options.operation,
    host,
    ...(machine === undefined ? {} : { machine }),
    pid: process.pid,
    since: new Date().toISOString(),
    renewed: new Date().toISOString(),
  };
  const text = (): string => JSON.stringify({ ...mine, renewed: new Date().toISOString() });

  let watched: { etag: string; since: number } | undefined;
  let holder: string | undefined;
  let asked = Date.now();
  const attempt = async (): Promise<string | undefined> => {
    asked = Date.now();
    try {
      const there: StoredObject | undefined = await store.get(key);
      if (!there) return await store.put(key, text(), { ifAbsent: true });
      const held = content.parse(JSON.parse(there.body));
      // Our own write whose answer got lost: tried again by the SDK, it met itself.
      if (held.id === mine.id) return there.etag;
      holder = describe(held);
      if (watched?.etag !== there.etag) watched = { etag: there.etag, since: Date.now() };
      if (!isDead(held, { machine, unchangedFor: Date.now() - watched.since, lifetime })) return undefined;
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
        interval: Math.min(2000, renewal),
        timeout: options.timeout,
        next: "wait for the other run",
        signal: options.signal,
        progress,
      },
    );
  } catch (error) {
    if (error instanceof Error && error.name === "TimeoutError" && holder) {
      throw new LockedError(
        {
          what: `Cluster ${cluster} is locked`,
          why: holder,
          next: `wait for that run; if it is certain that it no longer works, delete ${store.url}/${key} and run again`,
        },
        error,
      );
    }
    throw error;
  }

  const lost = new AbortController();
  const listeners = new Set<() => void>();
  let renewing: Promise<void> = Promise.resolve();
  let failure = "the store did not answer, or this machine was asleep";
  const lose = (why: string): void => {
    clearInterval(timer);
    clearTimeout(deadline);
    lost.abort(
      new LockedError({
        what: `The lock of cluster ${cluster} was lost`,
        why,
        next: "run `pulumi up` again: it continues where this run stopped",
      }),
    );
  };
  // Its own timer, for a write may hang. A renewal's time is left to stop kOps in, before anybody else may take the
  // lock.
  let since = asked;
  const remaining = (): number => Math.max(0, lifetime - renewal - (Date.now() - since));
  const loseLate = (): void => {
    lose(`it could not be renewed: ${failure}`);
  };
  const setDeadline = (): NodeJS.Timeout => setTimeout(loseLate, remaining()).unref();
  let deadline = setDeadline();
  const renewed = (now: string, written: number): void => {
    if (lost.signal.aborted) return;
    etag = now;
    since = written;
    clearTimeout(deadline);
    deadline = setDeadline();
    for (const listener of listeners) listener();
  };
  const renew = async (): Promise<void> => {
    // Others see the new object from here on, whenever the answer comes.
    const written = Date.now();
    try {
      renewed(await store.put(key, text(), { ifMatch: etag }), written);
    } catch (error) {
      if (!(error instanceof ConflictError)) {
        failure = messageOf(error);
        progress.say(`could not renew the lock, trying again: ${failure}`);
        return;
      }
      const there = await store.get(key).catch((unread: unknown) => messageOf(unread));
      if (typeof there === "string") failure = there;
      // As above, our own write.
      else if (there && content.parse(JSON.parse(there.body)).id === mine.id) renewed(there.etag, written);
      else lose("another run has taken it");
    }
  };
  const timer = setInterval(() => {
    renewing = renewing.then(() => (lost.signal.aborted ? undefined : renew()));
  }, renewal);
  timer.unref();

  return {
    signal: lost.signal,
    lease: {
      remaining,
      onRenewed(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    assertHeld() {
      // After a sleep of the machine the work may go on before the timer does.
      if (!lost.signal.aborted && remaining() === 0) loseLate();
      lost.signal.throwIfAborted();
    },
    async release() {
      clearInterval(timer);
      // A renewal may hang: then the lock is lost in the end, and not ours to give back.
      await Promise.race([
        renewing,
        new Promise((resolve) => {
          lost.signal.addEventListener("abort", resolve, { once: true });
        }),
      ]);
      clearTimeout(deadline);
      if (lost.signal.aborted) return;
      try {
        const there = await store.get(key);
        if (there?.etag === etag) await store.delete(key);
      } catch (error) {
        progress.say(
          `warning: the lock of the cluster could not be given back, it ends by itself ${elapsed(lifetime)} after ` +
            `its last renewal: ${inOneLine(error)}`,
        );
      }
    },
  };
}
