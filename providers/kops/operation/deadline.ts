import { apart, stoppedBy } from "../http/stop.ts";
import { milliseconds } from "../model/durations.ts";
import { TimeoutError } from "../model/errors.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import type { RecordedOperation } from "../store/journal.ts";

/**
 * Milliseconds for each last act after an operation: to note its end in the journal, to release the lock. A store that
 * does not answer must not hold a run that has ended.
 */
const lastActs = 10_000;

/** Does a last act, apart from the stop that may have ended the operation. Its calls end when the time is over. */
export function lastAct<T>(work: () => Promise<T>): Promise<T> {
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort(new Error(`no answer within ${lastActs / 1000} s`));
  }, lastActs);
  return apart(() => stoppedBy(late.signal, work)).finally(() => {
    clearTimeout(timer);
  });
}

/** The longest timer that node can set: 24.8 days. */
const longestTimer = 2 ** 31 - 1;

/** The time that a whole verb may take (`timeouts`). Unlike a stop (stops.ts), it aborts work in its middle. */
export interface Deadline {
  /** Aborts with a {@link TimeoutError} when the time is over; never without `timeouts`. */
  readonly signal: AbortSignal;
  /** Ends the timer when the work is done. */
  end(): void;
}

/** Starts the timer of a verb. `reached` tells how far the work came when the time is over. */
export function startDeadline(
  inputs: Pick<KopsClusterInputs, "name" | "timeouts">,
  verb: RecordedOperation["verb"],
  reached: () => string,
): Deadline {
  const late = new AbortController();
  const limit = inputs.timeouts?.[verb];
  if (limit === undefined) return { signal: late.signal, end: () => undefined };
  const timer = setTimeout(
    () => {
      late.abort(
        new TimeoutError({
          what: `The ${verb} of ${inputs.name} was stopped: timeouts.${verb} is ${limit}`,
          why: reached(),
          next: `run \`pulumi ${verb === "delete" ? "destroy" : "up"}\` again: it continues; or allow it more time`,
        }),
      );
    },
    Math.min(milliseconds(limit), longestTimer),
  );
  return {
    signal: late.signal,
    end: () => {
      clearTimeout(timer);
    },
  };
}

/** Why the run was stopped, where the error only tells that it was stopped, as node's own waits do. */
export function reasonBehind(thrown: unknown, signal: AbortSignal): unknown {
  return thrown instanceof Error && thrown.name === "AbortError" && signal.aborted ? signal.reason : thrown;
}
