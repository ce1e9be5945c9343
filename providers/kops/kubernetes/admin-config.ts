import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { fixKubeconfig } from "../kops-cli/output/index.ts";
import { exportKubeconfig } from "../kops-cli/flags.ts";
import type { OperationContext } from "../operation/context.ts";

/**
 * A way to log in to the cluster's API as kOps's admin: a client certificate that kOps signs for this, in a file of the
 * verb's private folder, `lifetime` long, such as `10m`. It reads the certificate authority's key in the state store.
 * The file is good for kOps itself, too.
 */
export async function adminConfig(
  { kops, inputs, folder }: Pick<OperationContext, "kops" | "inputs" | "folder">,
  lifetime: string,
  file: string,
): Promise<KubeConfig> {
  const path = join(folder, file);
  await kops.run({
    args: exportKubeconfig(inputs.name, path, lifetime),
    usesApi: true,
  });
  const text = fixKubeconfig(await readFile(path, "utf8"));
  // The file is there already, for its owner only: that stays so.
  await writeFile(path, text);
  const config = new KubeConfig();
  config.loadFromString(text);
  return config;
}
