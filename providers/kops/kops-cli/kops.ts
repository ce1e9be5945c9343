import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { CancelledError, ConfigError, KopsError, TimeoutError } from "../model/errors.ts";
import type { Cause } from "../model/errors.ts";
import { manifestOf } from "../model/spec.ts";
import type { DesiredSpec } from "../model/spec.ts";
import { propertyPath } from "../model/unknown.ts";
import type { RunLog } from "../runtime/log.ts";
import { readClocks } from "../runtime/clocks.mjs";
import { endGroup } from "../runtime/processes.ts";
import { lineRedactor } from "../runtime/redact.ts";
import type { Lease } from "../store/lock.ts";
import { causesText, exitCauses } from "./errors/exit.ts";
import { globalFlags, replace } from "./flags.ts";
import { errorIn, findUnread, unreadReason, unreadValueIn } from "./output/index.ts";

const supervisor = fileURLToPath(new URL("./supervisor.mjs", import.meta.url));

export interface KopsContext {
  /** The binary of the desired version. */
  binary: string;
  cluster: string;
  /** `s3://…`, or `file://…` for a scratch copy. */
  store: string;
  /** The store of which it is a copy, for messages. @default `store` */
  original?: string;
  /** A private folder: kOps's working directory. */
  folder: string;
  log: RunLog;
  signal: AbortSignal;
  /** The whole environment of kOps. */
  env: NodeJS.ProcessEnv;
  /** The lease of the cluster's lock: kOps ends when it does. */
  lease?: Lease;
  /** Address of the Kubernetes API. Each command asks again: a new cluster may have become reachable. */
  apiServer: () => Promise<string | undefined>;
}

export interface KopsResult {
  exitCode: number;
  stdout: string;
  stderr: string;
  /** Whether `stopAt` ended it. */
  stopped?: boolean;
}

export interface KopsCommand {
  args: string[];
  /** Returns exit codes other than 0 instead of throwing. */
  mayFail?: boolean;
  /** Called with each line of kOps's output as it arrives. */
  onLine?: (line: string) => void;
  /** Whether the command can never get past a line: it ends there, and its result is `stopped`. */
  stopAt?: (line: string) => boolean;
  /** Causes in the text of kOps's error, beside those that every command can have ({@link exitCauses}). */
  causes?: (error: string) => readonly Cause[];
  /** The command talks to the Kubernetes API. */
  usesApi?: boolean;
  /** Ends this command alone. That is no failure: the result is its output until then. */
  stop?: AbortSignal;
}

/** The only place that starts kOps: from an argument list, without a shell, under the supervisor. */
export class Kops {
  readonly #context: KopsContext;

  constructor(context: KopsContext) {
    this.#context = context;
  }

  /** The same kOps on another store. */
  on(store: string): Kops {
    const { original = this.#context.store } = this.#context;
    return new Kops({ ...this.#context, store, original });
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
      // The same as if kOps did not reach the API: AWS may still be making the instance that a tunnel leads through.
      if (!command.mayFail || !(error instanceof KopsError || error instanceof TimeoutError)) throw error;
      return { exitCode: 1, stdout: "", stderr: `Error: ${error.message.replace(/\s*\n\s*/g, " ")}` };
    }
    // No kOps starts without the lock. The lock may notice only now that it is lost.
    lease?.remaining();
    signal.throwIfAborted();
    const args = [...command.args, ...globalFlags(store, server)];
    log.write(`$ kops ${args.join(" ")}`);
    const child = spawn(process.execPath, [supervisor, binary, ...args], {
      cwd: folder,
      env,
      // The supervisor watches standard input: it closes when this process dies.
      stdio: ["pipe", "pipe", "pipe"],
      // kOps and its children stay in this process group, so that it can be ended whichever of them is left.
      detached: true,
    });
    child.on("exit", () => {
      endGroup(child.pid);
    });
    const stop = (): void => {
      child.stdin.destroy();
    };
    // kOps may have just ended; then nobody reads.
    child.stdin.on("error", () => undefined);
    const tell = (): void => {
      if (!lease || !child.stdin.writable) return;
      // Read before, so that a sleep between the two readings cannot prolong the lease.
      const at = readClocks();
      child.stdin.write(`${JSON.stringify({ at, lasts: lease.remaining() })}\n`);
    };
    tell();
    const unsubscribe = lease?.onRenewed(tell);
    signal.addEventListener("abort", stop, { once: true });
    command.stop?.addEventListener("abort", stop, { once: true });
    const early = new AbortController();
    const onLine = (line: string): void => {
      command.onLine?.(line);
      if (command.stopAt?.(line) !== true) return;
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
      // The supervisor may be the first to notice that the lease is over; then the lock says why.
      lease?.remaining();
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

  /** The error for an exit code other than 0. */
  failed(command: KopsCommand, result: KopsResult): KopsError {
    const why = this.#withoutScratch(this.#context.log.redact(errorIn(result)));
    const causes = [...exitCauses(why, result.stdout), ...(command.causes?.(why) ?? [])];
    return new KopsError({
      what: `kops ${command.args.slice(0, 2).join(" ")} of ${this.#context.cluster} failed`,
      why: causes.length > 0 ? causesText(causes) : why,
      ...(causes.length > 0 && { causes }),
      next: `see ${this.#context.log.path}, fix the cause and run \`pulumi up\` again: it continues from here`,
    });
  }

  /** Nobody has ever seen the files in the private folder, so no message names them. */
  #withoutScratch(text: string): string {
    const { store, original = store, folder } = this.#context;
    return text
      .replace(/error parsing file "[^"]*": /g, "")
      .replaceAll(store, original)
      .replaceAll(store.replace(/^file:\/\//, ""), original)
      .replaceAll(`${folder}/`, "");
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

/**
 * Writes objects to the store through a file in the private folder. Instance groups that are not given stay.
 *
 * Errors: {@link ConfigError} with the property for a value that kOps cannot read.
 */
export async function replaceManifests(
  { kops, folder }: { readonly kops: Pick<Kops, "run">; readonly folder: string },
  spec: DesiredSpec,
  liveMetadata?: Record<string, unknown>,
  name = "manifest.yaml",
): Promise<void> {
  const file = join(folder, name);
  await writeFile(file, manifestOf(spec, liveMetadata), { mode: 0o600 });
  try {
    await kops.run({ args: replace(file) });
  } catch (error) {
    const unread = error instanceof KopsError ? unreadValueIn(error.explanation.why) : undefined;
    const found = unread && findUnread(unread, spec);
    if (!unread || !found) throw error;
    const property = propertyPath(found.path);
    const reason = unreadReason(unread, found.value);
    throw new ConfigError(
      {
        what: `kOps ${spec.kopsVersion} cannot read ${property}`,
        why: reason,
        next: "correct the value and run the same command again; nothing was written",
        causes: [{ property, reason }],
      },
      error,
    );
  }
}
