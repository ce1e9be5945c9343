import { CancelledError } from "../model/errors.ts";

/** Milliseconds between two checks that the engine is still alive. */
const interval = 1000;

/** The Pulumi engine that started this plugin process. */
export interface Engine {
  /** Aborted when the engine is gone. */
  readonly signal: AbortSignal;
  /** Runs a verb. Once the engine is gone and the last verb has ended, the process exits. */
  during<T>(verb: () => Promise<T>): Promise<T>;
}

/**
 * Watches the engine. An engine that is killed hard leaves its plugins behind, and nobody sees what they do. The
 * provider then stops the current verb, and kOps with it; the next `up` continues where the journal says.
 *
 * Two signs show that the engine is gone: the parent process changes, or nobody reads the output any more. (Unhandled,
 * a failed write to standard error raises an exception, which Pulumi's plugin host reports on standard error, for
 * ever.)
 */
export function watchEngine(host: NodeJS.Process = process): Engine {
  const gone = new AbortController();
  const parent = host.ppid;
  let running = 0;
  const exitIfIdle = (): void => {
    if (gone.signal.aborted && running === 0) host.exit(1);
  };
  const stop = (): void => {
    if (gone.signal.aborted) return;
    clearInterval(timer);
    gone.abort(
      new CancelledError({
        what: "The operation was stopped",
        why: "the Pulumi engine that asked for it is gone",
        next: "run `pulumi up` again: it continues where this run stopped",
      }),
    );
    exitIfIdle();
  };
  const timer = setInterval(() => {
    if (host.ppid !== parent) stop();
  }, interval);
  timer.unref();
  for (const stream of [host.stdout, host.stderr]) stream.on("error", stop);
  return {
    signal: gone.signal,
    async during(verb) {
      running += 1;
      try {
        return await verb();
      } finally {
        running -= 1;
        exitIfIdle();
      }
    },
  };
}
