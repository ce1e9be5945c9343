import { isStackName } from "../classify/paths.ts";

/** A command in a comment. */
export type Command =
  | { verb: "preview" | "unlock" }
  /** Without a stack: all that the pull request changes. */
  | { verb: "up"; stack?: string };

/** Why a command is refused, and what to do. */
export interface Refusal {
  why: string;
  next: string;
}

const usage = "comment `/pilot preview`, `/pilot up`, `/pilot up STACK` or `/pilot unlock`, and nothing else";

/**
 * The command of a comment; undefined if the comment is about something else. A command is the whole comment: in a
 * quotation or a sentence nobody gives one.
 */
export function parseCommand(text: string): Command | Refusal | undefined {
  const whole = text.trim();
  if (!/^\/pilot(?:\s|$)/.test(whole)) return undefined;
  if (/[\r\n]/.test(whole)) return { why: "a command stands alone in its comment, and this one has more", next: usage };
  const [, verb, stack, ...more] = whole.split(/[ \t]+/);
  if ((verb === "preview" || verb === "unlock") && stack === undefined) return { verb };
  if (verb === "up" && more.length === 0) {
    if (stack === undefined) return { verb };
    return isStackName(stack) ? { verb, stack } : { why: "that is not the name of a stack", next: usage };
  }
  return { why: "there is no such command", next: usage };
}

export const isRefusal = (found: Command | Refusal): found is Refusal => "why" in found;
