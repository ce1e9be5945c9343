import { writeFile } from "node:fs/promises";
import { fetchHead } from "../../pull-requests/classify/git.ts";
import { classifyPull } from "../../pull-requests/classify/pull.ts";
import type { Typed } from "../base/command.ts";
import { setStepOutputs } from "./step-outputs.ts";
import { baseOf, commitOf, project, pullOf } from "./values.ts";

/** Lists the stacks that a pull request or a push changes, and decides how they may be previewed. */
export async function stacks(typed: Typed<"base" | "head" | "pull" | "repository" | "only" | "out">): Promise<string> {
  const base = baseOf(typed);
  const { head = "HEAD", pull, repository, only, out } = typed.options;
  // In a workflow a value that its event does not have is empty.
  if (pull) await fetchHead(project, pullOf(typed), commitOf(typed, "head"));
  // If the repository of a fork was deleted, its name is empty.
  const fork =
    repository !== undefined && repository.toLowerCase() !== (process.env["GITHUB_REPOSITORY"] ?? "").toLowerCase();
  const { classification: all } = await classifyPull({ folder: project, base, head, fork });
  const chosen = only?.split(",").filter(Boolean);
  const classification = { ...all, stacks: all.stacks.filter((stack) => chosen?.includes(stack) ?? true) };
  const text = JSON.stringify(classification, null, 2);
  if (out !== undefined) await writeFile(out, `${text}\n`);
  const { stacks: changed, credentials } = classification;
  await setStepOutputs({
    credentials,
    stacks: JSON.stringify(changed),
    // What each of the two workflows of a pull request has to preview.
    "with-credentials": JSON.stringify(credentials === "never" ? [] : changed),
    "on-local-cloud": JSON.stringify(credentials === "given" ? [] : changed),
  });
  return text;
}
