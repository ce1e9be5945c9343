/** Takes one line for the waiting user. */
export type Report = (line: string) => void;

/** A duration, such as `8s` or `12m04s`. */
export function formatElapsed(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, "0")}s`;
}

/** Sets the detail that the next heartbeat shows. */
export type Detail = (text: string) => void;

const heartbeat = 10_000;

/** Runs a step that may take long: a line at its start, a heartbeat with the elapsed time, a line at its end. */
export async function step<T>(report: Report, name: string, work: (detail: Detail) => Promise<T>): Promise<T> {
  const started = Date.now();
  const elapsed = (): string => formatElapsed(Date.now() - started);
  let detail = "";
  report(`${name} ...`);
  const timer = setInterval(() => {
    report(`  ${name}${detail ? `: ${detail}` : ""} (${elapsed()})`);
  }, heartbeat);
  try {
    const result = await work((text) => {
      detail = text;
    });
    report(`${name}: done (${elapsed()})`);
    return result;
  } catch (error) {
    report(`${name}: failed (${elapsed()})`);
    throw error;
  } finally {
    clearInterval(timer);
  }
}
