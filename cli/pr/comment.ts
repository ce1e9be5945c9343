import { appendFile, readFile, writeFile } from "node:fs/promises";
import { classification as classificationDocument } from "../../pull-requests/classify/classification.ts";
import { postComment } from "../../pull-requests/comment/post.ts";
import { renderComment } from "../../pull-requests/comment/render.ts";
import { gitHubHere } from "../../pull-requests/github.ts";
import { readPreview } from "../../pull-requests/preview/pulumi.ts";
import { withoutSecrets } from "../../pull-requests/preview/secrets.ts";
import type { Result, Typed } from "../base/command.ts";
import { filesNamed, runLink } from "./files.ts";
import { commitOf, pullOf, required } from "./values.ts";

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
  const link = runLink();
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
