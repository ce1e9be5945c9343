import { execa } from "execa";

/** A command as the program gives it. */
export interface Command {
  readonly script: string;
  readonly interpreter: readonly string[];
  readonly dir: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly stdin: string | undefined;
}

export interface Printed {
  readonly stdout: string;
  readonly stderr: string;
}

/** The official plugin's own: `/bin/sh -c`. */
export const defaultInterpreter: readonly string[] = ["/bin/sh", "-c"];

/**
 * Runs a command to its end, in this process's environment and the given one. Each line is told as it comes; the
 * newline at the end is not part of what was printed. Another exit code than 0 throws, with what the command said.
 */
export async function runCommand(command: Command, env: NodeJS.ProcessEnv, signal: AbortSignal, say: (line: string) => void): Promise<Printed> {
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
  for await (const line of running.iterable({ from: "all" })) say(line);
  const result = await running;
  const { stdout, stderr } = result;
  if (result.failed) {
    const said = stderr.trim() === "" ? stdout.trim() : stderr.trim();
    throw new Error(`${result.exitCode === undefined ? result.shortMessage : `exit status ${result.exitCode}`}: running "${command.script}":\n${said}`);
  }
  return { stdout, stderr };
}
