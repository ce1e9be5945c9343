import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ToolContext } from "./context.ts";
import { goBuild, goModuleFolder } from "./go.ts";
import type { Detail } from "./progress.ts";
import { acquire } from "./recipe.ts";

/**
 * The version of `@pulumi/kubernetes` in package.json: the newest whose sources the Go module proxy serves. Its
 * releases have no module version; go.mod names the commit of this one's tag.
 */
export const kubernetesPluginVersion = "4.25.0";

const source = "github.com/pulumi/pulumi-kubernetes/provider/v4";
const executable = "pulumi-resource-kubernetes";

export function kubernetesPluginFile(context: Pick<ToolContext, "layout">): string {
  return join(context.layout.cache, executable, kubernetesPluginVersion, executable);
}

/** The official kubernetes plugin, built from its sources. */
export function ensureKubernetesPlugin(context: ToolContext): Promise<string> {
  return acquire(context, {
    name: `the kubernetes plugin ${kubernetesPluginVersion}`,
    file: kubernetesPluginFile(context),
    build: (folder, detail) => build(context, folder, detail),
  });
}

async function build(context: ToolContext, folder: string, detail: Detail): Promise<void> {
  const module = join(folder, "module");
  await cp(join(import.meta.dirname, "go", executable), module, { recursive: true });
  const command = join(await goModuleFolder(context, module, source), "cmd", executable);
  await writeFile(join(module, "schema.json"), released(await readFile(join(command, "schema.json"), "utf8")));
  await writeFile(
    join(module, "terraform-mapping.json"),
    compact(await readFile(join(command, "terraform-mapping.json"), "utf8")),
  );
  await goBuild(
    context,
    {
      name: `the kubernetes plugin ${kubernetesPluginVersion}`,
      module,
      package: ".",
      output: join(folder, executable),
      variables: { [`${source}/pkg/version.Version`]: kubernetesPluginVersion },
    },
    detail,
  );
  await rm(module, { recursive: true });
}

/** The schema as a release embeds it (`generate.go` there): with its version, without white space. */
export function released(schema: string): string {
  return JSON.stringify({ ...(JSON.parse(schema) as object), version: kubernetesPluginVersion });
}

const compact = (text: string): string => JSON.stringify(JSON.parse(text));
