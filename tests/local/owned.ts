import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { ownerVariable } from "../../local/base/owner.ts";
import { identify } from "../../local/base/processes.ts";
import { here, isGone, ownerIn, ownerPrefix } from "../../providers/kops/runtime/process-identity.mjs";
import { isMissing } from "../../providers/kops/model/errors.ts";

/** Command lines of all processes. */
export async function commandLines(): Promise<string[]> {
  const { stdout } = await execa("ps", ["-eo", "pid=,args="]);
  return stdout.split("\n").filter((line) => !/\bps -eo\b/.test(line));
}

/**
 * A new temporary folder for a local cloud. Every local cloud that this process starts from now on, directly or
 * through commands, ends with it. Folders left by killed runs of this program are removed.
 */
export async function ownedFolder(prefix: string): Promise<string> {
  process.env[ownerVariable] = JSON.stringify(await identify(process.pid));
  await removeAbandoned(prefix);
  return await mkdtemp(join(tmpdir(), `${prefix}${ownerPrefix(process.pid)}`));
}

/** The folder's name contains the owning process, so the folder always has an owner. */
async function removeAbandoned(prefix: string): Promise<void> {
  const from = here();
  const abandoned = (await readdir(tmpdir())).filter((name) => {
    const owner = name.startsWith(prefix) ? ownerIn(name.slice(prefix.length)) : undefined;
    return owner !== undefined && isGone(owner, from);
  });
  if (abandoned.length === 0) return;
  const running = await commandLines();
  for (const name of abandoned) {
    const folder = join(tmpdir(), name);
    // Its local cloud may be about to stop; the next run finds the folder again.
    if (running.some((line) => line.includes(folder)) || !(await isMine(folder))) continue;
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function isMine(folder: string): Promise<boolean> {
  try {
    return (await stat(folder)).uid === process.getuid?.();
  } catch (error) {
    // Another run has just removed it.
    if (isMissing(error)) return false;
    throw error;
  }
}
