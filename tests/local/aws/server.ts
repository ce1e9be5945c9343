import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { layoutOf } from "../../../local/base/layout.ts";
import { awsPython } from "../../../local/tools/index.ts";

const root = join(import.meta.dirname, "..", "..", "..");
const program = join(root, "local", "aws", "server.py");
/** Ends it with this process, even if that is killed. */
const withParent = join(root, "local", "cloud", "with-parent.py");

/** A running AWS server of the local cloud. */
export interface Aws {
  readonly endpoint: string;
  readonly dir: string;
  /** Ends the process with a signal and keeps its memory; returns the exit code, or null if the signal killed it. */
  readonly end: (signal: NodeJS.Signals) => Promise<number | null>;
  /** Ends the process and deletes its memory. */
  readonly stop: () => Promise<void>;
}

/** What a server that could not start printed before it ended. */
export interface Refusal {
  readonly code: number | null;
  readonly stderr: string;
}

const living = new Set<() => void>();
process.on("exit", () => {
  for (const kill of living) kill();
});

async function python(): Promise<string> {
  return process.env["PILOT_AWS_PYTHON"] ?? (await awsPython(layoutOf(root)));
}

async function launch(dir: string, more: readonly string[]): Promise<Aws | Refusal> {
  const server = spawn(await python(), [withParent, program, "--dir", dir, ...more], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  const kill = () => server.kill("SIGKILL");
  living.add(kill);
  const ended = once(server, "exit").then(([code]) => {
    living.delete(kill);
    return code as number | null;
  });
  let stderr = "";
  server.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const line = once(createInterface({ input: server.stdout }), "line").then(([text]) => text as string);
  const first = await Promise.race([line, ended.then(() => undefined)]);
  if (first === undefined) return { code: await ended, stderr };

  const end = async (signal: NodeJS.Signals) => {
    server.kill(signal);
    return ended;
  };
  const stop = async () => {
    await end("SIGTERM");
    await rm(dir, { recursive: true, force: true });
  };
  return { endpoint: (JSON.parse(first) as { endpoint: string }).endpoint, dir, end, stop };
}

/** Starts the AWS server of the local cloud, with the memory in `dir` if one is given. */
export async function startAws(dir?: string): Promise<Aws> {
  const started = await launch(dir ?? (await mkdtemp(join(tmpdir(), "pilot-aws-"))), ["--port", "0"]);
  if ("code" in started) throw new Error(`the AWS server ended with ${String(started.code)}: ${started.stderr}`);
  return started;
}

/** Starts it where it must refuse to start, and returns what it prints. */
export async function refusalOf(dir: string, ...more: string[]): Promise<Refusal> {
  const started = await launch(dir, more);
  if ("code" in started) return started;
  await started.end("SIGKILL");
  throw new Error(`the AWS server started at ${started.endpoint}, it should have refused`);
}

/** Failures inside the server itself; there must be none after any test. */
export async function errorsOf(aws: Aws): Promise<unknown[]> {
  const response = await fetch(`${aws.endpoint}/_pilot/errors`);
  return (await response.json()) as unknown[];
}
