import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { redact } from "./redact.ts";
import { stateFolder } from "./scratch.ts";
import { fileNameOf } from "../model/durations.ts";

/** The whole output of kOps in one operation. Every error after it is opened names its path. */
export interface RunLog {
  readonly path: string;
  write(line: string): void;
  /** The text without anything that looks like key material, and without the secrets of the cluster. */
  redact(text: string): string;
  close(): Promise<void>;
}

/** Removes these pieces from a text, longest first because one may be part of another, and all key material. */
export function redacting(pieces: readonly string[]): (text: string) => string {
  const longest = [...pieces].sort((a, b) => b.length - a.length);
  return (text) => redact(longest.reduce((rest, piece) => rest.replaceAll(piece, "[redacted]"), text));
}

/**
 * Opens the log of one operation. Throws if it cannot: no operation may run without a log.
 * @param secrets pieces of text that the log must not contain
 */
export async function openLog(
  cluster: string,
  verb: string,
  env: NodeJS.ProcessEnv = process.env,
  secrets: readonly string[] = [],
): Promise<RunLog> {
  const clean = redacting(secrets);
  const folder = join(stateFolder(env), "logs", cluster);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${fileNameOf(new Date())}-${verb}-${process.pid}.log`);
  const stream = createWriteStream(path, { mode: 0o600, flags: "a" });
  await once(stream, "open");
  let broken: Error | undefined;
  stream.on("error", (error) => {
    broken = error;
  });
  return {
    path,
    redact: clean,
    write(line) {
      if (!broken) stream.write(`${new Date().toISOString()} ${clean(line)}\n`);
    },
    close() {
      return new Promise((resolve, reject) => {
        if (broken) reject(broken);
        else
          stream.end((error?: Error | null) => {
            if (error) reject(error);
            else resolve();
          });
      });
    },
  };
}
