import { Resolver } from "node:dns/promises";
import { ConfigError } from "../../providers/kops/model/errors.ts";
import type { DelegationRequest } from "./request.ts";

/** Looks up the name servers of a zone. */
export type LookupNameServers = (zoneName: string) => Promise<string[]>;

/** The state of a delegation, from a lookup. */
export type DelegationState =
  | { state: "good" }
  /** Unknown: the resolvers do not answer, or cannot resolve internet names. */
  | { state: "unreachable"; reason: string }
  /** There is an answer, but not the right one. */
  | { state: "wrong"; found: string[] };

/** Milliseconds that one query waits, and tries per resolver: if none can be reached, every run waits that long. */
const limits = { timeout: 2000, tries: 1 };
const interval = 10_000;
const defaultWait = 300;

/** Codes of node:dns that mean no answer; all other codes are answers. */
const noAnswer = new Set([
  "ETIMEOUT",
  "ECONNREFUSED",
  "ESERVFAIL",
  "EREFUSED",
  "ECANCELLED",
  "ENETUNREACH",
  "EHOSTUNREACH",
  "EBADRESP",
  "EFORMERR",
  "ENOTIMP",
]);

const plain = (server: string): string => server.replace(/\.$/, "").toLowerCase();

/** The name servers of a name; none if the answer has none. */
async function serversOf(name: string, lookUp: LookupNameServers): Promise<string[]> {
  try {
    return (await lookUp(name)).map(plain).sort();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    // No such name or no such record: that is an answer.
    if (code === "ENOTFOUND" || code === "ENODATA") return [];
    throw error;
  }
}

/** Compares the lookup with the name servers that Route 53 gave the zone. */
export async function delegationState(
  zoneName: string,
  nameServers: readonly string[],
  lookUp: LookupNameServers,
): Promise<DelegationState> {
  const desired = nameServers.map(plain);
  try {
    const found = await serversOf(zoneName, lookUp);
    if (found.length > 0)
      return found.every((server) => desired.includes(server)) ? { state: "good" } : { state: "wrong", found };
    // In a closed network, a resolver answers that no name exists.
    const top = zoneName.slice(zoneName.lastIndexOf(".") + 1);
    return (await serversOf(top, lookUp)).length > 0
      ? { state: "wrong", found }
      : { state: "unreachable", reason: `they cannot even resolve .${top}` };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (noAnswer.has(code)) return { state: "unreachable", reason: code };
    throw error;
  }
}

export interface Waiting {
  /** A preview only prints a problem and does not wait: the delegation may exist by the time of the `up`. */
  preview: boolean;
  lookUp: LookupNameServers;
  say: (line: string) => void;
  now: () => number;
  sleep: (milliseconds: number) => Promise<void>;
}

/**
 * Waits until a lookup finds the zone's name servers: kOps looks them up before it makes a cluster in a public zone,
 * and nodes need them. If no resolver answers, prints one line and goes on.
 *
 * Errors: `ConfigError` with the name servers to enter, if the delegation is missing or different after the wait.
 */
export async function awaitDelegation(
  zoneName: string,
  nameServers: readonly string[],
  request: DelegationRequest,
  waiting: Waiting,
): Promise<void> {
  if (request.check === false) return;
  const seconds = request.waitSeconds ?? defaultWait;
  const until = waiting.now() + seconds * 1000;
  let announced = false;
  for (;;) {
    const seen = await delegationState(zoneName, nameServers, waiting.lookUp);
    if (seen.state === "good") return;
    if (seen.state === "unreachable") {
      waiting.say(
        `The delegation of ${zoneName} was not checked: no resolver here resolves internet names (${seen.reason}).`,
      );
      return;
    }
    const why =
      `a lookup finds ${seen.found.length === 0 ? "none" : seen.found.join(", ")}; Route 53 serves the zone from ` +
      nameServers.join(", ");
    if (waiting.preview) {
      waiting.say(
        `The zone ${zoneName} is not delegated to its name servers: ${why}. An up would wait for the delegation, ` +
          "then fail.",
      );
      return;
    }
    if (waiting.now() >= until) {
      throw new ConfigError({
        what: `The zone ${zoneName} is not delegated to its name servers`,
        why,
        next:
          `enter an NS record for ${zoneName} with these servers in its parent zone (or give dns.parent), then ` +
          `run \`pulumi up\` again; dns.delegation.check: false turns the check off`,
      });
    }
    if (!announced)
      waiting.say(`Waiting up to ${seconds} s until ${zoneName} is delegated to ${nameServers.join(", ")}.`);
    announced = true;
    await waiting.sleep(Math.min(interval, Math.max(0, until - waiting.now())));
  }
}

/** Uses the resolvers of this machine, or the given ones. */
export function lookupWith(resolvers: readonly string[] | undefined): LookupNameServers {
  return async (zoneName) => {
    const resolver = new Resolver(limits);
    if (resolvers) resolver.setServers(resolvers);
    return resolver.resolveNs(zoneName);
  };
}
