/** What a probe saw: either the end, or the state that is still to be left. */
export type Probe<T> = { readonly done: T } | { readonly pending: string };

export interface WaitOptions {
  /** What is waited for, as it reads in "waiting for ...". */
  readonly what: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly intervalMs?: number;
  readonly log?: (message: string) => void;
}

const HEARTBEAT_MS = 10_000;

/** Asks again until the probe says done. Ends early when cancelled, and with the last state seen when time is up. */
export async function waitFor<T>(probe: () => Promise<Probe<T>>, options: WaitOptions): Promise<T> {
  const { what, timeoutMs, signal, intervalMs = 200, log } = options;
  const started = Date.now();
  let said = started;
  for (;;) {
    signal.throwIfAborted();
    const seen = await probe();
    if ("done" in seen) return seen.done;
    const now = Date.now();
    if (now - started >= timeoutMs) {
      throw new Error(`waited ${Math.round(timeoutMs / 1000)} s for ${what}; the last that was seen: ${seen.pending}`);
    }
    if (now - said >= HEARTBEAT_MS) {
      said = now;
      log?.(`waiting for ${what}: ${seen.pending} (${Math.round((now - started) / 1000)} s)`);
    }
    await pause(intervalMs, signal);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason instanceof Error ? signal.reason : new Error("cancelled"));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal.addEventListener("abort", stop, { once: true });
  });
}
