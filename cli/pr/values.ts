import { resolve } from "node:path";
import { ConfigError } from "../../providers/kops/model/errors.ts";
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

function invalid(what: string, why: string, next: string): ConfigError {
  return new ConfigError({ what, why, next });
}

export function stackOf(typed: Typed<"stack">): string {
  const stack = required(typed, "stack");
  if (isStackName(stack)) return stack;
  throw invalid(
    `${JSON.stringify(stack)} is not the name of a stack`,
    "it takes letters, digits, hyphens and underscores",
    typed.usage,
  );
}

export function pullOf(typed: Typed<"pull">): number {
  const text = required(typed, "pull");
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw invalid(`${JSON.stringify(text)} is not a pull request`, "it takes its number", typed.usage);
}

export function commitOf<Name extends string>(typed: Typed<Name>, name: Name): string {
  const text = required(typed, name);
  if (/^[0-9a-f]{40}$/.test(text)) return text;
  throw invalid(`${JSON.stringify(text)} is not a commit`, `--${name} takes a full commit id`, typed.usage);
}
