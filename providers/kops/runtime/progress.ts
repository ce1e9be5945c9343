import { elapsed } from "../model/durations.ts";
import { redact } from "./redact.ts";
import { inOneLine } from "../model/errors.ts";
import { painted, withoutTags } from "../model/pulumi-colors.ts";
import type { Paint } from "../model/pulumi-colors.ts";
import type { Lines } from "./long-work.ts";

/** The lines by which a person follows an operation: one per transition. */
export interface Progress extends Lines {
  /** What is waited for and why; no reason: the wait is over. For the history: nothing is printed. */
  waits?(what: string, reason?: string): void;
}

/**
 * Writes lines with the cluster's name. Pulumi shows standard output live, as info lines of the stack, and mixes the
 * lines of several clusters. The name is cut to the part that tells clusters of one stack apart.
 */
export function clusterLines(
  cluster: string,
  write: (line: string) => void = console.log,
): (text: string, paint?: Paint) => void {
  const short = withoutTags(cluster.split(".").slice(0, 2).join("."));
  return (text, paint) => {
    write(`[${short}] ${painted(text, paint)}`);
  };
}

/** Writes lines with the cluster's name and the time since the operation began. */
export function consoleProgress(
  cluster: string,
  now: () => number,
  write: (line: string) => void = console.log,
): Progress {
  const began = now();
  const line = clusterLines(cluster, write);
  return {
    timed: true,
    say(text) {
      line(`${text} (${elapsed(now() - began)})`);
    },
  };
}

/** Milliseconds of silence before a line is repeated. */
const usualInterval = 30_000;

/** A progress that is never silent for long. */
export interface Heartbeat {
  readonly progress: Progress;
  /** Takes a line of kOps's output. It is not printed, but the heartbeat repeats the last one. */
  hear(line: string): void;
  /** Stops the heartbeat. */
  stop(): void;
}

/**
 * Repeats the last line, with the last line of kOps since, after each `interval` milliseconds of silence. A drain that
 * a PodDisruptionBudget blocks is long and silent, and the person who waits must see that it works, and why it takes
 * long.
 */
export function withHeartbeat(progress: Progress, interval: number = usualInterval): Heartbeat {
  let said = "";
  let heard = "";
  const beat = (): void => {
    progress.say(`still ${[said, heard && `kOps: ${heard}`].filter(Boolean).join("; ") || "at work"}`);
  };
  const timer = setInterval(beat, interval);
  timer.unref();
  return {
    progress: {
      say(text) {
        timer.refresh();
        said = text;
        heard = "";
        progress.say(text);
      },
    },
    hear(line) {
      heard = redact(line).trim() || heard;
    },
    stop() {
      clearInterval(timer);
    },
  };
}

/**
 * Does the work, then the cleanup `end`, even if the work fails. An error of the cleanup is only a warning: thrown, it
 * would hide why the work failed, and it undoes no work that succeeded. `what` names the cleanup, as in "could not …".
 */
export async function withCleanup<T>(
  { what, end }: { what: string; end: () => Promise<unknown> },
  progress: Progress,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } finally {
    try {
      await end();
    } catch (error) {
      progress.say(`warning: could not ${what}: ${inOneLine(error)}`);
    }
  }
}
