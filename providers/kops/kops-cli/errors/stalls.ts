import { milliseconds } from "../../model/durations.ts";

/** A task of `kops update cluster` that failed in a round. */
export interface FailedTask {
  /** Kind and name, `VPC/k1.example.com`. */
  task: string;
  /** Seconds since kOps first tried it. */
  failing: number;
  text: string;
}

/** A round in which no task succeeded. Nothing runs after it until kOps has slept for ten seconds. */
export interface Stall {
  failed: readonly FailedTask[];
  /** How many tasks failed. More than `failed` when kOps keeps the error of some to itself. */
  count: number;
  done: number;
  total: number;
}

/** `MaxTaskDuration` of RunTasks, in seconds. */
const mostSeconds = 600;

const roundLine = /Tasks: (\d+) done \/ (\d+) total; \d+ can run/;
const failureLine = /error running task "([^"]+)" \((-?)([\dhms]+) remaining to succeed\): (.*)$/;
const stallLine = /(?:Continuing to run|No progress made, sleeping before retrying) (\d+) task\(s\)/;
const logHeader = /^[IWEF]\d{4} /;

/**
 * Reads the rounds in the log of `kops update cluster` (RunTasks in upup/pkg/fi/executor.go, the same in 1.32.1, 1.35.0
 * and 1.36.2). The reader returns a stall at its last line. kOps says nothing about a task that asks to be tried again
 * later (TryAgainLaterError), but counts it.
 */
export function readStalls(): (line: string) => Stall | undefined {
  let failed: FailedTask[] = [];
  let done = 0;
  let total = 0;
  return (line) => {
    const round = roundLine.exec(line);
    if (round) {
      failed = [];
      [done, total] = [Number(round[1]), Number(round[2])];
      return undefined;
    }
    const failure = failureLine.exec(line);
    if (failure) {
      const [, task = "", late, left = "0s", text = ""] = failure;
      const remaining = (milliseconds(left) / 1000) * (late === "-" ? -1 : 1);
      failed.push({ task, failing: mostSeconds - remaining, text });
      return undefined;
    }
    const stall = stallLine.exec(line);
    if (stall) return { failed, count: Number(stall[1]), done, total };
    const last = failed.at(-1);
    // An error of several lines.
    if (last && !logHeader.test(line) && line.trim() !== "") last.text += ` ${line.trim()}`;
    return undefined;
  };
}
