import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import type { LookupFunction } from "node:net";
import { connect } from "node:net";
import { rm } from "node:fs/promises";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { boundedFetch } from "../../providers/kops/http/fetch.ts";
import { proxyFor } from "../../providers/kops/http/proxies.ts";
import { messageOf } from "../../providers/kops/model/errors.ts";
import { Problem } from "../base/problem.ts";
import type { Detail, Report } from "./progress.ts";

/** Time limit for a connection before a host counts as unreachable. */
const connectTimeout = 3_000;
const idleTimeout = 60_000;
/** Time limit for a whole download. */
const wholeTimeout = 60 * 60_000;

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
  readonly #env: NodeJS.ProcessEnv;
  readonly #signal: AbortSignal | undefined;
  readonly #reached = new Map<string, Promise<boolean>>();
  #told = false;

  constructor(report: Report, env: NodeJS.ProcessEnv = process.env, signal?: AbortSignal) {
    this.#report = report;
    this.#env = env;
    this.#signal = signal;
    this.#offline = (env["PILOT_OFFLINE"] ?? "") !== "" && env["PILOT_OFFLINE"] !== "0";
  }

  /** The text of a small file. */
  async text(url: string): Promise<string> {
    const answer = await this.#get(url);
    return answer.text();
  }

  /** Downloads a large file. The file exists only if its digest is the published one. */
  async file(
    url: string,
    target: string,
    expected: { algorithm: "sha256" | "sha512"; digest: string },
    detail: Detail = () => undefined,
  ): Promise<void> {
    const answer = await this.#get(url);
    if (!answer.body) throw new Error(`${url} is empty`);
    const size = Number(answer.headers.get("content-length") ?? 0);
    const hash = createHash(expected.algorithm);
    let received = 0;
    const count = new Transform({
      transform(chunk: Buffer, _encoding, done) {
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

  /** Fails if the host of this address, or of the proxy to it, cannot be reached. */
  async reach(url: string): Promise<void> {
    const { host, hostname, port, protocol } = new URL(url);
    const proxy = proxyFor(new URL(url), this.#env);
    const probed = proxy ?? { hostname, port, protocol };
    const reached =
      this.#reached.get(host) ??
      this.#probe(probed.hostname, Number(probed.port) || (probed.protocol === "https:" ? 443 : 80));
    this.#reached.set(host, reached);
    if (!(await reached)) throw new Unreachable(`${host} cannot be reached`);
  }

  /** Opens a download. It is aborted if nothing arrives for a minute. */
  async #get(url: string): Promise<Response> {
    await this.reach(url);
    try {
      const answer = await boundedFetch(url, {
        redirect: "follow",
        idle: idleTimeout,
        timeout: wholeTimeout,
        env: this.#env,
        signal: this.#signal,
      });
      if (!answer.ok) throw new Unreachable(`${url}: HTTP ${answer.status}`);
      return answer;
    } catch (error) {
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
