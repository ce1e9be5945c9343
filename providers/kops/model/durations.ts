const unitMilliseconds: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const pattern = /^(\d+(\.\d+)?(ms|s|m|h))+$/;

/** Whether the text is a duration as Go and kOps write it: `15s`, `1m30s`, `1.5h`. */
export function isDuration(text: string): boolean {
  return pattern.test(text);
}

/** Milliseconds of a duration as Go and kOps write it. */
export function milliseconds(text: string): number {
  if (!isDuration(text)) throw new RangeError(`"${text}" is not a duration such as 15s, 1m30s or 2h`);
  let sum = 0;
  for (const [, amount = "0", unit = "s"] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    sum += Number(amount) * (unitMilliseconds[unit] ?? 0);
  }
  return sum;
}

/** Elapsed time for people: `4s`, `12m04s`, `1h02m`. */
export function elapsed(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m${String(seconds % 60).padStart(2, "0")}s`;
  return `${Math.floor(minutes / 60)}h${String(minutes % 60).padStart(2, "0")}m`;
}

/** A time as part of file names and keys: it sorts by time, and every file system takes it. */
export function fileNameOf(moment: Date): string {
  return moment.toISOString().replace(/[:.]/g, "-");
}
