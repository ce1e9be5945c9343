import getPort from "get-port";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { elapsed } from "../model/durations.ts";
import { CancelledError, ExplainedError, KopsError, TimeoutError } from "../model/errors.ts";
import { endGroup } from "../runtime/processes.ts";
import type { Progress } from "../runtime/progress.ts";
import type { Route } from "./endpoint.ts";

const supervisor = fileURLToPath(new URL("../kops-cli/supervisor.mjs", import.meta.url));

/** How many lines of a tunnel's output an error message repeats, from its end. */
const tailLines = 6;

/** Milliseconds between two checks whether a tunnel listens. */
const checkInterval = 50;

/** At least so many milliseconds between two attempts to open a tunnel: kOps retries without a pause. */
const attemptInterval = 1000;

/** A command that listens on a port of 127.0.0.1 and forwards to the API. */
export interface TunnelCommand {
  argv: readonly string[];
  /** The whole environment. */
  env: NodeJS.ProcessEnv;
}

export interface TunnelOptions {
  cluster: string;
  /** What it is, as text: `ssh through ubuntu@bastion.example.com`. */
  connection: string;
  /** Makes the command of each attempt: the machine of the last one may be gone. */
  command: (localPort: number) => Promise<TunnelCommand>;
  /** Milliseconds in which the tunnel must listen. */
  timeout: number;
  /** The working directory of its process. */
  folder: string;
  /** Takes each line of its output. */
  log: (line: string) => void;
  /** The file with all output. */
  logPath: string;
  progress: Progress;
  /** Ends the tunnel and every wait for it. */
  signal: AbortSignal;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    const say = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket
      .once("connect", () => {
        say(true);
      })
      .once("error", () => {
        say(false);
      });
  });
}

/** The process of a tunnel. */
class TunnelProcess {
  readonly #child: ChildProcess;
  readonly #tail: string[] = [];
  /** How it ended, as text. */
  readonly ended: Promise<string>;
  over = false;

  constructor({ argv, env }: TunnelCommand, folder: string, log: (line: string) => void) {
    // As kOps: it ends with its children however the provider dies, and by the provider if only the supervisor dies.
    const child = spawn(process.execPath, [supervisor, ...argv], {
      cwd: folder,
      env,
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    });
    this.#child = child;
    child.stdin.on("error", () => undefined);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream, crlfDelay: Infinity }).on("line", (line) => {
        if (line.trim() === "") return;
        this.#tail.push(line);
        if (this.#tail.length > tailLines) this.#tail.shift();
        log(line);
      });
    }
    child.on("exit", () => {
      endGroup(child.pid);
    });
    this.ended = new Promise((resolve) => {
      const end = (how: string): void => {
        this.over = true;
        resolve(how);
      };
      child.on("error", (error) => {
        end(`could not be started: ${error.message}`);
      });
      child.on("close", (code, signal) => {
        end(`ended with ${signal ?? code ?? "nothing"}`);
      });
    });
  }

  /** The end of its output. */
  get tail(): string {
    return this.#tail.length === 0 ? "it printed nothing" : this.#tail.join("\n    ");
  }

  async end(): Promise<void> {
    this.#child.stdin?.destroy();
    await this.ended;
  }
}

interface Opened {
  port: number;
  running: TunnelProcess;
}

/** A tunnel to the API. It opens when somebody asks for its port, and reopens when somebody asks after it died. */
export class Tunnel implements Route {
  readonly #options: TunnelOptions;
  readonly #closing = new AbortController();
  #current: { opening: Promise<Opened>; opened?: Opened } | undefined;
  /** All processes that may still run. */
  readonly #processes = new Set<TunnelProcess>();
  #lastAttempt = Number.NEGATIVE_INFINITY;
  #attempts = 0;

  constructor(options: TunnelOptions) {
    this.#options = options;
  }

  async port(): Promise<number> {
    this.#current ??= this.#begin();
    return (await this.#current.opening).port;
  }

  /** Waits for a tunnel that died to reopen, as long as for one to open. */
  async portAgain(): Promise<number> {
    const until = Date.now() + this.#options.timeout;
    for (;;) {
      try {
        return await this.port();
      } catch (error) {
        if (this.#stopped || Date.now() >= until) throw error;
      }
    }
  }

  lost(port: number): void {
    const { opened } = this.#current ?? {};
    if (opened?.port !== port) return;
    this.#current = undefined;
    void opened.running.end();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#current = undefined;
    await Promise.all([...this.#processes].map((running) => running.end()));
  }

  get #stopped(): boolean {
    return this.#closing.signal.aborted || this.#options.signal.aborted;
  }

  #begin(): { opening: Promise<Opened>; opened?: Opened } {
    const current: { opening: Promise<Opened>; opened?: Opened } = { opening: this.#open() };
    const forget = (): void => {
      if (this.#current === current) this.#current = undefined;
    };
    current.opening.then((opened) => {
      current.opened = opened;
      void opened.running.ended.then((how) => {
        if (this.#current !== current || this.#stopped) return;
        forget();
        this.#options.progress.say(
          `the tunnel to the API (${this.#options.connection}) ${how}: ` +
            opened.running.tail.replace(/\s*\n\s*/g, "; "),
        );
      });
    }, forget);
    return current;
  }

  #refuseStopped(): void {
    const { cluster, signal } = this.#options;
    if (!this.#stopped) return;
    if (signal.reason instanceof ExplainedError) throw signal.reason;
    throw new CancelledError({
      what: `The tunnel to the API of ${cluster} was not opened`,
      why: "the operation has ended",
      next: "run the command again",
    });
  }

  async #open(): Promise<Opened> {
    const { cluster, connection, timeout, command, folder, log, logPath, progress } = this.#options;
    await sleep(Math.max(0, this.#lastAttempt + attemptInterval - Date.now()));
    this.#refuseStopped();
    this.#lastAttempt = Date.now();
    progress.say(`${this.#attempts === 0 ? "opens a tunnel" : "opens the tunnel again"} to the API: ${connection}`);
    this.#attempts += 1;
    // Another process may take the port first: then the tunnel fails to listen, and the next attempt gets another.
    const port = await getPort({ host: "127.0.0.1" });
    const desired = await command(port);
    this.#refuseStopped();
    log(`$ ${desired.argv.join(" ")}`);
    const running = new TunnelProcess(desired, folder, (line) => {
      log(line);
    });
    this.#processes.add(running);
    void running.ended.then((how) => {
      log(`= the tunnel ${how}`);
      this.#processes.delete(running);
    });
    const next =
      `run the command after \`$ ${desired.argv[0] ?? ""}\` in ${logPath} by hand and fix it, or choose another ` +
      "connection (PILOT_ACCESS, docs/guide/access.md)";
    for (;;) {
      if (await listens(port)) return { port, running };
      if (running.over) {
        // close() may have ended it between two checks.
        this.#refuseStopped();
        throw new KopsError({
          what: `The tunnel to the API of ${cluster} could not be opened (${connection})`,
          why: `${desired.argv[0] ?? ""} ${await running.ended}: ${running.tail}`,
          next,
        });
      }
      if (this.#stopped || Date.now() - this.#lastAttempt >= timeout) {
        await running.end();
        this.#refuseStopped();
        throw new TimeoutError({
          what: `The tunnel to the API of ${cluster} was not open after ${elapsed(timeout)} (${connection})`,
          why: running.tail,
          next,
        });
      }
      await sleep(checkInterval);
    }
  }
}
