import { setTimeout as sleep } from "node:timers/promises";
import { elapsed, milliseconds } from "../model/durations.ts";
import { TimeoutError } from "../model/errors.ts";
import type { RollingUpdateOptions } from "../model/inputs.ts";
import type { OperationContext } from "../operation/context.ts";
import { passingFailure } from "./api-failures.ts";

/** What a repeated call waits for. */
const theApi = "an answer of the Kubernetes API";

/** Milliseconds between two calls, unless the API asks for more. */
const interval = 1000;

interface PatienceOptions extends Pick<OperationContext, "progress" | "signal"> {
  /** What the calls are for, as in "waited for …". */
  what: string;
  /** Milliseconds until a failing call fails for good. */
  timeout: number;
  /** The next command if they fail. */
  next: string;
}

/** Repeats calls to the Kubernetes API that fail for a passing reason. Says each reason once, then the count. */
export class Patience {
  readonly #options: PatienceOptions;
  readonly #failures = new Map<string, number>();
  #what: string;
  #began = Date.now();
  /** Whether the last call failed. */
  #failing = false;

  constructor(options: PatienceOptions) {
    this.#options = options;
    this.#what = options.what;
  }

  /** Starts the time anew, for the next part of the work. */
  begin(what: string): void {
    this.#what = what;
    this.#began = Date.now();
  }

  /**
   * The result of the call. `isAnswer`: errors that are an answer to this call, and are thrown at once.
   *
   * Errors: those of the call that do not pass, and TimeoutError with the last one.
   */
  async ask<T>(call: () => Promise<T>, isAnswer: (error: unknown) => boolean = () => false): Promise<T> {
    const { timeout, next, signal, progress } = this.#options;
    for (;;) {
      signal.throwIfAborted();
      try {
        const answer = await call();
        if (this.#failing) progress.waits?.(theApi);
        this.#failing = false;
        return answer;
      } catch (error) {
        const failure = isAnswer(error) ? undefined : passingFailure(error);
        if (failure === undefined) throw error;
        const { why, after = 0 } = failure;
        const times = this.#failures.get(why) ?? 0;
        this.#failures.set(why, times + 1);
        const pause = Math.max(interval, after);
        if (Date.now() + pause - this.#began > timeout) {
          throw new TimeoutError(
            {
              what: `Waited ${elapsed(timeout)} for ${this.#what}`,
              why: `the Kubernetes API fails: ${why}; ${this.#count()}`,
              next,
            },
            error,
          );
        }
        this.#failing = true;
        progress.waits?.(theApi, why);
        if (times === 0)
          progress.say(`the Kubernetes API fails (${why}): asking again, for at most ${elapsed(timeout)}`);
        await sleep(pause, undefined, { signal });
      }
    }
  }

  /** Says what failed meanwhile. */
  end(): void {
    if (this.#failures.size > 0) this.#options.progress.say(`the Kubernetes API failed meanwhile: ${this.#count()}`);
  }

  #count(): string {
    const all = [...this.#failures.values()].reduce((sum, times) => sum + times, 0);
    const reasons = [...this.#failures].map(([why, times]) => `${why} (${times})`);
    return `${all} ${all === 1 ? "call" : "calls"} failed: ${reasons.join(", ")}`;
  }
}

/** Milliseconds that a drain may take. */
export function drainTimeout({ drainTimeout: text = "15m" }: RollingUpdateOptions = {}): number {
  return milliseconds(text);
}

/** Does work on a group with calls that are repeated until the drain time-out. */
export async function withPatience<T>(
  { inputs, progress, signal }: Pick<OperationContext, "inputs" | "progress" | "signal">,
  what: string,
  work: (patience: Patience) => Promise<T>,
): Promise<T> {
  const patience = new Patience({
    what,
    timeout: drainTimeout(inputs.rollingUpdate),
    next: "make the Kubernetes API reachable from here, then run `pulumi up` again: it continues here",
    signal,
    progress,
  });
  try {
    return await work(patience);
  } finally {
    patience.end();
  }
}
