import { readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import type { ToolContext } from "./context.ts";
import { Unreachable } from "./download.ts";
import { goBuild } from "./go.ts";
import { ask, findInstalled } from "./installed.ts";
import { goPlatform } from "./platform.ts";
import type { Fill } from "./recipe.ts";
import { acquire } from "./recipe.ts";
import { isNewEnough } from "./versions.ts";

/** The version of the SDK in package.json. */
export const pulumiVersion = "3.276.0";

/**
 * The engine. An official one has the node language host in its folder; for one built from source see `local/plugins`.
 */
export function ensurePulumi(context: ToolContext): Promise<string> {
  return acquire(context, {
    name: `pulumi ${pulumiVersion}`,
    file: join(context.layout.cache, "pulumi", pulumiVersion, "pulumi"),
    installed: async () => {
      const found = await findInstalled(
        "pulumi",
        (file) => ask(file, ["version"], { ...context.env, PULUMI_SKIP_UPDATE_CHECK: "true" }),
        (version) => isNewEnough(version, pulumiVersion),
        context.env,
      );
      return found?.file;
    },
    release: () => findRelease(context),
    build: (folder, detail) =>
      goBuild(
        context,
        {
          name: `pulumi ${pulumiVersion}`,
          module: join(import.meta.dirname, "go", "pulumi"),
          package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
          output: join(folder, "pulumi"),
          variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${pulumiVersion}` },
        },
        detail,
      ),
  });
}

async function findRelease(context: ToolContext): Promise<Fill> {
  const { system, machine } = goPlatform();
  const archive = `pulumi-v${pulumiVersion}-${system}-${machine === "amd64" ? "x64" : machine}.tar.gz`;
  const place = "https://get.pulumi.com/releases/sdk";
  const checksums = await context.downloads.text(`${place}/pulumi-${pulumiVersion}-checksums.txt`);
  const digest = /^[0-9a-f]{64}/.exec(checksums.split("\n").find((line) => line.trim().endsWith(archive)) ?? "")?.[0];
  if (digest === undefined) throw new Unreachable(`pulumi ${pulumiVersion} has no release for ${system} ${machine}`);
  return async (folder, detail) => {
    const file = join(folder, archive);
    await context.downloads.file(`${place}/${archive}`, file, { algorithm: "sha256", digest }, detail);
    await execa("tar", ["-xzf", file, "-C", folder]);
    await rm(file);
    for (const name of await readdir(join(folder, "pulumi"))) {
      await rename(join(folder, "pulumi", name), join(folder, `${name}.unpacked`));
    }
    await rm(join(folder, "pulumi"), { recursive: true });
    for (const name of await readdir(folder))
      await rename(join(folder, name), join(folder, name.replace(/\.unpacked$/, "")));
  };
}
