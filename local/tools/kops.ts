import { appendFile, chmod, copyFile, cp, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { messageOf } from "../../providers/kops/model/errors.ts";
import { Problem } from "../base/problem.ts";
import type { ToolContext } from "./context.ts";
import { goBuild, goModuleFolder } from "./go.ts";
import { readHashListsOnce } from "./kops-hashes.ts";
import { ask, findInstalled, isExecutable } from "./installed.ts";
import { goPlatform } from "./platform.ts";
import type { Detail } from "./progress.ts";
import type { Fill } from "./recipe.ts";
import { acquire } from "./recipe.ts";

/** The version whose Go module is pinned with checksums beside this file. */
export const pinnedKops = "1.35.0";

const exactVersion = /^\d+\.\d+\.\d+(-[0-9a-z.]+)?$/;

/** The path of kOps of one version. The provider looks there, too. */
function kopsFile(context: ToolContext, version: string): string {
  return join(context.layout.cache, "kops", version, "kops");
}

/** kOps of exactly this version, with the `channels/stable` of its release. */
export async function ensureKops(context: ToolContext, version: string): Promise<string> {
  if (!exactVersion.test(version)) {
    throw new Problem({
      what: `"${version}" is not a version of kOps`,
      why: "a cluster names one exact release, such as 1.35.0",
      next: "correct kopsVersion in the cluster file",
    });
  }
  const file = kopsFile(context, version);
  if (await isExecutable(file)) return file;
  return acquire(context, {
    name: `kops ${version}`,
    file,
    release: async () => (await copyInstalled(context, version)) ?? findRelease(context, version),
    build: (folder, detail) => build(context, version, folder, detail),
  });
}

// A copy, not a link: the installed one may be upgraded, and the cache must keep this version.
async function copyInstalled(context: ToolContext, version: string): Promise<Fill | undefined> {
  const installed = await findInstalled(
    "kops",
    async (file) => (await ask(file, ["version", "--short"], context.env))?.replace(/^v/, ""),
    (found) => found === version,
    context.env,
  );
  if (!installed) return undefined;
  return async (folder) => {
    await copyFile(installed.file, join(folder, "kops"));
    await chmod(join(folder, "kops"), 0o755);
  };
}

async function findRelease(context: ToolContext, version: string): Promise<Fill> {
  const { system, machine } = goPlatform();
  const url = `https://github.com/kubernetes/kops/releases/download/v${version}/kops-${system}-${machine}`;
  const digest = (await context.downloads.text(`${url}.sha256`)).trim().split(/\s/)[0] ?? "";
  return async (folder, detail) => {
    await context.downloads.file(url, join(folder, "kops"), { algorithm: "sha256", digest }, detail);
    await chmod(join(folder, "kops"), 0o755);
    const channel = await context.downloads.text(
      `https://raw.githubusercontent.com/kubernetes/kops/v${version}/channels/stable`,
    );
    await mkdir(join(folder, "channels"));
    await writeFile(join(folder, "channels", "stable"), channel);
  };
}

async function build(context: ToolContext, version: string, folder: string, detail: Detail): Promise<void> {
  const pinned = version === pinnedKops;
  const built = buildIn(folder, context, version, pinned, detail);
  await (pinned ? built : built.catch((error: unknown) => unavailable(context, version, error)));
}

async function buildIn(
  folder: string,
  context: ToolContext,
  version: string,
  pinned: boolean,
  detail: Detail,
): Promise<void> {
  const [module, source] = [join(folder, "module"), join(folder, "source")];
  if (pinned) await cp(join(import.meta.dirname, "go", "kops"), module, { recursive: true });
  else {
    await mkdir(module);
    await writeFile(join(module, "go.mod"), `module pilot.local/tools/kops\n\nrequire k8s.io/kops v${version}\n`);
  }
  const released = await goModuleFolder(context, module, "k8s.io/kops");
  await copySources(released, source);
  await readHashListsOnce(source);
  await appendFile(join(module, "go.mod"), `\nreplace k8s.io/kops => ${JSON.stringify(source)}\n`);
  await goBuild(
    context,
    {
      name: `kops ${version}`,
      module,
      mode: pinned ? "readonly" : "mod",
      package: "k8s.io/kops/cmd/kops",
      output: join(folder, "kops"),
      variables: { "k8s.io/kops.Version": version },
    },
    detail,
  );
  const channel = join(folder, "channels", "stable");
  await mkdir(dirname(channel));
  await copyFile(join(source, "channels", "stable"), channel);
  await rm(source, { recursive: true });
}

/** Go's own copy may be read-only. */
async function copySources(released: string, to: string): Promise<void> {
  const unneeded = [join(released, "docs"), join(released, "tests")];
  await cp(released, to, { recursive: true, filter: (path) => !unneeded.includes(path) });
  for (const entry of await readdir(to, { recursive: true, withFileTypes: true }))
    await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
}

// A cluster file may contain any version: it may have no release, or one that the module proxy does not serve.
function unavailable(context: ToolContext, version: string, error: unknown): never {
  throw new Problem(
    {
      what: `kOps ${version} is not available on this machine`,
      why:
        "it is not installed, its release could not be downloaded, and: " +
        (error instanceof Problem ? error.explanation.why : messageOf(error)),
      next:
        "correct kopsVersion in the cluster file if there is no such release, or put its binary at " +
        kopsFile(context, version),
    },
    error,
  );
}
