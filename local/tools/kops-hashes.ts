import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/*
 * kOps contains lists of the hashes of files that nodes download, and parses all of these lists for each file: four
 * fifths of the CPU time of a `kops update cluster` (profiles of 1.35.0, sources of 1.36.2). A kOps that is built from
 * source here parses each list once; the result is the same.
 */

const everyTime = "parseManifestFile(b)";
const once = "parseOnce(p, b)";

/**
 * Patches a copy of kOps's sources; leaves it alone if it looks hashes up in another way.
 * @param source folder of the copy
 */
export async function readHashListsOnce(source: string): Promise<void> {
  const lookUps = join(source, "pkg", "assets", "assetdata");
  const file = join(lookUps, "data.go");
  const text = await readFile(file, "utf8").catch(() => "");
  if (text.split(everyTime).length !== 2 || !text.includes("func parseManifestFile(b []byte) (*manifest, error)"))
    return;
  await writeFile(file, text.replace(everyTime, once));
  await copyFile(join(import.meta.dirname, "go", "kops", "assetdata", "once.go"), join(lookUps, "once.go"));
}
