import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { replace } from "./flags.ts";
import type { Kops } from "./kops.ts";

/**
 * Writes kOps's objects to the store that this kops works on, over what is there, or as new (`--force`). By way of a
 * file in the private folder of the verb. An instance group that is not among them stays.
 */
export async function replaceManifests(
  { kops, folder }: { readonly kops: Pick<Kops, "run">; readonly folder: string },
  manifest: string,
  name = "manifest.yaml",
): Promise<void> {
  const file = join(folder, name);
  await writeFile(file, manifest, { mode: 0o600 });
  await kops.run({ args: replace(file) });
}
