import { readIfThere, writeWhole } from "./files.ts";

/** A text as one word of a POSIX shell. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Puts a shell script in place, at once and only when it is another one than before: it may be running. */
export async function writeScript(file: string, lines: readonly string[]): Promise<void> {
  const script = ["#!/bin/sh", ...lines, ""].join("\n");
  if ((await readIfThere(file)) !== script) await writeWhole(file, script, 0o755);
}
