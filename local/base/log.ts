import { readIfThere } from "./files.ts";

const shown = 15;

export async function lastLines(path: string): Promise<string> {
  const text = await readIfThere(path);
  if (text === undefined) return "    (there is none)";
  const lines = text.trimEnd().split("\n").slice(-shown);
  return lines.map((line) => `    ${line.slice(0, 300)}`).join("\n");
}

export type Log = (line: string) => void;

/** Writes lines with a timestamp, for the daemon's log file. */
export function timedLog(write: (text: string) => void, now: () => Date): Log {
  return (line) => {
    write(`${now().toISOString()} ${line}\n`);
  };
}
