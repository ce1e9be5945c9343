import { fetchHead } from "../../pull-requests/classify/git.ts";
import { classifyPull, takeData } from "../../pull-requests/classify/pull.ts";
import type { Typed } from "../base/command.ts";
import { commitOf, project, pullOf, required } from "./values.ts";

/** Copies the cluster files and stack config of a pull request over the program of the base branch. */
export async function take(typed: Typed<"base" | "pull" | "head">): Promise<string> {
  const head = commitOf(typed, "head");
  await fetchHead(project, pullOf(typed), head);
  // `stacks` decides on forks. This only refuses code, and what is not plain data.
  const paths = await takeData(
    project,
    await classifyPull({ folder: project, base: required(typed, "base"), head, fork: false }),
  );
  return paths.length === 0
    ? "Nothing is taken: no cluster file and no stack config differs."
    : `Taken from the pull request:\n${paths.map((path) => `  ${path}`).join("\n")}`;
}
