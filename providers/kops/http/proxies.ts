import { isIP } from "node:net";
import { domainToASCII } from "node:url";
import ipaddr from "ipaddr.js";

/*
 * Go's rules for HTTPS_PROXY, HTTP_PROXY and NO_PROXY (golang.org/x/net/http/httpproxy): kOps, kubectl and Helm follow
 * them, so the program must too. The npm libraries differ: none reads CIDR ranges, and most proxy loopback.
 */

/** Variables that choose a proxy. */
export type ProxyVariables = Readonly<Record<string, string | undefined>>;

/** The first of two spellings that is set: Go takes capitals first. */
function spelt(env: ProxyVariables, name: string): string {
  return (env[name] ?? "") !== "" ? (env[name] ?? "") : (env[name.toLowerCase()] ?? "");
}

/** The proxy variables as one text: equal texts lead to equal routes. */
export function proxyKey(env: ProxyVariables): string {
  return JSON.stringify(["HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"].map((name) => spelt(env, name)));
}

/** The URL of a proxy; `host:port` means `http://host:port`. Undefined when it is none, as in Go. */
function parseProxy(text: string): URL | undefined {
  if (text === "") return undefined;
  if (URL.canParse(text) && new URL(text).host !== "") return new URL(text);
  return URL.canParse(`http://${text}`) ? new URL(`http://${text}`) : undefined;
}

type Address = ReturnType<typeof ipaddr.process>;

/** An address; an IPv4 address in IPv6 form is the IPv4 address. */
function addressIn(text: string): Address | undefined {
  return isIP(text) === 0 ? undefined : ipaddr.process(text);
}

function inRange(address: Address, range: string): boolean | undefined {
  if (!ipaddr.isValidCIDR(range)) return undefined;
  const [network, bits] = ipaddr.parseCIDR(range);
  return network.kind() === address.kind() && address.match(network, bits);
}

/** Splits `host:port`; the port is empty when there is none. */
function splitPort(text: string): { host: string; port: string } {
  const bracketed = /^\[(.*)\]:(\d*)$/.exec(text);
  if (bracketed) return { host: bracketed[1] ?? "", port: bracketed[2] ?? "" };
  const [host = "", port, ...more] = text.split(":");
  return port === undefined || more.length > 0 ? { host: text, port: "" } : { host, port };
}

/** Whether an entry of NO_PROXY exempts this host and port. */
function exempts(entry: string, host: string, port: string): boolean {
  const address = addressIn(host);
  const range = address && inRange(address, entry);
  if (range !== undefined) return range;
  const given = splitPort(entry);
  if (given.host === "" || (given.port !== "" && given.port !== port)) return false;
  const exempt = addressIn(given.host);
  if (address || exempt) return address?.toNormalizedString() === exempt?.toNormalizedString();
  const name = given.host.replace(/^\*\./, ".");
  const ascii = domainToASCII(name.replace(/^\./, "")) || name.replace(/^\./, "");
  return host.endsWith(`.${ascii}`) || (!name.startsWith(".") && host === ascii);
}

/** The proxy for a URL, if one must be used. Loopback is never proxied. */
export function proxyFor(url: URL, env: ProxyVariables): URL | undefined {
  const secure = url.protocol === "https:" || url.protocol === "wss:";
  const proxy = parseProxy(spelt(env, secure ? "HTTPS_PROXY" : "HTTP_PROXY"));
  if (!proxy) return undefined;
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  if (host === "localhost" || addressIn(host)?.range() === "loopback") return undefined;
  const port = url.port || (secure ? "443" : "80");
  const entries = spelt(env, "NO_PROXY")
    .split(",")
    .map((entry) => entry.trim().toLowerCase());
  return entries.some((entry) => entry === "*" || exempts(entry, host, port)) ? undefined : proxy;
}

/** A proxy as people may read it: without its user and password. */
export function shownProxy(proxy: URL): string {
  return `${proxy.protocol}//${proxy.host}`;
}
