import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { isMissing } from "../model/errors.ts";
import { isAlive } from "./is-alive.mjs";
import { here, isGone, ownerIn, ownerPrefix } from "./process-identity.mjs";
import type { Place } from "./process-identity.mjs";

/**
 * Folder for logs and short-lived files of this user: `PILOT_STATE_DIR`, else `$XDG_STATE_HOME/pilot`, else
 * `~/.local/state/pilot`.
 */
export function stateFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env["PILOT_STATE_DIR"] ?? join(env["XDG_STATE_HOME"] ?? join(homedir(), ".local", "state"), "pilot");
}

/** Milliseconds after which what an older program left is no longer in use. Its names tell no machine. */
const unusedAfter = 7 * 24 * 3_600_000;

/** Whether what has this name is left by a run that is gone. Doubt keeps it: another machine may share the folder. */
async function isLeft(path: string, name: string, from: Place): Promise<boolean> {
  const owner = ownerIn(name);
  if (owner) return isGone(owner, from);
  const old = /^([1-9]\d*)-/.exec(name)?.[1];
  if (old === undefined || isAlive(Number(old))) return false;
  try {
    return Date.now() - (await stat(path)).mtimeMs > unusedAfter;
  } catch (error) {
    // Another run has just removed it.
    if (isMissing(error)) return false;
    throw error;
  }
}

/** Removes what killed runs left behind, by names that begin with {@link ownerPrefix}. */
export async function sweep(base: string): Promise<void> {
  const from = here();
  for (const name of await readdir(base)) {
    const path = join(base, name);
    if (await isLeft(path, name, from)) await rm(path, { recursive: true, force: true });
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
  const folder = await mkdtemp(join(base, ownerPrefix(process.pid)));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
