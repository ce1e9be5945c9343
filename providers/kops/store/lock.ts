import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { z } from "zod";
import { elapsed } from "../model/durations.ts";
import { endedBy } from "../http/stop.ts";
import { LockedError, inOneLine, messageOf } from "../model/errors.ts";
import { machineOf } from "../runtime/processes.ts";
import { pilotKeysOf } from "./keys.ts";
import type { Progress } from "../runtime/progress.ts";
import { ConflictError } from "./object-store.ts";
import type { ObjectStore, StoredObject } from "./object-store.ts";
import { waitFor } from "../runtime/wait.ts";
import { isAlive } from "../runtime/is-alive.mjs";

/** Milliseconds that a lock lasts without renewal. */
export const usualLifetime = 60_000;

const content = z.object({
  id: z.string(),
  owner: z.string(),
  operation: z.string(),
  host: z.string(),
  /** {@link machineOf} its writer. Absent where the kernel hides it, and in locks of an older program. */
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
  /** Stops the wait. */
  signal: AbortSignal;
  progress: Progress;
  /**
   * Milliseconds that a lock lasts without renewal (default: a minute); it is renewed four times in that time. All runs
   * that share a lock must use the same value.
   */
  lifetime?: number;
  /** Name of this machine. Processes of another machine cannot be seen. */
  host?: string;
  /** Where the kernel identifies this machine (default: `/proc`). */
  proc?: string;
}

/** How long a lock lasts if its holder does nothing. A process that works under it alone must end by then. */
export interface Lease {
  /** Milliseconds from now. */
  remaining(): number;
  /** Calls back at each renewal. Returns a function that unsubscribes. */
  onRenewed(listener: () => void): () => void;
}

export interface Lock {
  readonly lease: Lease;
  /** Aborted when the lock is lost: all work under it must stop at once. */
  readonly signal: AbortSignal;
  /** Throws unless the lock is still held. */
  assertHeld(): void;
  /** Releases it. A failure is only a warning: the work is done, and the lock expires. */
  release(): Promise<void>;
}

function describe(held: Content): string {
  return `${held.operation} by ${held.owner} on ${held.host} (process ${held.pid}), since ${held.since}`;
}

/**
 * Whether its writer can no longer renew it. A dead process on the same machine is seen at once; on another machine a
 * whole lifetime must pass without renewal.
 */
function isAbandoned(
  held: Content,
  { machine, unchangedFor, lifetime }: { machine: string | undefined; unchangedFor: number; lifetime: number },
): boolean {
  if (machine !== undefined && held.machine === machine && !isAlive(held.pid)) return true;
  return unchangedFor >= lifetime;
}

/**
 * Takes the cluster's lock: an object written on condition that it is absent, or that a dead owner's is unchanged. kOps
 * has no lock of its own and ignores this one; the lock keeps runs of this program apart, on any machine. Only this
 * machine's clock decides whether an owner is dead (how long the object stayed unchanged while we watched), so the
 * clocks of two machines need not agree.
 *
 * Errors: {@link LockedError} names the holder when it still holds the lock after `timeout`.
 */
export async function acquireLock(options: LockOptions): Promise<Lock> {
  const { store, cluster, progress, lifetime = usualLifetime, host = hostname(), proc } = options;
  const machine = machineOf(host, proc);
  const renewal = lifetime / 4;
  const key = pilotKeysOf(cluster).lock;
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
      // Our own write: its answer was lost, and the SDK's repetition conflicted with it.
      if (held.id === mine.id) return there.etag;
      holder = describe(held);
      if (watched?.etag !== there.etag) watched = { etag: there.etag, since: Date.now() };
      if (!isAbandoned(held, { machine, unchangedFor: Date.now() - watched.since, lifetime })) return undefined;
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
  // A timer of its own, because a write may hang. One renewal interval is left for stopping kOps before another run may
  // take the lock.
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
    // Others may see the new object from now on, whenever the answer comes.
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
      // Our own write, as above.
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
      // After the machine sleeps, work may resume before the timer fires.
      if (!lost.signal.aborted && remaining() === 0) loseLate();
      lost.signal.throwIfAborted();
    },
    async release() {
      clearInterval(timer);
      // A renewal may hang until the lock is lost; then it is not ours to release. If the caller waits no longer, the
      // store below throws the reason.
      await endedBy(
        Promise.race([
          renewing,
          new Promise((resolve) => {
            lost.signal.addEventListener("abort", resolve, { once: true });
          }),
        ]),
      ).catch(() => undefined);
      clearTimeout(deadline);
      if (lost.signal.aborted) return;
      try {
        const there = await store.get(key);
        if (there?.etag === etag) await store.delete(key);
      } catch (error) {
        progress.say(
          `warning: the lock of the cluster could not be released; it expires ${elapsed(lifetime)} after ` +
            `its last renewal: ${inOneLine(error)}`,
        );
      }
    },
  };
}
