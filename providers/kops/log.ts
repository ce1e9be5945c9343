import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { redact } from "./redact.ts";
import { stateFolder } from "./scratch.ts";

/** The whole output of kOps in one operation. Its path is in every error. */
export interface RunLog {
  readonly path: string;
  write(line: string): void;
  close(): Promise<void>;
}

export async function openLog(cluster: string, verb: string, env: NodeJS.ProcessEnv = process.env): Promise<RunLog> {
  const folder = join(stateFolder(env), "logs", cluster);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${new Date().toISOString().replace(/[:.]/g, "-")}-${verb}-${process.pid}.log`);
  const stream = createWriteStream(path, { mode: 0o600, flags: "a" });
  let broken: Error | undefined;
  stream.on("error", (error) => {
    broken = error;
  });
  return {
    path,
    write(line) {
      if (!broken) stream.write(`${new Date().toISOString()} ${redact(line)}\n`);
    },
    close() {
      return new Promise((resolve, reject) => {
        if (broken) reject(broken);
        else stream.end(resolve);
      });
    },
  };
}
