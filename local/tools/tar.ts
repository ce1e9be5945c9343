import { rm } from "node:fs/promises";
import { execa } from "execa";
import { Problem } from "../base/problem.ts";

/** Unpacks a .tar.gz into a folder and deletes it. */
export async function untar(file: string, folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const result = await execa("tar", ["-xzf", file, "-C", folder], {
    env,
    extendEnv: false,
    stdin: "ignore",
    all: true,
    reject: false,
  });
  if (result.failed) {
    throw new Problem(
      {
        what: `${file} could not be unpacked`,
        why: result.code === "ENOENT" ? "there is no tar on PATH" : `tar says: ${result.all}`,
        next: "install tar and gzip if they are missing, or free disk space, then run the same command again",
      },
      result,
    );
  }
  await rm(file);
}
