import { readIfThere, writeWhole } from "./files.ts";

/** Quotes a text as one word of a POSIX shell. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Writes a shell script atomically, and only if it changed: it may be running. */
export async function writeScript(file: string, lines: readonly string[]): Promise<void> {
  const script = ["#!/bin/sh", ...lines, ""].join("\n");
  if ((await readIfThere(file)) !== script) await writeWhole(file, script, 0o755);
}
