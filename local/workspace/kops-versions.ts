import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import yaml from "js-yaml";
import { z } from "zod";
import { pinnedKops } from "../tools/index.ts";
import { compareVersions } from "../tools/versions.ts";

const exactVersion = z.string().regex(/^\d+\.\d+\.\d+$/);
const request = z.object({ kopsVersion: exactVersion });
const stackFile = z.object({
  config: z.object({
    "pilot:clusterDefaults": request.optional().catch(undefined),
    "pilot:clusterOverrides": request.optional().catch(undefined),
  }),
});

/**
 * Every kOps version that a cluster of the checkout requests, newest first; the pinned version if none does. Skips a
 * file that cannot be read: the program reports it together with all other problems.
 */
export function wantedKopsVersions(root: string): [string, ...string[]] {
  const clusters = yamlFiles(join(root, "clusters"), true).flatMap(
    (value) => request.safeParse(value).data?.kopsVersion ?? [],
  );
  const stacks = yamlFiles(root, false).flatMap((value) =>
    Object.values(stackFile.safeParse(value).data?.config ?? {}).flatMap((part) => part?.kopsVersion ?? []),
  );
  const [newest = pinnedKops, ...others] = [...new Set([...clusters, ...stacks])].sort(compareVersions).reverse();
  return [newest, ...others];
}

function yamlFiles(folder: string, recursive: boolean): unknown[] {
  return readdirSync(folder, { recursive, encoding: "utf8" })
    .filter((name) => /\.ya?ml$/.test(name))
    .flatMap((name) => {
      try {
        return [yaml.load(readFileSync(join(folder, name), "utf8"))];
      } catch (error) {
        if (error instanceof yaml.YAMLException) return [];
        throw error;
      }
    });
}
