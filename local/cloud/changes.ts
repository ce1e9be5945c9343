import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";

const answer = z.object({ count: z.number().int(), services: z.record(z.string(), z.number().int()) });

/** The AWS server answers after twenty seconds when nothing changes; one that has not is gone. */
const patience = 30_000;

/**
 * Waits for something in the cloud to change. Polling AWS itself four times a second would cost a good part of a small
 * machine, and be later.
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
    if (!response.ok) throw new Error(`the AWS API answered ${response.status} to the question for changes`);
    const { count, services } = answer.parse(await response.json());
    const changed = new Set(Object.keys(services).filter((name) => services[name] !== this.#services[name]));
    this.#count = count;
    this.#services = services;
    return changed;
  }
}

/** Of these the local cloud itself takes notice. */
export type Noticed = "s3" | "ec2" | "autoscaling";

/**
 * Calls `look` at once, then after each change, not more often than every `pause` ms; and now and then without any, in
 * case AWS changes something by itself. It is told what changed; nothing named is to be looked at as a whole.
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

// Asked again after an await: the compiler takes `signal.aborted` for what it was before.
function stopped(signal: AbortSignal): boolean {
  return signal.aborted;
}
