import type { IncomingMessage } from "node:http";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import type { NodeHttpHandlerOptions } from "@smithy/node-http-handler";
import { agentFor, connectTimeout } from "../http/agents.ts";
import { proxyFor, proxyKey, shownProxy } from "../http/proxies.ts";
import { boundOf, boundReading, currentStop } from "../http/stop.ts";

/** Bounds of a call, in milliseconds. */
export interface CallBounds {
  /** To connect, or for a proxy to connect. */
  connect: number;
  /**
   * Without any byte on the connection, also while a body is read or written. Not a limit of the whole: a large object
   * may take as long as it needs.
   */
  idle: number;
  /** For one attempt as a whole, with its body: against an answer that trickles forever. */
  whole: number;
}

/** S3 and EC2 may think for long before they answer; while S3 copies an object it sends spaces. */
export const usualBounds: CallBounds = { connect: connectTimeout, idle: 60_000, whole: 60 * 60_000 };

type Handle = NodeHttpHandler["handle"];
type Request = Parameters<Handle>[0];

/** The SDK's own texts for its time-outs name neither the host nor the bound. */
const ownTimeout = /^@smithy\/node-http-handler/;

/** HTTP for all AWS clients: bounded, through the proxies that kOps takes, and ended by the operation's stop. */
export class BoundedHandler {
  readonly metadata = { handlerProtocol: "http/1.1" };
  readonly #bounds: CallBounds;
  readonly #env: NodeJS.ProcessEnv;
  readonly #http: NodeHttpHandler;

  constructor(env: NodeJS.ProcessEnv, bounds: CallBounds = usualBounds) {
    this.#bounds = bounds;
    this.#env = env;
    // One agent serves both schemes; the SDK's types know only those of node.
    const agent = agentFor(env) as NonNullable<NodeHttpHandlerOptions["httpAgent"]>;
    this.#http = new NodeHttpHandler({
      // After the agent's own time-out, which says more.
      connectionTimeout: bounds.connect + 500,
      socketTimeout: bounds.idle,
      httpAgent: agent,
      httpsAgent: agent as NonNullable<NodeHttpHandlerOptions["httpsAgent"]>,
    });
  }

  async handle(request: Request, options: Parameters<Handle>[1] = {}): ReturnType<Handle> {
    const where = this.#where(request);
    const given = options.abortSignal as AbortSignal | undefined;
    const bound = boundOf([given, currentStop()], this.#bounds.whole, `the call of ${where}`);
    try {
      const answer = await this.#http.handle(request, { ...options, abortSignal: bound.signal });
      boundReading(bound, answer.response.body as IncomingMessage);
      return answer;
    } catch (error) {
      bound.release();
      if (error instanceof Error && error.name === "TimeoutError" && ownTimeout.test(error.message)) {
        const { connect, idle } = this.#bounds;
        error.message = /inactivity/.test(error.message)
          ? `${where} did not answer within ${idle / 1000} s`
          : `${where} accepted no connection within ${connect / 1000} s`;
      }
      throw error;
    }
  }

  #where({ protocol, hostname, port }: Request): string {
    const proxy = proxyFor(new URL(`${protocol}//${hostname}${port === undefined ? "" : `:${port}`}`), this.#env);
    return `${hostname}${proxy ? ` (through the proxy ${shownProxy(proxy)})` : ""}`;
  }

  // All clients share it, so no client may configure it, or destroy its connections.
  updateHttpClientConfig(): void {
    return undefined;
  }

  httpHandlerConfigs(): NodeHttpHandlerOptions {
    return {};
  }
}

const handlers = new Map<string, BoundedHandler>();

/** The handler of all AWS clients that are made with these proxy variables. */
export function httpHandler(env: NodeJS.ProcessEnv = process.env): BoundedHandler {
  const key = proxyKey(env);
  let handler = handlers.get(key);
  if (!handler) {
    handler = new BoundedHandler(env);
    handlers.set(key, handler);
  }
  return handler;
}
