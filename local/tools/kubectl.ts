import { chmod } from "node:fs/promises";
import { join } from "node:path";
import type { ToolContext } from "./context.ts";
import { goBuild } from "./go.ts";
import { ask, findInstalled } from "./installed.ts";
import { goPlatform } from "./platform.ts";
import type { Fill } from "./recipe.ts";
import { acquire } from "./recipe.ts";
import { compareVersions } from "./versions.ts";

const kubectlVersion = "1.34.3";

// Only people use it here, to look around and to drain: these commands have not changed since.
const oldestKubectl = "1.30.0";

export function ensureKubectl(context: ToolContext): Promise<string> {
  return acquire(context, {
    name: `kubectl ${kubectlVersion}`,
    file: join(context.layout.cache, "kubectl", kubectlVersion, "kubectl"),
    installed: async () => {
      const found = await findInstalled(
        "kubectl",
        async (file) =>
          /"gitVersion": *"v([^"]+)"/.exec(
            (await ask(file, ["version", "--client", "-o", "json"], context.env)) ?? "",
          )?.[1],
        (version) => compareVersions(version, oldestKubectl) >= 0,
        context.env,
      );
      return found?.file;
    },
    release: () => findRelease(context),
    build: (folder, detail) =>
      goBuild(
        context,
        {
          name: `kubectl ${kubectlVersion}`,
          module: join(import.meta.dirname, "go", "kubectl"),
          package: ".",
          output: join(folder, "kubectl"),
          variables: { "k8s.io/component-base/version.gitVersion": `v${kubectlVersion}` },
        },
        detail,
      ),
  });
}

async function findRelease(context: ToolContext): Promise<Fill> {
  const { system, machine } = goPlatform();
  const url = `https://dl.k8s.io/release/v${kubectlVersion}/bin/${system}/${machine}/kubectl`;
  const digest = (await context.downloads.text(`${url}.sha256`)).trim();
  return async (folder, detail) => {
    await context.downloads.file(url, join(folder, "kubectl"), { algorithm: "sha256", digest }, detail);
    await chmod(join(folder, "kubectl"), 0o755);
  };
}
