/** Renders previews as the one comment of a pull request, and posts it where a pull request is named. */
import { appendFile, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { classification as verdictDocument } from "../../pull-requests/classify/classification.ts";
import { commitNamed, pullNamed, readOptions, required, runCommand } from "./command.ts";
import { postComment } from "../../pull-requests/comment/post.ts";
import { renderComment } from "../../pull-requests/comment/render.ts";
import { gitHubHere } from "../../pull-requests/github.ts";
import { readPreview } from "../../pull-requests/preview/pulumi.ts";
import { withoutSecrets } from "../../pull-requests/preview/secrets.ts";

const usage = "npm run pr:comment -- [--pull NUMBER] [--head COMMIT] [--out FILE] --folder FOLDER";

/** Files of a name anywhere below a folder: each artifact of a run has a folder of its own. */
async function filesNamed(folder: string, name: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name === name)
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** The page of the workflow's run. */
function runPage({
  GITHUB_SERVER_URL: server,
  GITHUB_REPOSITORY: repository,
  GITHUB_RUN_ID: run,
}: NodeJS.ProcessEnv): string | undefined {
  return server && repository && run ? `${server}/${repository}/actions/runs/${run}` : undefined;
}

await runCommand(async (argv) => {
  const { options } = readOptions(argv, ["pull", "head", "folder", "out"], usage);
  const folder = required(options.folder, "folder", usage);
  const pull = options.pull === undefined ? undefined : pullNamed(options.pull, usage);
  const [verdictFile] = await filesNamed(folder, "verdict.json");
  const verdict =
    verdictFile === undefined ? undefined : verdictDocument.parse(JSON.parse(await readFile(verdictFile, "utf8")));
  const link = runPage(process.env);
  const previews = await Promise.all((await filesNamed(folder, "preview.json")).map(readPreview));
  const says = previews.length > 0 || (verdict?.stacks.length ?? 0) > 0 ? "something" : "nothing";
  const body = withoutSecrets(
    renderComment({
      ...(options.head !== undefined && { commit: commitNamed(options.head, "head", usage) }),
      ...(verdict && { classification: verdict }),
      ...(link !== undefined && { link }),
      previews,
    }),
  );
  if (options.out !== undefined) await writeFile(options.out, `${body}\n`);
  const summary = process.env["GITHUB_STEP_SUMMARY"];
  if (summary) await appendFile(summary, `${body}\n`);
  if (pull !== undefined)
    console.log(`The comment of pull request ${pull} is ${await postComment(gitHubHere(), pull, body, says)}.`);
  else if (options.out === undefined && !summary) console.log(body);
  return 0;
});
