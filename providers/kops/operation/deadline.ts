import { milliseconds } from "../model/durations.ts";
import { TimeoutError } from "../model/errors.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import type { RecordedOperation } from "../store/journal.ts";

/** The longest time a timer of node can be set to: 24.8 days. */
const longestTimer = 2 ** 31 - 1;

/** The time a verb may take, in all. */
export interface Deadline {
  /** Aborted with a {@link TimeoutError} when the time is over; never without `timeouts`. */
  readonly signal: AbortSignal;
  /** The work is done: nothing is late any more. */
  end(): void;
}

/** Begins to count the verb's time. `reached` says, when the time is over, how far the work came. */
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

/** What stopped the run, where all that was thrown says no more than that it was stopped, as node's own waits do. */
export function reasonBehind(thrown: unknown, signal: AbortSignal): unknown {
  return thrown instanceof Error && thrown.name === "AbortError" && signal.aborted ? signal.reason : thrown;
}
