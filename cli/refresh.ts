import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { ConfigError } from "../providers/kops/model/errors.ts";
import { isStackName, kindOf } from "../pull-requests/classify/paths.ts";
import type { Typed } from "./base/command.ts";
import type { Shell } from "./base/shell.ts";
import { imagesAt } from "./refresh/images.ts";
import { patchesAt, publicReleases } from "./refresh/kubernetes.ts";
import { configIn, refresh } from "./refresh/refreshed.ts";
import type { StackFiles } from "./refresh/refreshed.ts";

type RefreshTyped = Typed<"stack" | "only" | "releases" | "out", "write">;

async function filesOf(root: string, stack: string): Promise<StackFiles> {
  const stackFile = `Pulumi.${stack}.yaml`;
  if (!existsSync(join(root, stackFile)))
    throw new ConfigError({
      what: `There is no stack ${stack}`,
      why: `${stackFile} is missing`,
      next: "name another stack, or write that file first",
    });
  const folder = join(root, "clusters", stack);
  const entries = existsSync(folder) ? await readdir(folder, { withFileTypes: true, recursive: true }) : [];
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((path) => kindOf(path).kind === "data")
    .sort();
  const texts = await Promise.all(
    [stackFile, ...paths].map(async (path) => [path, await readFile(join(root, path), "utf8")] as const),
  );
  return { stack, texts: new Map(texts) };
}

function regionOf(files: StackFiles): string {
  const region = configIn(files.texts.get(`Pulumi.${files.stack}.yaml`))["aws:region"] ?? process.env["AWS_REGION"];
  if (typeof region === "string" && region !== "") return region;
  throw new ConfigError({
    what: "Images cannot be looked up",
    why: `neither aws:region of the stack ${files.stack} nor AWS_REGION names a region`,
    next: "set AWS_REGION, or leave images out by --only kubernetes",
  });
}

/** Finds newer images and patches of Kubernetes for the clusters of a stack; writes them into their files if asked. */
export async function refreshVersions(
  { options, refusal }: RefreshTyped,
  { project: root = resolve(import.meta.dirname, "..") }: Partial<Shell>,
): Promise<string> {
  const { stack = "", only, releases = publicReleases, write, out } = options;
  if (!isStackName(stack)) throw refusal("--stack names no stack");
  if (only !== undefined && only !== "image" && only !== "kubernetes")
    throw refusal("--only takes image or kubernetes");
  const files = await filesOf(root, stack);
  const found = await refresh(files, {
    images: only === "kubernetes" ? undefined : imagesAt({ region: regionOf(files) }),
    patches: only === "image" ? undefined : patchesAt(releases),
  });
  if (write) for (const [path, text] of Object.entries(found.files)) await writeFile(join(root, path), text);
  if (out !== undefined) {
    await mkdir(dirname(resolve(out)), { recursive: true });
    await writeFile(out, `${JSON.stringify(found, null, 2)}\n`);
  }
  const end = write
    ? `Next: \`pulumi preview --stack ${stack}\` shows what rolls`
    : "Nothing is written. Next: the same command with --write";
  return [
    ...found.raised,
    ...found.kept.map((line) => `kept: ${line}`),
    found.raised.length === 0 ? `${stack} has the newest.` : end,
  ].join("\n");
}
