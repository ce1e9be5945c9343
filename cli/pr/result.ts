import { readFile } from "node:fs/promises";
import { z } from "zod";
import { mergedPull } from "../../pull-requests/apply/reviewed.ts";
import { upResult } from "../../pull-requests/command/result.ts";
import { amendComment } from "../../pull-requests/comment/post.ts";
import { renderResult, withResult } from "../../pull-requests/command/merge-result.ts";
import { gitHubHere } from "../../pull-requests/github.ts";
import { withoutSecrets } from "../../pull-requests/preview/secrets.ts";
import type { Typed } from "../base/command.ts";
import { filesNamed, runLink } from "./files.ts";
import { commitOf, required } from "./values.ts";

const names = z.array(z.string());

/** Tells in the comment of the merged pull request what became of its `up`. */
export async function result(typed: Typed<"commit" | "stacks" | "folder">): Promise<string> {
  const github = gitHubHere();
  const stacks = names.parse(JSON.parse(required(typed, "stacks")));
  const files = await filesNamed(required(typed, "folder"), "result.json");
  const results = await Promise.all(
    files.map(async (file) => upResult.parse(JSON.parse(await readFile(file, "utf8")))),
  );
  const merged = await mergedPull(github, commitOf(typed, "commit"));
  if (!merged) return "This commit merged no pull request.";
  const text = withoutSecrets(renderResult(stacks, results, runLink()));
  await amendComment(github, merged.number, (before) => withResult(before, text));
  return `The comment of pull request ${merged.number} has the result.`;
}
