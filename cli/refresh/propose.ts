import { readFile } from "node:fs/promises";
import { ConfigError } from "../../providers/kops/model/errors.ts";
import { kindOf } from "../../pull-requests/classify/paths.ts";
import { code, codeBlock } from "../../pull-requests/comment/markdown.ts";
import { gitHubHere } from "../../pull-requests/github.ts";
import { propose } from "../../pull-requests/propose.ts";
import type { Typed } from "../base/command.ts";
import { filesNamed, runLink } from "../pr/files.ts";
import { required } from "../pr/values.ts";
import { refreshed } from "./refreshed.ts";
import type { Refreshed } from "./refreshed.ts";

/** The description of the pull request. */
export function proposalText(found: readonly Refreshed[], link?: string): string {
  const parts = found.flatMap(({ stack, raised, kept }) => [
    ...(raised.length > 0 ? [`### ${code(stack)}\n\n${codeBlock(raised.join("\n"))}`] : []),
    ...(kept.length > 0 ? [`Not raised in ${code(stack)}:\n\n${codeBlock(kept.join("\n"))}`] : []),
  ]);
  return [
    "Newer images and patches of Kubernetes. The comment of the preview shows which nodes roll.",
    "GitHub holds the workflows of a pull request that a workflow opened: approve their run below, or close and open " +
      "the pull request.",
    ...parts,
    ...(link === undefined ? [] : [`[The run that looked](${link}).`]),
  ].join("\n\n");
}

/** Opens or updates the one pull request with the results of `refresh`. */
export async function proposeRefresh(typed: Typed<"folder" | "branch">): Promise<string> {
  const files = await filesNamed(required(typed, "folder"), "refresh.json");
  const found = await Promise.all(files.map(async (file) => refreshed.parse(JSON.parse(await readFile(file, "utf8")))));
  const texts = Object.fromEntries(found.flatMap((one) => Object.entries(one.files)));
  const strange = Object.keys(texts).find((path) => kindOf(path).kind !== "data");
  if (strange !== undefined)
    throw new ConfigError({
      what: "Nothing is proposed",
      why: `${strange} is no cluster file and no stack file`,
      next: "look at the run that wrote it: `refresh` changes no other file",
    });
  const done = await propose(gitHubHere(), {
    owner: process.env["GITHUB_REPOSITORY"]?.split("/")[0] ?? "",
    base: required(typed, "branch"),
    title: "clusters: raise images and Kubernetes",
    body: proposalText(found, runLink()),
    files: texts,
  });
  return `The pull request with newer versions is ${done}.`;
}
