import type { RecordedWait } from "../store/history.ts";

/** Waits of a record: from its beginning and from its end. */
const firstWaits = 50;
const lastWaits = 250;

/**
 * Follows waits. Another reason ends a wait and begins the next one; no reason ends it. Several things may be waited
 * for at once.
 */
export function recordWaits(waits: RecordedWait[], now: () => string): (what: string, reason?: string) => void {
  return (what, reason) => {
    const open = waits.findLast((one) => one.what === what && one.ended === undefined);
    if (open?.reason === reason) return;
    if (open) open.ended = now();
    if (reason === undefined) return;
    waits.push({ what, reason, begun: now() });
    if (waits.length > firstWaits + lastWaits) waits.splice(firstWaits, 1);
  };
}

/** Ends all waits: what comes next does not wait for the same. */
export function endWaits(waits: readonly RecordedWait[], now: () => string): void {
  for (const wait of waits) wait.ended ??= now();
}
