import { ConfigError } from "../../providers/kops/model/errors.ts";
import { changedFiles, fetchRef, repositoryAt } from "../classify/git.ts";
import type { Repository } from "../classify/git.ts";
import { kindOf } from "../classify/paths.ts";

/** Files that an `up` of a stack reads or runs: the program, the stack's config, its cluster files. */
export function filesOf(stack: string, paths: readonly string[]): string[] {
  return paths.filter((path) => {
    const kind = kindOf(path);
    return kind.kind === "program" || (kind.kind === "data" && kind.stack === stack);
  });
}

async function contains(repository: Repository, commit: string, other: string): Promise<boolean> {
  return (await repository.git("rev-list", "--max-count=1", other, `^${commit}`)) === "";
}

/** A run that is not of the newest files of a stack: it would put the stack back. */
export interface Outdated {
  stack: string;
  commit: string;
  branch: string;
}

/**
 * Refuses a commit that is not on the branch, or whose files of the stack are no longer the branch's. A re-run of a
 * workflow has the commit of its first run, however old. `again`: whether this is one.
 */
export async function refuseOutdated(
  folder: string,
  { stack, commit, branch }: Outdated,
  again: boolean,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const repository = repositoryAt(folder);
  const newest = await fetchRef(folder, `refs/heads/${branch}`, `refs/pilot/branch/${branch}`, env);
  if (await contains(repository, commit, newest)) return;
  const what = `The stack ${stack} is not updated to ${commit}`;
  if (!(await contains(repository, newest, commit)))
    throw new ConfigError({
      what,
      why: `the commit is not on the branch ${branch}, which is at ${newest}`,
      next: `run the workflow \`up\` by hand: it takes the newest commit of ${branch}; nothing was changed`,
    });
  const paths = (await changedFiles(repository, commit, newest)).map(({ path }) => path);
  const [first, ...others] = filesOf(stack, paths);
  if (first === undefined) return;
  throw new ConfigError({
    what,
    why:
      `${branch} has newer files of it: at ${newest}, ${first}` +
      `${others.length > 0 ? ` and ${others.length} more` : ""} ${others.length > 0 ? "differ" : "differs"}` +
      (again ? ". A re-run has the commit of its first run" : ""),
    next:
      "nothing, if the run of the newer commit did the work; otherwise run the workflow `up` by hand for this stack; " +
      "nothing was changed",
  });
}
