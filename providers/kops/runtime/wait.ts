import { setTimeout as sleep } from "node:timers/promises";
import { elapsed } from "../model/durations.ts";
import { TimeoutError } from "../model/errors.ts";
import { stoppedBy } from "../http/stop.ts";
import type { Progress } from "./progress.ts";

/** Result of one look: done with a value, or not yet with the reason. */
export type Probe<T> = { done: true; value: T } | { done: false; reason: string };

export interface WaitOptions {
  /** The goal, as in "waiting for …". */
  what: string;
  /** Milliseconds between two looks. */
  interval: number;
  /** Milliseconds until the wait fails with the last reason. */
  timeout: number;
  /** The next command if the wait fails. */
  next: string;
  signal: AbortSignal;
  progress: Progress;
  /** A clock that nobody steps. */
  now?: () => number;
}

/** Milliseconds after which a line is repeated although the reason has not changed. */
const heartbeat = 30_000;

/**
 * Probes until the probe is done. An error of the probe ends the wait: only a "not yet" goes on.
 *
 * Errors: {@link TimeoutError} with the last reason.
 */
export async function waitFor<T>(probe: () => Promise<Probe<T>>, options: WaitOptions): Promise<T> {
  const now = options.now ?? (() => performance.now());
  const began = now();
  let said: { reason: string; at: number } | undefined;
  for (;;) {
    options.signal.throwIfAborted();
    const result = await stoppedBy(options.signal, probe);
    if (result.done) {
      if (said) options.progress.waits?.(options.what);
      return result.value;
    }
    if (now() - began >= options.timeout) {
      throw new TimeoutError({
        what: `Waited ${elapsed(options.timeout)} for ${options.what}`,
        why: `the last check found: ${result.reason}`,
        next: options.next,
      });
    }
    if (said?.reason !== result.reason || now() - said.at >= heartbeat) {
      options.progress.say(`waiting for ${options.what}: ${result.reason}`);
      options.progress.waits?.(options.what, result.reason);
      said = { reason: result.reason, at: now() };
    }
    await sleep(options.interval, undefined, { signal: options.signal });
  }
}

/** The result of the work, or an error after `patience` milliseconds. The work itself goes on. */
export async function withTimeout<T>(work: Promise<T>, patience: number): Promise<T> {
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

/** Works on all items, `parallel` at a time. Throws the first failure; work that has begun runs to its end. */
export async function forEachParallel<T>(
  items: readonly T[],
  parallel: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  await Promise.all(
    Array.from({ length: parallel }, async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) await work(next);
    }),
  );
}
