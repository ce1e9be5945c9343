import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import type { LookupFunction } from "node:net";
import { connect } from "node:net";
import { rm } from "node:fs/promises";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { messageOf } from "../../providers/kops/model/errors.ts";
import { Problem } from "../base/problem.ts";
import type { Detail, Report } from "./progress.ts";

/** Time limit for a connection before a host counts as unreachable. */
const connectTimeout = 3_000;
const idleTimeout = 60_000;

/** A host could not be reached. Not an error for a tool that can be built. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

/**
 * Downloads files of official releases. It remembers an unreachable host, so that without the internet all tools
 * together cost one short wait.
 */
export class Downloads {
  readonly #report: Report;
  readonly #offline: boolean;
  readonly #reached = new Map<string, Promise<boolean>>();
  #told = false;

  constructor(report: Report, env: NodeJS.ProcessEnv = process.env) {
    this.#report = report;
    this.#offline = (env["PILOT_OFFLINE"] ?? "") !== "" && env["PILOT_OFFLINE"] !== "0";
  }

  /** The text of a small file. */
  async text(url: string): Promise<string> {
    const { answer } = await this.#get(url);
    return answer.text();
  }

  /** Downloads a large file. The file exists only if its digest is the published one. */
  async file(
    url: string,
    target: string,
    expected: { algorithm: "sha256" | "sha512"; digest: string },
    detail: Detail = () => undefined,
  ): Promise<void> {
    const { answer, alive } = await this.#get(url);
    if (!answer.body) throw new Error(`${url} is empty`);
    const size = Number(answer.headers.get("content-length") ?? 0);
    const hash = createHash(expected.algorithm);
    let received = 0;
    const count = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        alive();
        hash.update(chunk);
        received += chunk.length;
        detail(`${megabytes(received)}${size > 0 ? ` of ${megabytes(size)}` : ""} MB`);
        done(null, chunk);
      },
    });
    try {
      await pipeline(bodyOf(answer.body, url), count, createWriteStream(target));
      const digest = hash.digest("hex");
      if (digest !== expected.digest.toLowerCase()) {
        throw new Problem({
          what: `The download ${url} was refused`,
          why: `its ${expected.algorithm} is ${digest}, the published one is ${expected.digest}`,
          next:
            "try again; if it fails again, something between this machine and the release changes files: do not use " +
            "them",
        });
      }
    } catch (error) {
      await rm(target, { force: true });
      throw error;
    }
  }

  /** Opens a download. It is aborted if nothing arrives for a minute after the last `alive`. */
  async #get(url: string): Promise<{ answer: Response; alive: () => void }> {
    const { host, hostname, port, protocol } = new URL(url);
    const reached =
      this.#reached.get(host) ?? this.#probe(hostname, Number(port) || (protocol === "https:" ? 443 : 80));
    this.#reached.set(host, reached);
    if (!(await reached)) throw new Unreachable(`${host} cannot be reached`);
    const idle = new AbortController();
    const timer = setTimeout(() => {
      idle.abort(new Error(`nothing arrived from ${host} for ${idleTimeout / 1000} s`));
    }, idleTimeout);
    timer.unref();
    try {
      const answer = await fetch(url, { signal: idle.signal });
      if (!answer.ok) throw new Unreachable(`${url}: HTTP ${answer.status}`);
      return { answer, alive: () => timer.refresh() };
    } catch (error) {
      clearTimeout(timer);
      throw error instanceof Unreachable ? error : new Unreachable(`${url}: ${messageOf(error)}`, { cause: error });
    }
  }

  // Any unreachable host means that the machine cannot reach releases: the others are not tried.
  async #probe(host: string, port: number): Promise<boolean> {
    const others = await Promise.all(this.#reached.values());
    if (this.#offline || others.includes(false)) return false;
    return accepts(host, port);
  }

  /** Reports once per run why releases are not used. */
  explain(error: Unreachable): void {
    if (!this.#told)
      this.#report(`${error.message}: tools that are missing are built from source instead of downloaded`);
    this.#told = true;
  }
}

// A broken connection is the network's fault, unlike a full disk: then the tool can still be built.
async function* bodyOf(body: AsyncIterable<Uint8Array>, url: string): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw new Unreachable(`${url} broke off: ${messageOf(error)}`, { cause: error });
  }
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1_000_000);
}

/**
 * Whether something accepts connections there. The time limit includes the name lookup, which can hang much longer
 * without a network.
 */
export function accepts(
  host: string,
  port: number,
  timeout = connectTimeout,
  lookup?: LookupFunction,
): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, ...(lookup && { lookup }) });
    const done = (reached: boolean) => (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(reached);
    };
    const timer = setTimeout(done(false), timeout);
    socket.once("connect", done(true));
    socket.once("error", done(false));
  });
}
