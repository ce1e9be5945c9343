import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { elapsed } from "../model/durations.ts";
import { endedBy, stoppedBy } from "../http/stop.ts";
import { LockedError, inOneLine, messageOf } from "../model/errors.ts";
import { longestBetween, readClocks } from "../runtime/clocks.mjs";
import type { Clocks } from "../runtime/clocks.mjs";
import { isGone, machineOf } from "../runtime/process-identity.mjs";
import { pilotKeysOf } from "./keys.ts";
import type { Progress } from "../runtime/progress.ts";
import { describe, isAbandoned, lockContent } from "./lock-claim.ts";
import type { LockContent } from "./lock-claim.ts";
import { ConflictError } from "./object-store.ts";
import type { ObjectStore } from "./object-store.ts";
import { waitFor } from "../runtime/wait.ts";

/** Milliseconds that a lock lasts without renewal. */
export const usualLifetime = 60_000;

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
  /** Reads the clocks of this machine. */
  clocks?: () => Clocks;
}

/** How long a lock lasts if its holder does nothing. A process that works under it alone must end by then. */
export interface Lease {
  /** Milliseconds from now, by the clock that went furthest. At 0 the lock is lost. */
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

/** The lock object as one run writes it. */
class Claim {
  readonly #store: ObjectStore;
  readonly #key: string;
  readonly #content: LockContent;
  readonly #clocks: () => Clocks;
  #renewed = "";
  /** When each write was sent whose answer is open: it may have arrived although its answer was lost. */
  readonly #sent = new Map<string, Clocks>();

  constructor(store: ObjectStore, key: string, content: LockContent, clocks: () => Clocks) {
    this.#store = store;
    this.#key = key;
    this.#content = content;
    this.#clocks = clocks;
  }

