import { z } from "zod";
import { sensitiveInCluster } from "./cluster-file.ts";
import type { Change, DataChange } from "./change.ts";
import { limits } from "./limits.ts";
import { kindOf } from "./paths.ts";
import { sensitiveInStack } from "./stack-file.ts";

/** Which stacks a pull request changes, and how they may be previewed. */
export const classification = z.object({
  version: z.literal(1),
  /** Stacks to preview, by name. */
  stacks: z.array(z.string()),
  /**
   * `given`: the preview runs with AWS credentials, the program of the base branch and the data of the pull request.
   * `after-approval`: the same, after a maintainer approved it. `never`: on the local cloud only.
   */
  credentials: z.enum(["given", "after-approval", "never"]),
  /** Why not `given`. */
  reasons: z.array(z.string()),
  /** Stacks that are previewed because the file of their environment's stack changes, with that stack. */
  follows: z.record(z.string(), z.string()).optional(),
});

export type Classification = z.infer<typeof classification>;

/** The mode of a regular file that is not executable. */
const regular = "100644";

export interface ClassificationFacts {
  changes: readonly Change[];
  /** Sizes in bytes of the new contents of data files, by path. */
  sizes: ReadonlyMap<string, number>;
  /** The texts of data files; refused files may be missing. */
  data: readonly DataChange[];
  /** Stacks of the base branch. */
  stacks: readonly string[];
  /** The stack that a stack takes its environment from, before or after the change. */
  environments: ReadonlyMap<string, string>;
  /** Whether the pull request comes from another repository. */
  fork: boolean;
}

function refusedData(change: Change, size: number | undefined): string[] {
  if (change.mode === undefined) return [];
  if (change.mode === "120000") return [`${change.path} is a symbolic link`];
  if (change.mode === "160000") return [`${change.path} is a submodule`];
  if (change.mode !== regular) return [`${change.path} has the mode ${change.mode}, not ${regular} of a regular file`];
  if (size !== undefined && size > limits.fileBytes)
    return [`${change.path} has ${size} bytes, more than ${limits.fileBytes}`];
  return [];
}

/** Whether a change of a data file is accepted at all. */
export function isAccepted(change: Change, size: number | undefined): boolean {
  return kindOf(change.path).kind === "data" && refusedData(change, size).length === 0;
}

function tooMuch(changes: readonly Change[], sizes: ReadonlyMap<string, number>): string[] {
  const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  return [
    ...(changes.length > limits.files ? [`${changes.length} data files change, more than ${limits.files}`] : []),
    ...(bytes > limits.allBytes ? [`the data files have ${bytes} bytes together, more than ${limits.allBytes}`] : []),
  ];
}

function sensitiveLines({ path, file, before, after }: DataChange): string[] {
  const found = file === "cluster" ? sensitiveInCluster(before, after) : sensitiveInStack(before, after);
  return found.map((one) => `${path}: ${one.path === "" ? "" : `${one.path} `}${one.why}`);
}

/** Stacks on an environment whose stack file changes, with the stack of the environment. */
function followers(changes: readonly Change[], environments: ClassificationFacts["environments"]): [string, string][] {
  const changed = new Set(
    changes.flatMap(({ path }) => {
      const kind = kindOf(path);
      return kind.kind === "data" && kind.file === "stack" ? [kind.stack] : [];
    }),
  );
  return [...environments].filter(([stack, environment]) => changed.has(environment) && !changed.has(stack));
}

/** Decides by the changes alone. */
export function classify({ changes, sizes, data, stacks, environments, fork }: ClassificationFacts): Classification {
  const program = changes.filter(({ path }) => kindOf(path).kind === "program");
  const dataChanges = changes.filter(({ path }) => kindOf(path).kind === "data");
  const touched = new Set(
    dataChanges.flatMap(({ path }) => {
      const kind = kindOf(path);
      return kind.kind === "data" ? [kind.stack] : [];
    }),
  );
  const follows = followers(dataChanges, environments);
  for (const [stack] of follows) touched.add(stack);
  if (program.length > 0) for (const stack of stacks) touched.add(stack);

  const refused = [
    ...dataChanges.flatMap((change) => refusedData(change, sizes.get(change.path))),
    ...tooMuch(dataChanges, sizes),
  ];
  const never = [...program.map(({ path }) => `${path} is a part of the program, or decides what runs`), ...refused];
  const withoutConfig = [...touched].filter(
    (stack) => !stacks.includes(stack) && !data.some((one) => one.stack === stack && one.file === "stack"),
  );
  const approval = [
    ...(fork ? ["the pull request comes from a fork"] : []),
    ...withoutConfig.map((stack) => `the stack ${stack} has no Pulumi.${stack}.yaml`),
    ...data.flatMap(sensitiveLines),
  ];
  const credentials = never.length > 0 ? "never" : approval.length > 0 ? "after-approval" : "given";
  return {
    version: 1,
    stacks: [...touched].sort(),
    credentials,
    reasons: [...never, ...approval],
    ...(follows.length > 0 && { follows: Object.fromEntries(follows) }),
  };
}
