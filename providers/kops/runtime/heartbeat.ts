import { redact } from "./redact.ts";
import type { Progress } from "./progress.ts";

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
      heard = redact(line).trim() || heard;
    },
    stop() {
      clearInterval(timer);
    },
  };
}
