/** What a file of the repository has to do with previews. */
export type PathKind =
  /** Asked for by a team: a cluster file, or the config of a stack. Read as data, never run. */
  | { kind: "data"; stack: string; file: "cluster" | "stack" }
  /** Would run in a preview, or decides what runs. */
  | { kind: "program" }
  /** Neither read nor run by `pulumi preview`. */
  | { kind: "beside" };

const stackName = "[A-Za-z0-9][A-Za-z0-9_-]*";
const segment = "[A-Za-z0-9][A-Za-z0-9._-]*";

const clusterFile = new RegExp(`^clusters/(${stackName})/(?:${segment}/)*${segment}\\.ya?ml$`);
const stackFile = new RegExp(`^Pulumi\\.(${stackName})\\.yaml$`);

/**
 * Folders and files that no preview with credentials reads or runs: the workflow runs `cli/` and `pull-requests/` of the
 * base branch. Every other file counts as program.
 */
const beside: readonly RegExp[] = [
  /^(?:cli|docs|tests|local|examples|pull-requests|\.github|\.ci|\.devcontainer)\//,
  /^[^/]+\.md$/,
  /^clusters\/[^/]+\.(?:md|schema\.json)$/,
  /^(?:LICENSE|eslint\.config\.mjs|renovate\.json)$/,
  /^\.(?:gitignore|git-blame-ignore-revs|editorconfig|nvmrc|mocharc\.json|prettierrc\.json|prettierignore)$/,
];

/** Whether a text is the name of a stack as this program takes it: it becomes part of paths and of job names. */
export function isStackName(text: string): boolean {
  return new RegExp(`^${stackName}$`).test(text);
}

export function kindOf(path: string): PathKind {
  const [, cluster] = clusterFile.exec(path) ?? [];
  if (cluster !== undefined) return { kind: "data", stack: cluster, file: "cluster" };
  const [, stack] = stackFile.exec(path) ?? [];
  if (stack !== undefined) return { kind: "data", stack, file: "stack" };
  return beside.some((one) => one.test(path)) ? { kind: "beside" } : { kind: "program" };
}
