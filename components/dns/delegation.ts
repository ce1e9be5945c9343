import { Resolver } from "node:dns/promises";
import { ConfigError } from "../../providers/kops/model/errors.ts";
import type { DelegationRequest } from "./request.ts";

/** Asks for the name servers of a zone. */
export type LookupNameServers = (zoneName: string) => Promise<string[]>;

/** What a look-up says of a delegation. */
export type DelegationState =
  | { state: "good" }
  /** Nothing can be said: the resolvers do not answer, or know nothing of the internet. */
  | { state: "unreachable"; reason: string }
  /** There is an answer, and it is not the one that is needed. */
  | { state: "wrong"; found: string[] };

/**
 * How long one question waits for its answer, in milliseconds, and how often each resolver is asked: where none can be
 * reached, every run waits that long.
 */
const patience = { timeout: 2000, tries: 1 };
const interval = 10_000;
const defaultWait = 300;

/** Codes of node:dns with which a resolver, or those behind it, did not answer; all others are answers. */
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

/** The servers that are found for a name; none where there is an answer without any. */
async function serversOf(name: string, lookUp: LookupNameServers): Promise<string[]> {
  try {
    return (await lookUp(name)).map(plain).sort();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    // No such name, no such record: an answer.
    if (code === "ENOTFOUND" || code === "ENODATA") return [];
    throw error;
  }
}

/** Compares what is found with the name servers that Route 53 gave the zone. */
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
    // A resolver of a closed network says of every name that it does not exist.
    const top = zoneName.slice(zoneName.lastIndexOf(".") + 1);
    return (await serversOf(top, lookUp)).length > 0
      ? { state: "wrong", found }
      : { state: "unreachable", reason: `they do not know even .${top}` };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (noAnswer.has(code)) return { state: "unreachable", reason: code };
    throw error;
  }
}

export interface Waiting {
  /** A preview does not wait, and what is wrong it only says: the delegation may come until the `up`. */
  preview: boolean;
  lookUp: LookupNameServers;
  say: (line: string) => void;
  now: () => number;
  sleep: (milliseconds: number) => Promise<void>;
}

/**
 * Waits until the world finds the zone's name servers: kOps looks them up before it makes a cluster in a public zone,
 * and nodes need them. A resolver that does not answer is said in one line and passed over.
 *
 * Errors: `ConfigError` with the name servers to be entered, when the delegation is missing, or another one, after the
 * wait.
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
  let told = false;
  for (;;) {
    const seen = await delegationState(zoneName, nameServers, waiting.lookUp);
    if (seen.state === "good") return;
    if (seen.state === "unreachable") {
      waiting.say(
        `The delegation of ${zoneName} was not checked: from here no resolver tells of the internet (${seen.reason}).`,
      );
      return;
    }
    const why =
      `${seen.found.length === 0 ? "a look-up finds none" : `a look-up finds ${seen.found.join(", ")}`}; Route 53 ` +
      `serves it from ${nameServers.join(", ")}`;
    if (waiting.preview) {
      waiting.say(
        `The zone ${zoneName} is not delegated to its name servers: ${why}. An up would wait for it, and then fail.`,
      );
      return;
    }
    if (waiting.now() >= until) {
      throw new ConfigError({
        what: `The zone ${zoneName} is not delegated to its name servers`,
        why,
        next:
          `enter an NS record for ${zoneName} with these servers in its parent zone (or give dns.parent), then ` +
          `run \`pulumi up\` again; dns.delegation.check: false leaves the check out`,
      });
    }
    if (!told) waiting.say(`Waiting up to ${seconds} s until ${zoneName} is delegated to ${nameServers.join(", ")}.`);
    told = true;
    await waiting.sleep(Math.min(interval, Math.max(0, until - waiting.now())));
  }
}

/** Asks the resolvers of this machine, or those that are named. */
export function lookupWith(resolvers: readonly string[] | undefined): LookupNameServers {
  return async (zoneName) => {
    const resolver = new Resolver(patience);
    if (resolvers) resolver.setServers(resolvers);
    return resolver.resolveNs(zoneName);
  };
}
