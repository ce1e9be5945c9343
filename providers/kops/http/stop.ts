import { AsyncLocalStorage } from "node:async_hooks";
import { setMaxListeners } from "node:events";
import type { Readable } from "node:stream";

/*
 * The signal that ends the calls of the work that runs now. It travels with the work instead of from function to
 * function, so that no call to AWS, to the store or to the Kubernetes API can forget it.
 */
const scope = new AsyncLocalStorage<AbortSignal | undefined>();

/** The signal that ends calls made now, if any. */
export function currentStop(): AbortSignal | undefined {
  return scope.getStore();
}

/** Does work whose calls end with the signal, and with that of the work around it. */
export function stoppedBy<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const outer = currentStop();
  return scope.run(outer && outer !== signal ? AbortSignal.any([outer, signal]) : signal, work);
}

/** Does work that the work around it does not end: several share it, or it must be done after a stop. */
export function apart<T>(work: () => Promise<T>): Promise<T> {
  return scope.run(undefined, work);
}

/** Calls back once when the signal is aborted, also if it is already. Returns a function that forgets the callback. */
function onceAborted(signal: AbortSignal, callback: () => void): () => void {
  // Many calls share an operation's signal; node warns of the eleventh.
  setMaxListeners(0, signal);
  if (signal.aborted) callback();
  else signal.addEventListener("abort", callback, { once: true });
  return () => {
    signal.removeEventListener("abort", callback);
  };
}

/** The result of work, or the reason of the signal as soon as it is aborted. The work itself may go on. */
export async function endedBy<T>(work: Promise<T>, signal: AbortSignal | undefined = currentStop()): Promise<T> {
  if (!signal) return await work;
  let forget = (): void => undefined;
  const stopped = new Promise<never>((_resolve, reject) => {
    forget = onceAborted(signal, () => {
      reject(signal.reason as Error);
    });
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    forget();
    // Work that is given up may still fail; its error has no reader.
    work.catch(() => undefined);
  }
}

/** The ends of one call. */
export interface Bound {
  /** Aborted by the first of the signals, or when the time is over. */
  readonly signal: AbortSignal;
  /** Forgets the call when it has ended. A signal of an hour must not collect the listeners of its calls. */
  readonly release: () => void;
}

/** Makes a bound also end the reading of an answer. Its reader hears why, not only that the connection broke. */
export function boundReading({ signal, release }: Bound, body: Readable): void {
  body.once("close", release);
  signal.addEventListener("abort", () => body.destroy(signal.reason as Error), { once: true });
}

/** Bounds one call by signals and by a time in milliseconds. */
export function boundOf(signals: readonly (AbortSignal | undefined)[], limit: number, what: string): Bound {
  const ending = new AbortController();
  const timer = setTimeout(() => {
    release();
    ending.abort(Object.assign(new Error(`${what} took longer than ${limit / 1000} s`), { name: "TimeoutError" }));
  }, limit);
  timer.unref();
  const forget = signals.map((signal) =>
    signal
      ? onceAborted(signal, () => {
          ending.abort(signal.reason);
        })
      : undefined,
  );
  const release = (): void => {
    clearTimeout(timer);
    for (const one of forget) one?.();
  };
  return { signal: ending.signal, release };
}
