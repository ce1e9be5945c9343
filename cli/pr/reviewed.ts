import { ConfigError } from "../../providers/kops/model/errors.ts";
import { approvedBy } from "../../pull-requests/apply/approvals.ts";
import { findPreview, findReviewed } from "../../pull-requests/apply/reviewed.ts";
import { gitHubHere } from "../../pull-requests/github.ts";
import type { Typed } from "../base/command.ts";
import { pullLink } from "./files.ts";
import { setStepOutputs } from "./step-outputs.ts";
import { commitOf, pullOf, stackOf } from "./values.ts";

/** The pull request and who approved it, for the history of what its `up` changes. */
async function whoOf(pull: number): Promise<Record<string, string>> {
  return { pull: pullLink(pull), "approved-by": (await approvedBy(gitHubHere(), pull)).join(",") };
}

/** The preview of a pull request that is not merged: nothing is done without one. */
async function ofHead(stack: string, head: string, pull: number | undefined): Promise<string> {
  const found = await findPreview(gitHubHere(), stack, head);
  if (!found)
    throw new ConfigError({
      what: `The stack ${stack} is not updated`,
      why: `there is no preview of it at ${head}`,
      next: "comment `/pilot preview`, read the preview, and give the command again",
    });
  const who = pull === undefined ? {} : await whoOf(pull);
  await setStepOutputs({ artifact: found.artifact, run: String(found.run), ...who });
  return `Reviewed: ${found.artifact}, of run ${found.run}`;
}

/** Finds the preview that was reviewed before a commit was merged, or that of the head of a pull request. */
export async function reviewed(typed: Typed<"stack" | "commit" | "head" | "pull">): Promise<string> {
  const stack = stackOf(typed);
  if (typed.options.head)
    return await ofHead(stack, commitOf(typed, "head"), typed.options.pull ? pullOf(typed) : undefined);
  const commit = commitOf(typed, "commit");
  const found = await findReviewed(gitHubHere(), stack, commit);
  await setStepOutputs(
    found
      ? { artifact: found.artifact, run: String(found.run), ...(await whoOf(found.pull)) }
      : { artifact: "", run: "" },
  );
  return found
    ? `Reviewed: ${found.artifact}, of run ${found.run}, pull request ${found.pull}`
    : `No preview of ${stack} was reviewed for this commit. It is previewed now, and waits for an approval.`;
}
