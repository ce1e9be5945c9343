import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { CancelledError, KopsError, TimeoutError } from "../model/errors.ts";
import type { Lease } from "../store/lock.ts";
import { serverForKops } from "./api-server.ts";
import type { RunLog } from "../runtime/log.ts";
import { lineRedactor } from "../runtime/redact.ts";
import { endGroup } from "../runtime/processes.ts";

const supervisor = fileURLToPath(new URL("./supervisor.mjs", import.meta.url));

export interface KopsContext {
  /** The binary of the desired version. */
  binary: string;
  cluster: string;
  /** `s3://…`, or `file://…` for a scratch copy. */
  store: string;
  /** A private folder, kOps's working directory. */
  folder: string;
  log: RunLog;
  signal: AbortSignal;
  /** The whole environment of kOps. */
  env: NodeJS.ProcessEnv;
  /** Of the lock it works under. */
  lease?: Lease;
  /** Address of the Kubernetes API. Looked up at each command: a new cluster may only now be reachable. */
  apiServer: () => Promise<string | undefined>;
}

export interface KopsResult {
  exitCode: number;
  stdout: string;
  stderr: string;
  /** Whether it was ended at `stopAt`. */
  stopped?: boolean;
}

export interface KopsCommand {
  args: string[];
  /** Exit codes other than 0 are returned, not thrown. */
  mayFail?: boolean;
  /** Called with each line of kOps's output, as it comes. */
  onLine?: (line: string) => void;
  /** A line that the command cannot get past, however long it tries: it is stopped there, and its result is marked. */
  stopAt?: RegExp;
  /** This command talks to the Kubernetes API. */
  usesApi?: boolean;
  /** Ends this command alone, which is then no failure: its result is what it said until then. */
  stop?: AbortSignal;
}

/** How much of the end of kOps's output an error message repeats. */
const tailLines = 12;

/** kOps's own word for what went wrong, else the end of its output. */
function reasonIn(result: KopsResult): string {
  const lines = `${result.stdout}\n${result.stderr}`.split("\n").filter((line) => line.trim());
  const errors = lines.filter((line) => /^Error: /.test(line)).map((line) => line.replace(/^Error: /, ""));
  if (errors.length > 0) return errors.join("; ");
  return lines.slice(-tailLines).join("\n    ") || `it exited with ${result.exitCode} and said nothing`;
}

/**
 * The only place that starts kOps: arguments as a list, never a shell; its environment as given; under the supervisor.
 */
export class Kops {
  readonly #context: KopsContext;

  constructor(context: KopsContext) {
    this.#context = context;
  }

  /** The same kOps on another store. */
  on(store: string): Kops {
    return new Kops({ ...this.#context, store });
  }

  get logPath(): string {
    return this.#context.log.path;
  }

  async run(command: KopsCommand): Promise<KopsResult> {
    const { binary, store, folder, log, signal, env, lease } = this.#context;
    signal.throwIfAborted();
    let server: string | undefined;
    try {
      server = command.usesApi ? await this.#context.apiServer() : undefined;
    } catch (error) {
      // As when kOps does not reach the API: the machine that a tunnel leads through may be among those just being
      // made.
      if (!command.mayFail || !(error instanceof KopsError || error instanceof TimeoutError)) throw error;
      return { exitCode: 1, stdout: "", stderr: `Error: ${error.message.replace(/\s*\n\s*/g, " ")}` };
    }
    const args = [
      ...command.args,
      "--state",
      store,
      ...(server === undefined ? [] : ["--api-server", serverForKops(server)]),
    ];
    log.write(`$ kops ${args.join(" ")}`);
    const child = spawn(process.execPath, [supervisor, binary, ...args], {
      cwd: folder,
      env,
      // Standard input stays open as long as this process lives: the supervisor watches it.
      stdio: ["pipe", "pipe", "pipe"],
      // A process group of its own, which kOps and its children stay in: they can be ended whoever is left of them.
      detached: true,
    });
    child.on("exit", () => {
      endGroup(child.pid);
    });
    const stop = (): void => {
      child.stdin.destroy();
    };
    // kOps may have ended a moment ago; nobody reads then.
    child.stdin.on("error", () => undefined);
    const tell = (): void => {
      if (lease && child.stdin.writable) child.stdin.write(`${lease.remaining()}\n`);
    };
    tell();
    const unsubscribe = lease?.onRenewed(tell);
    signal.addEventListener("abort", stop, { once: true });
    command.stop?.addEventListener("abort", stop, { once: true });
    const early = new AbortController();
    const onLine = (line: string): void => {
      command.onLine?.(line);
      if (command.stopAt?.test(line) !== true) return;
      early.abort();
      stop();
    };
    try {
      const [stdout, stderr, exitCode] = await Promise.all([
        this.#collect(child.stdout, onLine),
        this.#collect(child.stderr, onLine),
        new Promise<number>((resolve, reject) => {
          child.on("error", reject);
          child.on("close", (code) => {
            resolve(code ?? 1);
          });
        }),
      ]);
      log.write(`= ${exitCode}`);
      const result = { exitCode, stdout, stderr, stopped: early.signal.aborted };
      if (signal.aborted) {
        if (signal.reason instanceof Error) throw signal.reason;
        throw new CancelledError({
          what: `kops ${command.args.slice(0, 2).join(" ")} was stopped`,
          why: "the run was cancelled",
          next: "run `pulumi up` again: it continues",
        });
      }
      if (exitCode !== 0 && !command.mayFail && command.stop?.aborted !== true && !result.stopped)
        throw this.failed(command, result);
      return result;
    } finally {
      signal.removeEventListener("abort", stop);
      unsubscribe?.();
      command.stop?.removeEventListener("abort", stop);
      stop();
    }
  }

  /** The error for a command that ended with another exit code than 0. */
  failed(command: KopsCommand, result: KopsResult): KopsError {
    return new KopsError({
      what: `kops ${command.args.slice(0, 2).join(" ")} of ${this.#context.cluster} failed`,
      why: this.#context.log.redact(reasonIn(result)),
      next: `see ${this.#context.log.path}, mend the cause and run \`pulumi up\` again: it continues from here`,
    });
  }

  async #collect(stream: Readable, onLine?: (line: string) => void): Promise<string> {
    const lines: string[] = [];
    const clean = lineRedactor();
    for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
      lines.push(line);
      const fit = this.#context.log.redact(clean(line));
      this.#context.log.write(fit);
      onLine?.(fit);
    }
    return lines.join("\n");
  }
}
