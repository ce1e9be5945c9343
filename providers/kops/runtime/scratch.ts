import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { isAlive } from "./is-alive.mjs";

/**
 * Folder for logs and short-lived files of this user: `PILOT_STATE_DIR`, else `$XDG_STATE_HOME/pilot`, else
 * `~/.local/state/pilot`.
 */
export function stateFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env["PILOT_STATE_DIR"] ?? join(env["XDG_STATE_HOME"] ?? join(homedir(), ".local", "state"), "pilot");
}

/**
 * Removes the folders that killed runs left behind: the name of each begins with the id of its process and a dash, and
 * that process is gone.
 */
export async function sweep(base: string): Promise<void> {
  for (const name of await readdir(base)) {
    const pid = Number(name.split("-")[0]);
    if (Number.isInteger(pid) && pid > 0 && !isAlive(pid)) await rm(join(base, name), { recursive: true, force: true });
  }
}

/** Gives `use` a private folder (0700) and removes it afterwards, even on an error. */
export async function withScratch<T>(
  use: (folder: string) => Promise<T>,
  env: NodeJS.ProcessEnv = process.env,
): Promise<T> {
  const base = join(stateFolder(env), "scratch");
  await mkdir(base, { recursive: true, mode: 0o700 });
  await sweep(base);
  const folder = await mkdtemp(join(base, `${process.pid}-`));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
