import { findReviewed } from "../../pull-requests/apply/reviewed.ts";
import { gitHubHere } from "../../pull-requests/github.ts";
import type { Typed } from "../base/command.ts";
import { setStepOutputs } from "./step-outputs.ts";
import { commitOf, stackOf } from "./values.ts";

/** Finds the preview that was reviewed before a commit was merged. */
export async function reviewed(typed: Typed<"stack" | "commit">): Promise<string> {
  const [stack, commit] = [stackOf(typed), commitOf(typed, "commit")];
  const found = await findReviewed(gitHubHere(), stack, commit);
  await setStepOutputs(found ? { artifact: found.artifact, run: String(found.run) } : { artifact: "", run: "" });
  return found
    ? `Reviewed: ${found.artifact}, of run ${found.run}, pull request ${found.pull}`
    : `No preview of ${stack} was reviewed for this commit. It is previewed now, and waits for an approval.`;
}
