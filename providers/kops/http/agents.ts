import http from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { Agent } from "agent-base";
import type { AgentConnectOpts } from "agent-base";
import { HttpProxyAgent } from "http-proxy-agent";
import { HttpsProxyAgent } from "https-proxy-agent";
import { SocksProxyAgent } from "socks-proxy-agent";
import { ConfigError, messageOf } from "../model/errors.ts";
import { proxyFor, proxyKey, shownProxy } from "./proxies.ts";
import type { ProxyVariables } from "./proxies.ts";

/** Milliseconds for a connection to a host, or for a proxy to open a tunnel to it. */
export const connectTimeout = 10_000;

const pooled = { keepAlive: true, maxSockets: 50 };

/** Tunnels through an HTTP proxy (CONNECT). The libraries set no limit to the proxy's answer. */
class TunnelAgent extends Agent {
  readonly #proxy: URL;

  constructor(proxy: URL) {
    super(pooled);
    this.#proxy = proxy;
  }

  override async connect(request: http.ClientRequest, options: AgentConnectOpts): Promise<Duplex> {
    const where = `the proxy ${shownProxy(this.#proxy)}`;
    const target = `${options.host ?? ""}:${options.port}`;
    const late = new AbortController();
    const timer = setTimeout(() => {
      late.abort();
    }, connectTimeout);
    const tunnel = new HttpsProxyAgent(this.#proxy, { signal: late.signal });
    let status: number | undefined;
    tunnel.on("proxyConnect", (answer: { statusCode: number }) => {
      status = answer.statusCode;
    });
    try {
      const socket = await tunnel.connect(request, options);
      if (status === 200) return socket;
      // Otherwise the proxy's refusal would look like an answer of the host.
      socket.destroy();
    } catch (error) {
      if (!late.signal.aborted) throw error;
      throw Object.assign(
        new Error(`${where} opened no connection to ${target} within ${connectTimeout / 1000} s`, { cause: error }),
        { name: "TimeoutError" },
      );
    } finally {
      clearTimeout(timer);
    }
    throw refusal(where, target, `it answered with HTTP status ${status ?? 0}`);
  }
}

function refusal(where: string, target: string, why: string): ConfigError {
  return new ConfigError({
    what: `${where} refused a connection to ${target}`,
    why,
    next: "allow the host there, correct HTTPS_PROXY with its user and password, or name the host in NO_PROXY",
  });
}

/** Goes through a SOCKS proxy. The library's errors name neither proxy nor host, and contain the password. */
class SocksAgent extends SocksProxyAgent {
  readonly #where: string;

  constructor(proxy: URL) {
    // As in Go, the proxy looks up the name: the API of a cluster may be known only there.
    super(new URL(proxy.href.replace(/^socks5?:/, "socks5h:")), pooled);
    this.#where = `the proxy ${shownProxy(proxy)}`;
  }

  override async connect(...[request, options]: Parameters<SocksProxyAgent["connect"]>): Promise<Socket> {
    try {
      return await super.connect(request, options);
    } catch (error) {
      const target = `${options.host ?? ""}:${options.port}`;
      const why = messageOf(error);
      // What the proxy answers, as opposed to a proxy that is not there.
      if (/Socks[45]/.test(why)) throw refusal(this.#where, target, why);
      // eslint-disable-next-line preserve-caught-error -- the cause has the password
      throw new Error(`${this.#where} opened no connection to ${target}: ${why}`);
    }
  }
}

const socks = new Set(["socks:", "socks4:", "socks4a:", "socks5:", "socks5h:"]);

function throughProxy(proxy: URL, secure: boolean): http.Agent {
  if (socks.has(proxy.protocol)) return new SocksAgent(proxy);
  if (proxy.protocol !== "http:" && proxy.protocol !== "https:") {
    throw new ConfigError({
      what: `The proxy ${shownProxy(proxy)} cannot be used`,
      why: `${proxy.protocol.slice(0, -1)} is not a scheme of proxies`,
      next: `set ${secure ? "HTTPS_PROXY" : "HTTP_PROXY"} to an http, https or socks5 URL`,
    });
  }
  return secure ? new TunnelAgent(proxy) : new HttpProxyAgent(proxy, pooled);
}

/** Connects each call as the proxy variables say: directly, or through a proxy. */
class RoutingAgent extends Agent {
  readonly #env: ProxyVariables;
  readonly #agents = new Map<string, http.Agent>();

  constructor(env: ProxyVariables) {
    super();
    this.#env = env;
  }

  override connect(_request: http.ClientRequest, options: AgentConnectOpts): http.Agent {
    const scheme = options.secureEndpoint ? "https:" : "http:";
    const host = options.host ?? "localhost";
    const proxy = proxyFor(new URL(`${scheme}//${host.includes(":") ? `[${host}]` : host}:${options.port}`), this.#env);
    const key = `${scheme} ${proxy?.href ?? ""}`;
    let agent = this.#agents.get(key);
    if (!agent) {
      const { secureEndpoint } = options;
      if (proxy) agent = throughProxy(proxy, secureEndpoint);
      else agent = secureEndpoint ? new https.Agent(pooled) : new http.Agent(pooled);
      this.#agents.set(key, agent);
    }
    return agent;
  }
}

// One for each set of proxy variables: all calls of a process share their connections.
const agents = new Map<string, RoutingAgent>();

/** The agent for all HTTP calls of the program. */
export function agentFor(env: ProxyVariables): http.Agent {
  const key = proxyKey(env);
  let agent = agents.get(key);
  if (!agent) {
    const { HTTPS_PROXY, https_proxy, HTTP_PROXY, http_proxy, NO_PROXY, no_proxy } = env;
    agent = new RoutingAgent({ HTTPS_PROXY, https_proxy, HTTP_PROXY, http_proxy, NO_PROXY, no_proxy });
    agents.set(key, agent);
  }
  return agent;
}
