import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../../../providers/kops/model/errors.ts";
import type { Child } from "./child.ts";
import type { Log } from "../../base/log.ts";

export interface Supervised {
  /** Ends the child, which then starts again, as if it had ended by itself. */
  restart(): Promise<void>;
  /** Ends the child without starting it again. */
  stop(): Promise<void>;
}

const firstDelay = 200;
const longestDelay = 5_000;

/**
 * Keeps a child alive. If it ends by itself, reports that and starts it again, with a growing delay while it does not
 * become ready. The first start is awaited; its failure is the caller's.
 */
export async function keepAlive(options: {
  readonly name: string;
  readonly start: () => Promise<Child>;
  /** Called with the problem when the child is down, and with undefined when it is up. */
  readonly onChange: (problem: string | undefined) => void;
  readonly log: Log;
}): Promise<Supervised> {
  const { name, start, onChange, log } = options;
  const stopping = new AbortController();
  const isStopping = (): boolean => stopping.signal.aborted;
  let child = await start();
  onChange(undefined);

  const restart = async (): Promise<Child | undefined> => {
    for (let delay = firstDelay; !isStopping(); delay = Math.min(delay * 2, longestDelay)) {
      await sleep(delay, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (isStopping()) return undefined;
      try {
        return await start();
      } catch (error) {
        onChange(messageOf(error));
        log(`${name}: ${messageOf(error)}`);
      }
    }
    return undefined;
  };

  const watching = (async () => {
    for (;;) {
      const why = await child.ended;
      if (isStopping()) return;
      log(`${name}: ${why}; starting it again`);
      onChange(`${why}; it is being started again`);
      const next = await restart();
      if (!next) return;
      child = next;
      if (isStopping()) {
        await child.stop();
        return;
      }
      log(`${name}: runs again`);
      onChange(undefined);
    }
  })();

  return {
    restart: () => child.stop(),
    stop: async () => {
      stopping.abort();
      await child.stop();
      await watching;
    },
  };
}
