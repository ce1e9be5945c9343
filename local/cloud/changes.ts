import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";

const answer = z.object({ count: z.number().int(), services: z.record(z.string(), z.number().int()) });

/** The AWS server answers after twenty seconds if nothing changes; without an answer after this time it is gone. */
const patience = 30_000;

/**
 * Waits for changes in the cloud. Polling AWS four times a second would take a good part of a small machine, and would
 * notice changes later.
 */
export class Changes {
  readonly #endpoint: string;
  #count = 0;
  #services: Record<string, number> = {};

  constructor(endpoint: string) {
    this.#endpoint = endpoint;
  }

  /** The services in which something has changed since the last call. */
  async next(signal: AbortSignal): Promise<Set<string>> {
    const response = await fetch(`${this.#endpoint}/_pilot/changes/${this.#count}`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
    });
    if (!response.ok) throw new Error(`the AWS API answered ${response.status} to the request for changes`);
    const { count, services } = answer.parse(await response.json());
    const changed = new Set(Object.keys(services).filter((name) => services[name] !== this.#services[name]));
    this.#count = count;
    this.#services = services;
    return changed;
  }
}

/** The services that the local cloud follows. */
export type Noticed = "s3" | "ec2" | "autoscaling";

/**
 * Calls `look` at once, then after each change, at most every `pause` ms, and sometimes without a change, because AWS
 * may change something by itself. `look` gets the services that changed; an empty set means: look at everything.
 */
export async function followChanges(options: {
  readonly endpoint: string;
  readonly look: (changed: ReadonlySet<string>) => Promise<void>;
  readonly pause: number;
  readonly signal: AbortSignal;
  readonly onError: (error: unknown) => void;
}): Promise<void> {
  const { endpoint, look, pause, signal, onError } = options;
  const changes = new Changes(endpoint);
  const rest = (milliseconds: number) => sleep(milliseconds, undefined, { signal }).catch(() => undefined);
  let changed: ReadonlySet<string> = new Set();
  while (!signal.aborted) {
    try {
      await look(changed);
      await rest(pause);
      changed = await changes.next(signal);
    } catch (error) {
      if (stopped(signal)) return;
      onError(error);
      changed = new Set();
      await rest(retryAfter);
    }
  }
}

const retryAfter = 1_000;

// A function, because the compiler assumes that `signal.aborted` does not change over an await.
function stopped(signal: AbortSignal): boolean {
  return signal.aborted;
}
