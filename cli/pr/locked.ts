import { gitHubHere } from "../../pull-requests/github.ts";
import { refuseLocked } from "../../pull-requests/locks.ts";
import type { Typed } from "../base/command.ts";
import { stackOf } from "./values.ts";

/** Stops an `up` of a stack that an open pull request holds. */
export async function locked(typed: Typed<"stack">): Promise<string> {
  const stack = stackOf(typed);
  await refuseLocked(gitHubHere(), [stack]);
  return `No open pull request holds ${stack}.`;
}
