import { execa } from "execa";

export interface Ran {
  exitCode: number;
  output: string;
  /** It was ended: by `killAt`, or because its time was over. */
  ended?: "killed" | "out of time";
}

export interface PulumiOptions {
  /** Milliseconds. */
  timeout: number;
  /** Kills everything at the first output that matches, as when a machine dies. */
  killAt?: RegExp;
}

/** Time for Pulumi to end after the signal that ends it in order. */
const grace = 60_000;

/** Runs `pulumi` in a process group of its own, and shows what it prints. */
export async function runPulumi(
  folder: string,
  env: NodeJS.ProcessEnv,
  args: readonly string[],
  options: PulumiOptions,
): Promise<Ran> {
  const running = execa("pulumi", [...args], {
    cwd: folder,
    env,
    extendEnv: false,
    all: true,
    reject: false,
    stdin: "ignore",
    detached: true,
  });
  let ended: Ran["ended"];
  let seen = "";
  const signal = (name: NodeJS.Signals): void => {
    if (running.pid !== undefined && running.exitCode === null) process.kill(-running.pid, name);
  };
  const timers = [
    setTimeout(() => {
      ended = "out of time";
      signal("SIGINT");
    }, options.timeout),
    setTimeout(() => {
      signal("SIGKILL");
    }, options.timeout + grace),
  ];
  running.all.on("data", (chunk: Buffer) => {
    process.stdout.write(chunk);
    seen += chunk.toString();
    if (ended === undefined && options.killAt?.test(seen) === true) {
      ended = "killed";
      signal("SIGKILL");
    }
  });
  const { exitCode = 1, all } = await running;
  for (const timer of timers) clearTimeout(timer);
  return { exitCode, output: all, ...(ended && { ended }) };
}
