import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { isStackName } from "../../pull-requests/classify/paths.ts";
import type { Typed } from "../base/command.ts";

/** The folder of the project. */
export const project = resolve(import.meta.dirname, "../..");

export function required<Name extends string>({ options, refusal }: Typed<Name>, name: Name): string {
  // An option that was not given has no value; in a workflow it may be empty.
  const value: string | undefined = options[name];
  if (value) return value;
  throw refusal(`--${name} is missing`);
}

const mergeGroup = z.object({ merge_group: z.object({ base_sha: z.string().regex(/^[0-9a-f]{40}$/) }) });

/** The commit to compare with: `--base`, or in a workflow the one that a merge group is put on. */
export function baseOf(typed: Typed<"base">, env: NodeJS.ProcessEnv = process.env): string {
  const { GITHUB_EVENT_NAME: event, GITHUB_EVENT_PATH: file } = env;
  if (typed.options.base || event !== "merge_group" || !file) return required(typed, "base");
  return mergeGroup.parse(JSON.parse(readFileSync(file, "utf8"))).merge_group.base_sha;
}

export function stackOf(typed: Typed<"stack">): string {
  const stack = required(typed, "stack");
  if (isStackName(stack)) return stack;
  throw typed.refusal(
    `${JSON.stringify(stack)} is not the name of a stack: it takes letters, digits, hyphens, underscores and periods`,
  );
}

export function pullOf(typed: Typed<"pull">): number {
  const text = required(typed, "pull");
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw typed.refusal(`${JSON.stringify(text)} is not the number of a pull request`);
}

export function commitOf<Name extends string>(typed: Typed<Name>, name: Name): string {
  const text = required(typed, name);
  if (/^[0-9a-f]{40}$/.test(text)) return text;
  throw typed.refusal(`${JSON.stringify(text)} is not a commit: --${name} takes a full commit id`);
}
