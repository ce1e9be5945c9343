import { appendFile } from "node:fs/promises";
import { z } from "zod";
import { renderDrift } from "../../pull-requests/comment/drift.ts";
import { postIssue } from "../../pull-requests/comment/issue.ts";
import { gitHubHere } from "../../pull-requests/github.ts";
import { readPreview } from "../../pull-requests/preview/pulumi.ts";
import { withoutSecrets } from "../../pull-requests/preview/secrets.ts";
import type { Typed } from "../base/command.ts";
import { filesNamed, runLink } from "./files.ts";
import { required } from "./values.ts";

/** Opens, updates or closes the one issue about drift. */
export async function issue(typed: Typed<"folder" | "stacks">): Promise<string> {
  const stacks = z.array(z.string()).parse(JSON.parse(required(typed, "stacks")));
  const previews = await Promise.all((await filesNamed(required(typed, "folder"), "preview.json")).map(readPreview));
  const link = runLink();
  const found = renderDrift({ stacks, previews, ...(link !== undefined && { link }) });
  const body = found === undefined ? undefined : withoutSecrets(found);
  const summary = process.env["GITHUB_STEP_SUMMARY"];
  if (summary) await appendFile(summary, `${body ?? "No drift."}\n`);
  return `The issue about drift is ${await postIssue(gitHubHere(), body)}.`;
}
