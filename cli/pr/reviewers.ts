import { refuseUnguarded } from "../../pull-requests/apply/reviewers.ts";
import { gitHubHere } from "../../pull-requests/github.ts";
import type { Typed } from "../base/command.ts";
import { required } from "./values.ts";

/** Stops a run whose approval nobody had to give. */
export async function reviewers(typed: Typed<"environment">): Promise<string> {
  const name = required(typed, "environment");
  await refuseUnguarded(gitHubHere(), name);
  return `${name} has required reviewers.`;
}
