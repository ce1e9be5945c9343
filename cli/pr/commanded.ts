import { roles } from "../../pull-requests/command/facts.ts";
import type { Commanded } from "../../pull-requests/command/allow.ts";
import type { Typed } from "../base/command.ts";
import { pullOf, required } from "./values.ts";

export type CommandedOptions = "pull" | "comment" | "text" | "least" | "branch";

export function commentOf(typed: Typed<"comment">): number {
  const text = required(typed, "comment");
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw typed.refusal(`${JSON.stringify(text)} is not the number of a comment`);
}

/** The comment that gave a command, as options name it. */
export function commandedOf(typed: Typed<CommandedOptions>): Commanded {
  const name = required(typed, "least");
  const least = roles.find((role) => role === name);
  if (!least)
    throw typed.refusal(
      `--least is ${JSON.stringify(name)}, and takes ${roles.join(", ")} (variable COMMENT_COMMANDS)`,
    );
  return {
    pull: pullOf(typed),
    comment: commentOf(typed),
    text: required(typed, "text"),
    least,
    branch: required(typed, "branch"),
  };
}
