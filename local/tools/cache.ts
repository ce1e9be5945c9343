import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { withLock } from "../bootstrap/lock.mjs";
import type { ToolContext } from "./context.ts";
import { isExecutable } from "./installed.ts";

/**
 * Returns the executable `file` of the cache; `make` creates it if it is missing. `make` fills an empty folder with an
 * executable of `file`'s name. Others who want the same tool wait, and nobody ever sees half a tool.
 */
export async function fromCache(
  context: ToolContext,
  file: string,
  make: (folder: string) => Promise<void>,
): Promise<string> {
  if (await isExecutable(file)) return file;
  const folder = dirname(file);
  const drafts = `${folder}.draft-`;
  await withLock(
    `${folder}.lock`,
    async () => {
      if (await isExecutable(file)) return;
      await removeDrafts(drafts);
      await mkdir(folder, { recursive: true });
      const draft = await mkdtemp(drafts);
      try {
        await make(draft);
        await moveInto(draft, folder, basename(file));
      } finally {
        await rm(draft, { recursive: true, force: true });
      }
    },
    {
      onWait: (holder) => {
        context.report(`Waiting for ${folder}, which ${holder} is creating`);
      },
    },
  );
  return file;
}

// Left by a killed build: the lock guarantees that no other is running.
async function removeDrafts(prefix: string): Promise<void> {
  const parent = dirname(prefix);
  await mkdir(parent, { recursive: true });
  for (const name of await readdir(parent)) {
    if (name.startsWith(basename(prefix))) await rm(join(parent, name), { recursive: true, force: true });
  }
}

// The executable comes last: if it exists, everything beside it does, too.
async function moveInto(draft: string, folder: string, executable: string): Promise<void> {
  const names = (await readdir(draft)).filter((name) => name !== executable);
  for (const name of [...names, executable]) {
    await rm(join(folder, name), { recursive: true, force: true });
    await rename(join(draft, name), join(folder, name));
  }
}
