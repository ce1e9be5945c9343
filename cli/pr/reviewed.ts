import { ConfigError } from "../../providers/kops/model/errors.ts";
import { findPreview, findReviewed } from "../../pull-requests/apply/reviewed.ts";
import { gitHubHere } from "../../pull-requests/github.ts";
import type { Typed } from "../base/command.ts";
import { setStepOutputs } from "./step-outputs.ts";
import { commitOf, stackOf } from "./values.ts";

/** The preview of a pull request that is not merged: nothing is done without one. */
async function ofHead(stack: string, head: string): Promise<string> {
  const found = await findPreview(gitHubHere(), stack, head);
  if (!found)
    throw new ConfigError({
      what: `The stack ${stack} is not updated`,
      why: `there is no preview of it at ${head}`,
      next: "comment `/pilot preview`, read the preview, and give the command again",
    });
  await setStepOutputs({ artifact: found.artifact, run: String(found.run) });
  return `Reviewed: ${found.artifact}, of run ${found.run}`;
}

/** Finds the preview that was reviewed before a commit was merged, or that of the head of a pull request. */
export async function reviewed(typed: Typed<"stack" | "commit" | "head">): Promise<string> {
  const stack = stackOf(typed);
  if (typed.options.head) return await ofHead(stack, commitOf(typed, "head"));
  const commit = commitOf(typed, "commit");
  const found = await findReviewed(gitHubHere(), stack, commit);
  await setStepOutputs(found ? { artifact: found.artifact, run: String(found.run) } : { artifact: "", run: "" });
  return found
    ? `Reviewed: ${found.artifact}, of run ${found.run}, pull request ${found.pull}`
    : `No preview of ${stack} was reviewed for this commit. It is previewed now, and waits for an approval.`;
}
