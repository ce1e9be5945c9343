import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { withLock } from "../base/lock.mjs";
import type { ToolContext } from "./context.ts";
import { isExecutable } from "./installed.ts";

/**
 * The executable `file` of the cache, made by `make` when it is not there. `make` fills an empty folder, in which the
 * executable has the name of `file`. Whoever else wants the same tool meanwhile waits, and nobody ever sees half of
 * one.
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
        context.report(`Waiting for ${folder}, which is being made by ${holder}`);
      },
    },
  );
  return file;
}

// Left by a build that was killed; the lock says that no other is under way.
async function removeDrafts(prefix: string): Promise<void> {
  const parent = dirname(prefix);
  await mkdir(parent, { recursive: true });
  for (const name of await readdir(parent)) {
    if (name.startsWith(basename(prefix))) await rm(join(parent, name), { recursive: true, force: true });
  }
}

// The executable comes last: where it is, everything beside it is there too.
async function moveInto(draft: string, folder: string, executable: string): Promise<void> {
  const names = (await readdir(draft)).filter((name) => name !== executable);
  for (const name of [...names, executable]) {
    await rm(join(folder, name), { recursive: true, force: true });
    await rename(join(draft, name), join(folder, name));
  }
}
