import { elapsed } from "../model/durations.ts";
import { redact } from "./redact.ts";
import { inOneLine } from "../model/errors.ts";

/**
 * Where a person follows an operation: one line per transition, with the cluster's name and the time since it began.
 */
export interface Progress {
  say(text: string): void;
}

/**
 * Lines on standard output reach Pulumi's display live, as info lines of the stack. The name is cut to the part
 * that tells clusters of one stack apart.
 */
export function consoleProgress(
  cluster: string,
  now: () => number,
  write: (line: string) => void = console.log,
): Progress {
  const began = now();
  const short = cluster.split(".").slice(0, 2).join(".");
  return {
    say(text) {
      write(`[${short}] ${text} (${elapsed(now() - began)})`);
    },
  };
}

/** Milliseconds without a line after which one is said. */
const usualInterval = 30_000;

/** A progress that never is silent for long. */
export interface Heartbeat {
  readonly progress: Progress;
  /** Hears a line of kOps's output, which is not said: the last one tells what it is at. */
  hear(line: string): void;
  /** Ends it. Nothing is said afterwards by itself. */
  stop(): void;
}

/**
 * The text of a line of kOps, without the header that klog gives it: `I1121 10:00:00.000000 1234 instancegroups.go:431]
 * `.
 */
function textOf(line: string): string {
  return line.replace(/^[IWEF]\d{4} \S+\s+\d+ \S+\] /, "").trim();
}

/**
 * Says again what was said last, and what kOps said since, whenever nothing was said for `interval` milliseconds: a
 * drain that a PodDisruptionBudget blocks takes long and is silent, and whoever waits must see that it lives, and why.
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
      heard = textOf(redact(line)) || heard;
    },
    stop() {
      clearInterval(timer);
    },
  };
}

/**
 * Does the work, then `end`, whatever came of it. What goes wrong in the end is said as a warning and not thrown: it
 * would hide why the work failed, and undoes nothing where it did not. `what` names the end, as in "could not …".
 */
export async function endingWith<T>(
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
