/** How a file of the repository affects previews. */
export type PathKind =
  /** A team's request: a cluster file, or the config of a stack. Read as data, never run. */
  | { kind: "data"; stack: string; file: "cluster" | "stack" }
  /** Runs in a preview, or decides what runs. */
  | { kind: "program" }
  /** Neither read nor run by `pulumi preview`. */
  | { kind: "unrelated" };

/** As Pulumi takes them (ParseStackName in sdk/go/common/tokens), without those that look like an option or a path. */
const stackName = "[A-Za-z0-9_][A-Za-z0-9._-]{0,99}";
const segment = "[A-Za-z0-9][A-Za-z0-9._-]*";

const clusterFile = new RegExp(`^clusters/(${stackName})/(?:${segment}/)*${segment}\\.ya?ml$`);
const stackFile = new RegExp(`^Pulumi\\.(${stackName})\\.yaml$`);

/**
 * Folders and files that no job with credentials reads or runs, in a preview or after the merge. Every other file
 * counts as program: the workflows, who must approve, and the commands that the workflows run, too.
 */
const unrelated: readonly RegExp[] = [
  /^(?:docs|tests|local|examples|\.ci|\.devcontainer|\.github\/ISSUE_TEMPLATE)\//,
  /^\.github\/PULL_REQUEST_TEMPLATE\.md$/,
  /^[^/]+\.md$/,
  /^clusters\/[^/]+\.(?:md|schema\.json)$/,
  /^(?:LICENSE|eslint\.config\.mjs|renovate\.json)$/,
  /^\.(?:gitignore|git-blame-ignore-revs|editorconfig|nvmrc|mocharc\.json|prettierrc\.json|prettierignore)$/,
];

/** Whether a text is a valid stack name. It becomes a part of paths and job names. */
export function isStackName(text: string): boolean {
  return new RegExp(`^${stackName}$`).test(text);
}

export function kindOf(path: string): PathKind {
  const [, cluster] = clusterFile.exec(path) ?? [];
  if (cluster !== undefined) return { kind: "data", stack: cluster, file: "cluster" };
  const [, stack] = stackFile.exec(path) ?? [];
  if (stack !== undefined) return { kind: "data", stack, file: "stack" };
  return unrelated.some((one) => one.test(path)) ? { kind: "unrelated" } : { kind: "program" };
}
