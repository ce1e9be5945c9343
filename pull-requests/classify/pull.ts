import { lstat, mkdir, realpath, rm, writeFile } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { ConfigError } from "../../providers/kops/model/errors.ts";
import type { DataChange } from "./change.ts";
import { changedFiles, dataChanges, mergedTree, repositoryAt, sizesOf, stacksOf } from "./git.ts";
import { plainStackFile } from "./stack-file.ts";
import { judge } from "./verdict.ts";
import type { Verdict } from "./verdict.ts";

/** What is asked about a pull request. */
export interface PullRequest {
  /** The repository, with base and head among its commits. */
  folder: string;
  /** Commit or branch that it goes into. */
  base: string;
  /** Its newest commit. */
  head: string;
  /** Whether it comes from another repository. */
  fork: boolean;
}

/** What merging a pull request would change, judged, and the data files that are taken from it. */
export async function lookAtPull({
  folder,
  base,
  head,
  fork,
}: PullRequest): Promise<{ verdict: Verdict; data: DataChange[] }> {
  const repository = repositoryAt(folder);
  const changes = await changedFiles(repository, base, await mergedTree(repository, base, head));
  const sizes = await sizesOf(repository, changes);
  const data = await dataChanges(repository, changes, sizes);
  return { verdict: judge({ changes, sizes, data, stacks: await stacksOf(repository, base), fork }), data };
}

/** No part of the way to a file may be a link that leads elsewhere. */
async function refuseDetour(root: string, path: string): Promise<void> {
  const folder = dirname(join(root, path));
  await mkdir(folder, { recursive: true });
  const real = await realpath(folder);
  const top = await realpath(root);
  if (real !== join(top, dirname(path)) && !(dirname(path) === "." && real === top)) {
    throw new ConfigError({
      what: `${path} cannot be written`,
      why: `the way to it leads to ${real.startsWith(top + sep) ? "another folder" : "a place outside"}`,
      next: "take the symbolic link out of the base branch",
    });
  }
}

/**
 * Lays the data files of a pull request over the program that stands in `root`. Refused as a whole when any of its
 * files is to be kept away from credentials. Returns the paths.
 */
export async function takeData(
  root: string,
  { verdict, data }: { verdict: Verdict; data: readonly DataChange[] },
): Promise<string[]> {
  if (verdict.credentials === "never") {
    throw new ConfigError({
      what: "Nothing is taken from the pull request",
      why: verdict.reasons.join("\n  "),
      next: "preview it on the local cloud: npx pilot pr local",
    });
  }
  for (const { path, file, after } of data) {
    await refuseDetour(root, path);
    const target = join(root, path);
    if (await lstat(target).catch(() => undefined)) await rm(target);
    if (after === undefined) continue;
    await writeFile(target, file === "stack" ? plainStackFile(after) : after, { flag: "wx", mode: 0o644 });
  }
  return data.map(({ path }) => path);
}
