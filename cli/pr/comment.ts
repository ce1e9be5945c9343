import { appendFile, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { classification as classificationDocument } from "../../pull-requests/classify/classification.ts";
import { postComment } from "../../pull-requests/comment/post.ts";
import { renderComment } from "../../pull-requests/comment/render.ts";
import { gitHubHere } from "../../pull-requests/github.ts";
import { readPreview } from "../../pull-requests/preview/pulumi.ts";
import { withoutSecrets } from "../../pull-requests/preview/secrets.ts";
import type { Result, Typed } from "../base/command.ts";
import { commitOf, pullOf, required } from "./values.ts";

/** Files of this name at any depth: each artifact of a run has a folder of its own. */
async function filesNamed(folder: string, name: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name === name)
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Renders previews as the one comment of a pull request, and posts it if a pull request is named. */
export async function comment(typed: Typed<"pull" | "head" | "folder" | "out">): Promise<Result> {
  const { options } = typed;
  const folder = required(typed, "folder");
  const pull = options.pull === undefined ? undefined : pullOf(typed);
  const [classificationFile] = await filesNamed(folder, "classification.json");
  const classification =
    classificationFile === undefined
      ? undefined
      : classificationDocument.parse(JSON.parse(await readFile(classificationFile, "utf8")));
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: id } = process.env;
  const link = server && repository && id ? `${server}/${repository}/actions/runs/${id}` : undefined;
  const previews = await Promise.all((await filesNamed(folder, "preview.json")).map(readPreview));
  const says = previews.length > 0 || (classification?.stacks.length ?? 0) > 0 ? "something" : "nothing";
  const body = withoutSecrets(
    renderComment({
      ...(options.head !== undefined && { commit: commitOf(typed, "head") }),
      ...(classification && { classification }),
      ...(link !== undefined && { link }),
      previews,
    }),
  );
  if (options.out !== undefined) await writeFile(options.out, `${body}\n`);
  const summary = process.env["GITHUB_STEP_SUMMARY"];
  if (summary) await appendFile(summary, `${body}\n`);
  if (pull !== undefined)
    return `The comment of pull request ${pull} is ${await postComment(gitHubHere(), pull, body, says)}.`;
  return options.out === undefined && !summary ? body : 0;
}
