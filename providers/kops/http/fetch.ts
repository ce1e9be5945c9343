import http from "node:http";
import https from "node:https";
import { Readable } from "node:stream";
import { agentFor, connectTimeout } from "./agents.ts";
import { boundOf, boundReading, currentStop } from "./stop.ts";

export interface CallOptions {
  /** @default GET */
  method?: string;
  headers?: Readonly<Record<string, string>>;
  body?: string;
  /** Whether to follow redirects; refuse them when the call carries a token. */
  redirect: "follow" | "error";
  /** Milliseconds for the whole call, until the last byte. */
  timeout: number;
  /** Milliseconds without any byte. @default 60 s */
  idle?: number;
  signal?: AbortSignal | undefined;
  env?: NodeJS.ProcessEnv;
}

const mostRedirects = 5;
const redirects = new Set([301, 302, 303, 307, 308]);

function send(url: URL, options: CallOptions, signal: AbortSignal): Promise<http.IncomingMessage> {
  const { method = "GET", headers, body, idle = 60_000, env = process.env } = options;
  const secure = url.protocol === "https:";
  return new Promise((resolve, reject) => {
    const late = (what: string) => () => {
      const error = Object.assign(new Error(`${url.host} ${what}`), { name: "TimeoutError" });
      request.destroy(error);
      reject(error);
    };
    const request = (secure ? https : http).request(
      url,
      { method, headers: { "user-agent": "pilot", ...headers }, agent: agentFor(env), signal },
      (answer) => {
        answer.setTimeout(idle, () => answer.destroy(new Error(`${url.host} sent nothing for ${idle / 1000} s`)));
        resolve(answer);
      },
    );
    // Until there is a socket, its own time-outs do not count.
    const connecting = setTimeout(late(`accepted no connection within ${connectTimeout / 1000} s`), connectTimeout);
    request
      .on("socket", (socket) => {
        if (!socket.connecting) clearTimeout(connecting);
        else
          socket.once("connect", () => {
            clearTimeout(connecting);
          });
      })
      .setTimeout(idle, late(`did not answer within ${idle / 1000} s`))
      .on("error", (error) => {
        clearTimeout(connecting);
        reject(signal.aborted ? (signal.reason as Error) : error);
      })
      .on("close", () => {
        clearTimeout(connecting);
      })
      .end(body);
  });
}

/**
 * Node's `fetch` for this program: through the proxies that kOps takes, and with bounds. 10 s to connect; `idle`
 * between two bytes; `timeout` for the whole; and the operation's stop (stop.ts). All hold until the body is read.
 */
export async function boundedFetch(url: string, options: CallOptions): Promise<Response> {
  const { host } = new URL(url);
  const bound = boundOf([options.signal, currentStop()], options.timeout, `the call of ${host}`);
  try {
    let target = new URL(url);
    for (let followed = 0; ; followed += 1) {
      const answer = await send(target, options, bound.signal);
      const status = answer.statusCode ?? 0;
      const { location } = answer.headers;
      if (redirects.has(status) && location !== undefined) {
        answer.destroy();
        if (options.redirect === "error" || followed === mostRedirects)
          throw new Error(`${target.host} redirects to ${new URL(location, target).host}`);
        target = new URL(location, target);
        continue;
      }
      boundReading(bound, answer);
      const headers = Object.entries(answer.headers).flatMap(([name, value]): [string, string][] =>
        value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value]],
      );
      const empty = status === 204 || status === 304;
      if (empty) answer.resume();
      return new Response(empty ? null : (Readable.toWeb(answer) as ReadableStream), { status, headers });
    }
  } catch (error) {
    bound.release();
    throw error;
  }
}
