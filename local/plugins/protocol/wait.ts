/** The result of a probe: done, or the state that is still pending. */
export type Probe<T> = { readonly done: T } | { readonly pending: string };

export interface WaitOptions {
  /** What the wait is for, as in "waiting for ...". */
  readonly what: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly intervalMs?: number;
  readonly log?: (message: string) => void;
}

const HEARTBEAT_MS = 10_000;

/** Probes until done. Ends early if cancelled; on time-out it fails with the last state. */
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
      throw new Error(`waited ${Math.round(timeoutMs / 1000)} s for ${what}; last state: ${seen.pending}`);
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
