import { execa } from "execa";

/** A command as the program gives it. */
export interface Command {
  readonly script: string;
  readonly interpreter: readonly string[];
  readonly dir: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly stdin: string | undefined;
  /** Which of its lines are logged while it runs. */
  readonly logging: Logging;
}

/** The official plugin's values. */
export type Logging = "stdout" | "stderr" | "stdoutAndStderr" | "none";

export interface Printed {
  readonly stdout: string;
  readonly stderr: string;
}

/** The official plugin's default: `/bin/sh -c`. */
export const defaultInterpreter: readonly string[] = ["/bin/sh", "-c"];

/**
 * Runs a command in this process's environment and the given one. Logs lines as they come, as `logging` says. The
 * output has no trailing newline. Throws with the whole output if the exit code is not 0.
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
