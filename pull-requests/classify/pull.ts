import { lstat, mkdir, realpath, rm, writeFile } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { ConfigError } from "../../providers/kops/model/errors.ts";
import type { DataChange } from "./change.ts";
import { changedFiles, dataChanges, environmentsOf, mergedTree, repositoryAt, sizesOf, stacksOf } from "./git.ts";
import { plainStackFile } from "./stack-file.ts";
import { classify } from "./classification.ts";
import type { Classification } from "./classification.ts";

/** A pull request to classify. */
export interface PullRequest {
  /** The repository, with base and head among its commits. */
  folder: string;
  /** Commit or branch that it targets. */
  base: string;
  /** Its newest commit. */
  head: string;
  /** Whether it comes from another repository. */
  fork: boolean;
}

/** Classifies what merging a pull request would change, and reads its accepted data files. */
export async function classifyPull({
  folder,
  base,
  head,
  fork,
}: PullRequest): Promise<{ classification: Classification; data: DataChange[] }> {
  const repository = repositoryAt(folder);
  const changes = await changedFiles(repository, base, await mergedTree(repository, base, head));
  const sizes = await sizesOf(repository, changes);
  const data = await dataChanges(repository, changes, sizes);
  const stacks = await stacksOf(repository, base);
  const environments = await environmentsOf(repository, base, stacks, data);
  const classification = classify({ changes, sizes, data, stacks, environments, fork });
  return { classification, data };
}

/** No folder above a file may be a symbolic link to another place. */
async function refuseLinkedFolder(root: string, path: string): Promise<void> {
  const folder = dirname(join(root, path));
  await mkdir(folder, { recursive: true });
  const real = await realpath(folder);
  const top = await realpath(root);
  if (real !== join(top, dirname(path)) && !(dirname(path) === "." && real === top)) {
    throw new ConfigError({
      what: `${path} cannot be written`,
      why: `its folder is a symbolic link to ${real.startsWith(top + sep) ? "another folder" : "a place outside"}`,
      next: "remove the symbolic link from the base branch",
    });
  }
}

/**
 * Copies the data files of a pull request into the checkout `root` and returns their paths. Takes none if one file of
 * the pull request must not be previewed with credentials.
 */
export async function takeData(
  root: string,
  { classification, data }: { classification: Classification; data: readonly DataChange[] },
): Promise<string[]> {
  if (classification.credentials === "never") {
    throw new ConfigError({
      what: "Nothing is taken from the pull request",
      why: classification.reasons.join("\n  "),
      next: "preview it on the local cloud: npx pilot pr local",
    });
  }
  for (const { path, file, after } of data) {
    await refuseLinkedFolder(root, path);
    const target = join(root, path);
    if (await lstat(target).catch(() => undefined)) await rm(target);
    if (after === undefined) continue;
    await writeFile(target, file === "stack" ? plainStackFile(after) : after, { flag: "wx", mode: 0o644 });
  }
  return data.map(({ path }) => path);
}
