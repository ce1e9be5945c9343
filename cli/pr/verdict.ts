import { verdictOf } from "../../pull-requests/verdict.ts";
import type { Result, Typed } from "../base/command.ts";
import { required } from "./values.ts";

/** Decides the required check of a pull request by the jobs before it. */
export function verdict(typed: Typed<"needs" | "stacks">): Result {
  const problems = verdictOf(required(typed, "needs"), typed.options.stacks ?? "");
  if (problems.length === 0) return "Every preview passed.";
  console.error(`The previews did not pass:\n  ${problems.join("\n  ")}`);
  return 1;
}
