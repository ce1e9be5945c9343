import { z } from "zod";
import { sensitiveInCluster } from "./cluster-file.ts";
import type { Change, DataChange } from "./change.ts";
import { limits } from "./limits.ts";
import { kindOf } from "./paths.ts";
import { sensitiveInStack } from "./stack-file.ts";

/** Which stacks a pull request touches, and how they may be previewed. */
export const verdict = z.object({
  version: z.literal(1),
  /** Stacks to preview, by name. */
  stacks: z.array(z.string()),
  /**
   * `given`: the preview runs with AWS credentials, the program of the base branch and the data of the pull request.
   * `after-approval`: the same, once a maintainer let it. `never`: on the local cloud only.
   */
  credentials: z.enum(["given", "after-approval", "never"]),
  /** Why not `given`. */
  reasons: z.array(z.string()),
});

export type Verdict = z.infer<typeof verdict>;

/** An ordinary file that is not executable. */
const ordinary = "100644";

export interface VerdictFacts {
  changes: readonly Change[];
  /** Sizes in bytes of what data files are to hold, by path. */
  sizes: ReadonlyMap<string, number>;
  /** The texts of data files; those that are refused need not be here. */
  data: readonly DataChange[];
  /** Stacks of the base branch. */
  stacks: readonly string[];
  /** Whether the pull request comes from another repository. */
  fork: boolean;
}

function refusedData(change: Change, size: number | undefined): string[] {
  if (change.mode === undefined) return [];
  if (change.mode === "120000") return [`${change.path} is a symbolic link`];
  if (change.mode === "160000") return [`${change.path} is a submodule`];
  if (change.mode !== ordinary)
    return [`${change.path} has the mode ${change.mode} instead of that of an ordinary file`];
  if (size !== undefined && size > limits.fileBytes)
    return [`${change.path} has ${size} bytes, more than ${limits.fileBytes}`];
  return [];
}

/** Whether a change of a data file is taken at all. */
export function isTaken(change: Change, size: number | undefined): boolean {
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

/** Decides, out of nothing but what changes. */
export function judge({ changes, sizes, data, stacks, fork }: VerdictFacts): Verdict {
  const program = changes.filter(({ path }) => kindOf(path).kind === "program");
  const dataChanges = changes.filter(({ path }) => kindOf(path).kind === "data");
  const touched = new Set(
    dataChanges.flatMap(({ path }) => {
      const kind = kindOf(path);
      return kind.kind === "data" ? [kind.stack] : [];
    }),
  );
  if (program.length > 0) for (const stack of stacks) touched.add(stack);

  const refused = [
    ...dataChanges.flatMap((change) => refusedData(change, sizes.get(change.path))),
    ...tooMuch(dataChanges, sizes),
  ];
  const never = [...program.map(({ path }) => `${path} is part of the program, or decides what runs`), ...refused];
  const withoutConfig = [...touched].filter(
    (stack) => !stacks.includes(stack) && !data.some((one) => one.stack === stack && one.file === "stack"),
  );
  const approval = [
    ...(fork ? ["the pull request comes from a fork"] : []),
    ...withoutConfig.map((stack) => `the stack ${stack} has no Pulumi.${stack}.yaml`),
    ...data.flatMap(sensitiveLines),
  ];
  const credentials = never.length > 0 ? "never" : approval.length > 0 ? "after-approval" : "given";
  return { version: 1, stacks: [...touched].sort(), credentials, reasons: [...never, ...approval] };
}
