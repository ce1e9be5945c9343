import { execa } from "execa";

/** A command as the program gives it. */
export interface Command {
  readonly script: string;
  readonly interpreter: readonly string[];
  readonly dir: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly stdin: string | undefined;
  /** Which of its lines are told while it runs. */
  readonly logging: Logging;
}

/** The official plugin's own words. */
export type Logging = "stdout" | "stderr" | "stdoutAndStderr" | "none";

export interface Printed {
  readonly stdout: string;
  readonly stderr: string;
}

/** The official plugin's own: `/bin/sh -c`. */
export const defaultInterpreter: readonly string[] = ["/bin/sh", "-c"];

/**
 * Runs a command to its end, in this process's environment and the given one. Lines are told as they come, as
 * far as `logging` says; the newline at the end is not part of what was printed. Another exit code than 0 throws, with
 * all that the command said.
 */
export async function runCommand(
  command: Command,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<Printed> {
  const [program = "", ...args] = command.interpreter;
  const running = execa(program, [...args, command.script], {
    ...(command.dir === undefined ? {} : { cwd: command.dir }),
    env: { ...env, ...command.environment },
    extendEnv: false,
    ...(command.stdin === undefined ? { stdin: "ignore" as const } : { input: command.stdin }),
    reject: false,
    cancelSignal: signal,
    all: true,
  });
  const from = { stdout: "stdout", stderr: "stderr", stdoutAndStderr: "all", none: undefined } as const;
  const told = from[command.logging];
  if (told !== undefined) for await (const line of running.iterable({ from: told })) say(line);
  const result = await running;
  const { stdout, stderr } = result;
  if (result.failed) {
    throw new Error(
      `${result.exitCode === undefined ? result.shortMessage : `exit status ${result.exitCode}`}: running ` +
        `${JSON.stringify(command.script)}:\n${result.all}`,
    );
  }
  return { stdout, stderr };
}
