import { CancelledError } from "../model/errors.ts";

/** Milliseconds between two looks at whether the engine still lives. */
const interval = 1000;

/** The Pulumi engine that started this plugin process. */
export interface Engine {
  /** Aborted when the engine is gone. */
  readonly signal: AbortSignal;
  /** Runs a verb. When the engine is gone and the last verb has ended, the process ends. */
  during<T>(verb: () => Promise<T>): Promise<T>;
}

/**
 * Watches over the engine. Killed hard, it leaves its plugins behind: nobody would hear of what they still do, or see
 * the result. So the verb under way is stopped, kOps with it; the journal says where, and the next `up` continues
 * there.
 *
 * Seen by the parent process changing, and by output that nobody reads. (Left alone, a failed write to standard error
 * raises an uncaught exception, which Pulumi's plugin host reports on standard error, for ever.)
 */
export function watchEngine(host: NodeJS.Process = process): Engine {
  const gone = new AbortController();
  const parent = host.ppid;
  let running = 0;
  const leave = (): void => {
    if (gone.signal.aborted && running === 0) host.exit(1);
  };
  const lose = (): void => {
    if (gone.signal.aborted) return;
    clearInterval(timer);
    gone.abort(
      new CancelledError({
        what: "The operation was stopped",
        why: "the Pulumi engine that asked for it is gone",
        next: "run `pulumi up` again: it continues where this run stopped",
      }),
    );
    leave();
  };
  const timer = setInterval(() => {
    if (host.ppid !== parent) lose();
  }, interval);
  timer.unref();
  for (const stream of [host.stdout, host.stderr]) stream.on("error", lose);
  return {
    signal: gone.signal,
    async during(verb) {
      running += 1;
      try {
        return await verb();
      } finally {
        running -= 1;
        leave();
      }
    },
  };
}