  /** Writes it anew. Others may see the object from `written` on, whenever the answer comes. */
  async write(condition: { ifAbsent: true } | { ifMatch: string }): Promise<Written> {
    const written = this.#clocks();
    // Distinct, also if the wall clock was set back: it identifies the write, and changes the ETag.
    const last = Date.parse(this.#renewed) || 0;
    this.#renewed = new Date(Math.max(Date.now(), last + 1)).toISOString();
    this.#sent.set(this.#renewed, written);
    const text = JSON.stringify({ ...this.#content, renewed: this.#renewed });
    const etag = await this.#store.put(this.#key, text, condition);
    this.#sent.clear();
    return { etag, written };
  }

  /** The write of this run that an object holds. It may be an earlier one than the last: the lease counts from that. */
  find({ id, renewed }: LockContent, etag: string): Written | undefined {
    return id === this.#content.id ? { etag, written: this.#sent.get(renewed) } : undefined;
  }
}

interface Written {
  etag: string;
  /** When it was sent; undefined for a write whose answer came. */
  written: Clocks | undefined;
}

/**
 * Takes the cluster's lock: an object written on condition that it is absent, or that a dead owner's is unchanged. kOps
 * has no lock of its own and ignores this one; the lock keeps runs of this program apart, on any machine. The clocks of
 * two machines need not agree: who waits watches how long the object stays unchanged, who holds it believes the clock
 * that went furthest (docs/design/decisions/0010-lock-clocks.md).
 *
 * Errors: {@link LockedError} names the holder when it still holds the lock after `timeout`.
 */
export async function acquireLock(options: LockOptions): Promise<Lock> {
  const { store, cluster, progress, lifetime = usualLifetime, host = hostname(), proc, clocks = readClocks } = options;
  const machine = machineOf(host, proc);
  const key = pilotKeysOf(cluster).lock;
  const now = new Date().toISOString();
  const claim = new Claim(
    store,
    key,
    {
      id: randomUUID(),
      owner: options.owner,
      operation: options.operation,
      host,
      ...(machine === undefined ? {} : { machine }),
      pid: process.pid,
      since: now,
      renewed: now,
    },
    clocks,
  );

  let watched: { etag: string; since: number } | undefined;
  let holder: string | undefined;
  const attempt = async (): Promise<Written | undefined> => {
    try {
      const there = await store.get(key);
      if (!there) return await claim.write({ ifAbsent: true });
      const held = lockContent.parse(JSON.parse(there.body));
      // Our own write: its answer was lost, and the SDK's repetition conflicted with it.
      const own = claim.find(held, there.etag);
      if (own) return own;
      holder = describe(held);
      const { steady } = clocks();
      if (watched?.etag !== there.etag) watched = { etag: there.etag, since: steady };
      const gone = isGone({ machine: held.machine, pid: held.pid }, { machine });
      const unchangedFor = steady - watched.since;
      if (!isAbandoned({ gone, unchangedFor, age: there.age, lifetime })) return undefined;
      progress.say(`taking over the lock of a run that died: ${holder}`);
      return await claim.write({ ifMatch: there.etag });
    } catch (error) {
      if (error instanceof ConflictError) return undefined;
      throw error;
    }
  };

  let taken: Written;
  try {
    taken = await waitFor(
      async () => {
        const got = await attempt();
        return got === undefined
          ? { done: false, reason: holder ? `held by ${holder}` : "somebody else took it first" }
          : { done: true, value: got };
      },
      {
        what: "the lock of the cluster",
        interval: Math.min(2000, lifetime / 4),
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
          next:
            "wait for that run; if it is certain that it no longer works: " +
            `\`npx pilot unlock ${store.url} ${cluster}\`, and run again`,
        },
        error,
      );
    }
    throw error;
  }

  return hold(taken, { claim, store, key, cluster, lifetime, progress, clocks });
}

interface Holding {
  claim: Claim;
  store: ObjectStore;
  key: string;
  cluster: string;
  lifetime: number;
  progress: Progress;
  clocks: () => Clocks;
}

/** Renews the lock until it is released or lost. */
function hold(taken: Written, { claim, store, key, cluster, lifetime, progress, clocks }: Holding): Lock {
  // One renewal interval is left for stopping kOps before another run may take the lock.
  const renewal = lifetime / 4;
  const lost = new AbortController();
  // The client repeats a call that gets no answer. After the end of this lock that would prolong it for nobody.
  const over = new AbortController();
  const listeners = new Set<() => void>();
  let etag = taken.etag;
  let since = taken.written ?? clocks();
  let tried = since;
  let renewing: Promise<void> = Promise.resolve();
  let renews = false;
  let ending = false;
  let failure = "the store did not answer, or this machine was asleep or its clock was set";
  let timer: NodeJS.Timeout | undefined;
  const lose = (why: string): void => {
    clearTimeout(timer);
    lost.abort(
      new LockedError({
        what: `The lock of cluster ${cluster} was lost`,
        why,
        next: "run `pulumi up` again: it continues where this run stopped",
      }),
    );
    over.abort(lost.signal.reason);
  };
  const remaining = (): number => {
    if (lost.signal.aborted) return 0;
    const left = Math.max(0, lifetime - renewal - longestBetween(since, clocks()));
    if (left === 0) lose(`it could not be renewed: ${failure}`);
    return left;
  };
  /** The write of this run that the store has; undefined if another run took the lock, or nobody has it. */
  const look = async (): Promise<Written | undefined> => {
    const there = await store.get(key);
    return there && claim.find(lockContent.parse(JSON.parse(there.body)), there.etag);
  };
  const accept = (found: Written): void => {
    etag = found.etag;
    // An answer after the end of the lease is too late: kOps has been ended.
    if (!found.written || remaining() === 0) return;
    since = found.written;
    tried = since;
    for (const listener of listeners) listener();
  };
  const renew = async (): Promise<void> => {
    try {
      accept(await stoppedBy(over.signal, () => claim.write({ ifMatch: etag })));
    } catch (error) {
      if (over.signal.aborted) return;
      if (!(error instanceof ConflictError)) {
        failure = messageOf(error);
        progress.say(`could not renew the lock, trying again: ${failure}`);
        return;
      }
      try {
        const own = await look();
        if (own) accept(own);
        else lose("another run has taken it");
      } catch (unread) {
        failure = messageOf(unread);
      }
    }
  };
  // Looks at the clocks each second: timers stop while the machine is suspended, and a renewal may hang.
  const watch = (): void => {
    const left = remaining();
    if (left === 0) return;
    if (!renews && !ending && longestBetween(tried, clocks()) >= renewal) {
      renews = true;
      tried = clocks();
      renewing = renew().finally(() => {
        renews = false;
      });
    }
    timer = setTimeout(watch, Math.min(left, renewal / 4, 1000)).unref();
  };
  watch();

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
      remaining();
      lost.signal.throwIfAborted();
    },
    async release() {
      ending = true;
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
      over.abort(new Error("the lock is released"));
      clearTimeout(timer);
      if (remaining() === 0) return;
      try {
        const own = await look();
        if (own) await store.delete(key, own.etag);
      } catch (error) {
        // Another run took it in between.
        if (error instanceof ConflictError) return;
        progress.say(
          `warning: the lock of the cluster could not be released; it expires ${elapsed(lifetime)} after ` +
            `its last renewal: ${inOneLine(error)}`,
        );
      }
    },
  };
}
