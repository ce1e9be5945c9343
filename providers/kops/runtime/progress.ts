import { elapsed } from "../model/durations.ts";

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
