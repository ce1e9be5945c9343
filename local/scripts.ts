import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { isMissing } from "../providers/kops/errors.ts";

/** A text as one word of a POSIX shell. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Puts a shell script in place, at once and only when it is another one than before: it may be running. */
export async function writeScript(file: string, lines: readonly string[]): Promise<void> {
  const script = ["#!/bin/sh", ...lines, ""].join("\n");
  if ((await textOf(file)) === script) return;
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.draft`;
  await writeFile(draft, script);
  await chmod(draft, 0o755);
  await rename(draft, file);
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
