import { setTimeout as sleep } from "node:timers/promises";
import { elapsed } from "../model/durations.ts";
import { TimeoutError } from "../model/errors.ts";
import type { Progress } from "./progress.ts";

/** One look at what is waited for: done with a value, or not yet with the reason. */
export type Probe<T> = { done: true; value: T } | { done: false; reason: string };

export interface WaitOptions {
  /** What is waited for, as in "waiting for …". */
  what: string;
  /** Milliseconds between two looks. */
  interval: number;
  /** Milliseconds until the wait fails with the last reason seen. */
  timeout: number;
  /** What to type when the wait failed. */
  next: string;
  signal: AbortSignal;
  progress: Progress;
  now?: () => number;
}

/** A line is printed when the reason changes, and after this long without one. */
const heartbeat = 30_000;

/**
 * Looks until the probe is done. A probe that throws ends the wait: only what the probe calls "not yet" is waited for.
 */
export async function waitFor<T>(probe: () => Promise<Probe<T>>, options: WaitOptions): Promise<T> {
  const now = options.now ?? Date.now;
  const began = now();
  let said: { reason: string; at: number } | undefined;
  for (;;) {
    options.signal.throwIfAborted();
    const look = await probe();
    if (look.done) return look.value;
    if (now() - began >= options.timeout) {
      throw new TimeoutError({
        what: `Waited ${elapsed(options.timeout)} for ${options.what}`,
        why: `The last look said: ${look.reason}`,
        next: options.next,
      });
    }
    if (said?.reason !== look.reason || now() - said.at >= heartbeat) {
      options.progress.say(`waiting for ${options.what}: ${look.reason}`);
      said = { reason: look.reason, at: now() };
    }
    await sleep(options.interval, undefined, { signal: options.signal });
  }
}

/**
 * The result of a piece of work, or an error when it takes longer than `patience`, in milliseconds. The work itself
 * goes on.
 */
export async function within<T>(work: Promise<T>, patience: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${patience / 1000} s`));
    }, patience);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Does the same to all items, so many at a time. The first failure is thrown; what is under way by then comes to its
 * end.
 */
export async function each<T>(items: readonly T[], parallel: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  await Promise.all(
    Array.from({ length: parallel }, async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) await work(next);
    }),
  );
}
