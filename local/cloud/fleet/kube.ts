import { readFile } from "node:fs/promises";
import { Agent, request, type IncomingMessage } from "node:http";
import { Agent as TlsAgent, request as tlsRequest } from "node:https";
import { createInterface } from "node:readline";
import { load } from "js-yaml";
import { z } from "zod";

const kubeconfigFile = z.object({
  clusters: z
    .array(z.object({ cluster: z.object({ server: z.url(), "certificate-authority-data": z.string() }) }))
    .min(1),
  users: z
    .array(z.object({ user: z.object({ "client-certificate-data": z.string(), "client-key-data": z.string() }) }))
    .min(1),
});

const statusBody = z.object({ message: z.string().optional(), reason: z.string().optional() });

/** An error answer of the API. */
export class KubeError extends Error {
  override readonly name = "KubeError";
  readonly code: number;
  readonly reason: string;

  constructor(code: number, reason: string, message: string) {
    super(message);
    this.code = code;
    this.reason = reason;
  }
}

export interface WatchEvent<T> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: T;
}

type ContentType = "application/json" | "application/merge-patch+json" | "application/strategic-merge-patch+json";

/**
 * A client of the Kubernetes API for the fleet: plain JSON over kept connections. The general client library makes a
 * TLS connection per request, too slow for a fleet that must bring up a node within a second.
 */
export class KubeClient {
  readonly #server: URL;
  readonly #agent: Agent;

  constructor(server: string, credentials: { ca: string; cert: string; key: string } | undefined) {
    this.#server = new URL(server);
    this.#agent = credentials ? new TlsAgent({ ...credentials, keepAlive: true }) : new Agent({ keepAlive: true });
  }

  static async fromKubeconfig(path: string): Promise<KubeClient> {
    const { clusters, users } = kubeconfigFile.parse(load(await readFile(path, "utf8")));
    const cluster = clusters[0]?.cluster;
    const user = users[0]?.user;
    if (!cluster || !user) throw new Error(`${path} has no cluster or no user`);
    return new KubeClient(cluster.server, {
      ca: decode(cluster["certificate-authority-data"]),
      cert: decode(user["client-certificate-data"]),
      key: decode(user["client-key-data"]),
    });
  }

  async call<T>(method: string, path: string, body?: unknown, type: ContentType = "application/json"): Promise<T> {
    const response = await this.#send(method, path, body, type);
    let text = "";
    for await (const chunk of response.setEncoding("utf8")) text += String(chunk);
    const code = response.statusCode ?? 0;
    if (code >= 400) {
      const status = statusBody.safeParse(parseJson(text));
      throw new KubeError(code, status.data?.reason ?? "", status.data?.message ?? `${method} ${path}: ${code}`);
    }
    return parseJson(text) as T;
  }

  /** Calls `onEvent` for each change until the server ends the watch (every few minutes) or `signal` is aborted. */
  async watch<T>(path: string, signal: AbortSignal, onEvent: (event: WatchEvent<T>) => void): Promise<void> {
    const response = await this.#send("GET", path, undefined, "application/json", signal);
    if (response.statusCode !== 200) {
      response.resume();
      throw new KubeError(
        response.statusCode ?? 0,
        "",
        `the watch of ${path} got the status ${String(response.statusCode)}`,
      );
    }
    for await (const line of createInterface(response)) {
      if (line !== "") onEvent(JSON.parse(line) as WatchEvent<T>);
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #send(
    method: string,
    path: string,
    body: unknown,
    type: ContentType,
    signal?: AbortSignal,
  ): Promise<IncomingMessage> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const send = this.#server.protocol === "https:" ? tlsRequest : request;
    return new Promise((resolve, reject) => {
      const call = send(
        new URL(path, this.#server),
        {
          method,
          agent: this.#agent,
          ...(signal ? { signal } : {}),
          headers: {
            accept: "application/json",
            ...(text === undefined ? {} : { "content-type": type, "content-length": Buffer.byteLength(text) }),
          },
        },
        resolve,
      );
      call.once("error", reject);
      call.end(text);
    });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function decode(base64: string): string {
  return Buffer.from(base64, "base64").toString("utf8");
}
