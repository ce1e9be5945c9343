import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";

/** A short digest of the files below a folder: it changes with any file. */
export async function digestOfFolder(folder: string, isPart: (path: string) => boolean): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  const hash = createHash("sha256");
  for (const path of paths.filter(isPart).sort()) {
    hash
      .update(`${path}\0`)
      .update(await readFile(join(folder, path)))
      .update("\0");
  }
  return hash.digest("hex").slice(0, 12);
}

export function digestOfText(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}
