import { execa } from "execa";
import { ConfigError, messageOf } from "../../providers/kops/model/errors.ts";
import type { Change, DataChange } from "./change.ts";
import { isStackName, kindOf } from "./paths.ts";
import { isAccepted } from "./classification.ts";
import { environmentIn } from "./stack-file.ts";

/*
 * Reads a pull request from git's objects. It is never checked out, so that none of its filters, hooks, submodules or
 * symbolic links can take effect.
 */

const noCommit = /^0{40,}$/;

/** A local git repository. */
export interface Repository {
  /** Runs git and returns its output without the last newline. */
  git(...args: string[]): Promise<string>;
  /** The whole content of a blob, by its hash. */
  blob(name: string): Promise<string>;
}

export function repositoryAt(folder: string, env: NodeJS.ProcessEnv = process.env): Repository {
  const run = async (args: readonly string[]): Promise<string> => {
    try {
      const { stdout } = await execa("git", args, {
        cwd: folder,
        env: { ...env, GIT_TERMINAL_PROMPT: "0", LC_ALL: "C" },
        extendEnv: false,
        stdin: "ignore",
        stripFinalNewline: false,
        maxBuffer: 64 * 1024 * 1024,
      });
      return stdout;
    } catch (error) {
      throw new ConfigError(
        {
          what: `git ${args[0] ?? ""} failed`,
          why: messageOf(error),
          next: "fetch the named branches and commits (in a pipeline: fetch-depth 0), then run the same command again",
        },
        error,
      );
    }
  };
  return {
    git: async (...args) => (await run(args)).replace(/\n$/, ""),
    blob: (name) => run(["cat-file", "blob", name]),
  };
}

/** Fetches a ref of `origin` as another one here, and returns its commit. */
export async function fetchRef(
  folder: string,
  from: string,
  to: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const token = env["GITHUB_TOKEN"];
  // Passed in the environment of this process: others can read a command line, and a config file would stay.
  const login = token
    ? {
        GIT_CONFIG_COUNT: "1",
        GIT_CONFIG_KEY_0: "http.extraHeader",
        GIT_CONFIG_VALUE_0: `Authorization: Basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`,
      }
    : {};
  const repository = repositoryAt(folder, { ...env, ...login });
  await repository.git(
    "fetch",
    "--quiet",
    "--no-tags",
    "--no-recurse-submodules",
    "--no-write-fetch-head",
    "origin",
    `+${from}:${to}`,
  );
  return await repository.git("rev-parse", "--verify", `${to}^{commit}`);
}

/**
 * Fetches the head of a pull request from `origin`. It must be the commit `head`: a commit pushed since then belongs to
 * another run.
 */
export async function fetchHead(
  folder: string,
  pull: number,
  head: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const fetched = await fetchRef(folder, `refs/pull/${pull}/head`, `refs/pilot/pull/${pull}`, env);
  if (fetched !== head) {
    throw new ConfigError({
      what: `Pull request ${pull} is no longer at ${head}`,
      why: `its head is ${fetched}`,
      next: "nothing: the run of the newer commit does the work",
    });
  }
}

/** The tree that a merge would produce, computed without touching the work tree. */
export async function mergedTree(repository: Repository, base: string, head: string): Promise<string> {
  const [commit] = (await repository.git("rev-parse", "--verify", `${base}^{commit}`)).split("\n");
  const contained = await repository.git("merge-base", commit ?? base, head);
  if (contained === commit) return await repository.git("rev-parse", "--verify", `${head}^{tree}`);
  try {
    const [tree = ""] = (await repository.git("merge-tree", "--write-tree", "--no-messages", base, head)).split("\n");
    return tree;
  } catch (error) {
    throw new ConfigError(
      {
        what: "The pull request cannot be merged",
        why: `it conflicts with ${base}`,
        next: "merge the base branch into it, resolve the conflicts and push",
      },
      error,
    );
  }
}

/** Files that differ between two trees or commits. */
export async function changedFiles(repository: Repository, from: string, to: string): Promise<Change[]> {
  const fields = (await repository.git("diff-tree", "-r", "-z", "--no-renames", "--full-index", from, to))
    .split("\0")
    .filter(Boolean);
  const changes: Change[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [, mode = "", oldBlob = "", blob = ""] = (fields[index] ?? "").replace(/^:/, "").split(" ");
    changes.push({
      path: fields[index + 1] ?? "",
      ...(!noCommit.test(blob) && { mode, blob }),
      ...(!noCommit.test(oldBlob) && { oldBlob }),
    });
  }
  return changes;
}

/** Sizes in bytes of the new contents of data files, by path. */
export async function sizesOf(repository: Repository, changes: readonly Change[]): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for (const { path, mode, blob } of changes) {
    if (blob === undefined || mode === "160000" || kindOf(path).kind !== "data") continue;
    sizes.set(path, Number(await repository.git("cat-file", "-s", blob)));
  }
  return sizes;
}

/** Old and new texts of the accepted data files. */
export async function dataChanges(
  repository: Repository,
  changes: readonly Change[],
  sizes: ReadonlyMap<string, number>,
): Promise<DataChange[]> {
  const text = async (name: string | undefined): Promise<string | undefined> =>
    name === undefined ? undefined : await repository.blob(name);
  const taken: DataChange[] = [];
  for (const change of changes) {
    const kind = kindOf(change.path);
    if (kind.kind !== "data" || !isAccepted(change, sizes.get(change.path))) continue;
    const [before, after] = [await text(change.oldBlob), await text(change.blob)];
    taken.push({
      path: change.path,
      stack: kind.stack,
      file: kind.file,
      ...(before !== undefined && { before }),
      ...(after !== undefined && { after }),
    });
  }
  return taken;
}

/** Stacks that have a stack file in a commit. */
export async function stacksOf(repository: Repository, commit: string): Promise<string[]> {
  const names = (await repository.git("ls-tree", "--name-only", "-z", commit)).split("\0");
  return names.flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? []).filter(isStackName);
}

/**
 * The stack that each stack takes its environment from, as the stack files of a commit say, or those of a change. Where
 * both say one, the change counts.
 */
export async function environmentsOf(
  repository: Repository,
  commit: string,
  stacks: readonly string[],
  changes: readonly DataChange[],
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const add = (stack: string, text: string | undefined): void => {
    const environment = text === undefined ? undefined : environmentIn(text);
    if (environment !== undefined) found.set(stack, environment);
  };
  for (const stack of stacks) add(stack, await repository.git("cat-file", "blob", `${commit}:Pulumi.${stack}.yaml`));
  for (const { stack, file, after } of changes) if (file === "stack") add(stack, after);
  return found;
}
