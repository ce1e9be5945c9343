import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { Problem } from "../../base/problem.ts";
import { lastLines } from "../../base/log.ts";
import { identify, type ProcessIdentity } from "../../base/processes.ts";
import { isMissing } from "../../../providers/kops/model/errors.ts";

/** A program that prints one line of JSON when it is ready, and ends when its standard input closes. */
export interface ChildProgram {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly log: string;
  /** Time limit for the start, in milliseconds. */
  readonly patience: number;
  /** Time limit for an orderly stop, in milliseconds. */
  readonly grace: number;
}

export interface Child {
  readonly identity: ProcessIdentity;
  /** What it printed when it was ready. */
  readonly announcement: unknown;
  /** Resolves with the reason when the child has ended. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

const largestLog = 5_000_000;

function openLog(path: string): number {
  mkdirSync(dirname(path), { recursive: true });
  try {
    if (statSync(path).size > largestLog) renameSync(path, `${path}.old`);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  return openSync(path, "a", 0o600);
}

/** Starts a program and waits until it is ready. Its standard input stays open while this process lives. */
export async function startChild(program: ChildProgram, onStart: (identity: ProcessIdentity) => void): Promise<Child> {
  const log = openLog(program.log);
  const running = spawn(program.command, program.args, { env: program.env, stdio: ["pipe", "pipe", log] });
  closeSync(log);
  const { stdin, stdout } = running;
  if (!stdin || !stdout) throw new Error("a child with pipes has pipes");
  const ended = new Promise<string>((resolve) => {
    running.once("error", (error) => {
      resolve(`it could not be started: ${error.message}`);
    });
    running.once("exit", (code, signal) => {
      resolve(signal ? `it was ended by ${signal}` : `it ended with exit code ${String(code)}`);
    });
  });
  // A child that has ended closes its end; `ended` reports that.
  stdin.on("error", () => undefined);
  const identity = running.pid === undefined ? undefined : await identify(running.pid);
  if (identity) onStart(identity);

  let patience: NodeJS.Timeout | undefined;
  const outcome = await Promise.race([
    new Promise<{ announcement: unknown }>((resolve) => {
      createInterface(stdout).on("line", (line) => {
        if (line.startsWith("{")) resolve({ announcement: JSON.parse(line) as unknown });
      });
    }),
    ended.then((why) => ({ why })),
    new Promise<{ why: string }>((resolve) => {
      patience = setTimeout(resolve, program.patience, { why: `it was not ready after ${program.patience / 1000} s` });
    }),
  ]);
  clearTimeout(patience);
  if ("why" in outcome || !identity) {
    running.kill("SIGKILL");
    throw new Problem({
      what: `The ${program.name} of the local cloud did not start`,
      why:
        `${"why" in outcome ? outcome.why : "it ended at once"}; the end of ` +
        `${program.log}:\n${await lastLines(program.log)}`,
      next: "npm run local:stop && npm start",
    });
  }
  return {
    identity,
    announcement: outcome.announcement,
    ended,
    stop: async () => {
      running.kill("SIGTERM");
      const kill = setTimeout(() => running.kill("SIGKILL"), program.grace);
      await ended;
      clearTimeout(kill);
    },
  };
}
