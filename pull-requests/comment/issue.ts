import { z } from "zod";
import type { GitHub } from "../github.ts";
import { driftMarker } from "./drift.ts";
import { workflowAuthor } from "./post.ts";

const issue = z.object({
  number: z.int(),
  body: z.string().nullish(),
  user: z.object({ login: z.string() }).nullish(),
  // GitHub lists pull requests as issues.
  pull_request: z.unknown().optional(),
});

const perPage = 100;

async function findOpen(github: GitHub): Promise<number | undefined> {
  const creator = encodeURIComponent(workflowAuthor);
  for (let page = 1; ; page++) {
    const path = `issues?state=open&creator=${creator}&per_page=${perPage}&page=${page}`;
    const found = await github.get(path, z.array(issue));
    const own = found.find(
      ({ body, user, pull_request: pull }) =>
        pull === undefined && user?.login === workflowAuthor && body?.startsWith(driftMarker) === true,
    );
    if (own) return own.number;
    if (found.length < perPage) return undefined;
  }
}

/** Opens or updates the one open issue about drift; closes it if there is none. */
export async function postIssue(
  github: GitHub,
  body: string | undefined,
): Promise<"opened" | "updated" | "closed" | "not needed"> {
  const open = await findOpen(github);
  if (open === undefined) {
    if (body === undefined) return "not needed";
    await github.send("POST", "issues", { title: "Drift", body }, issue);
    return "opened";
  }
  const change = body === undefined ? { state: "closed", state_reason: "completed" } : { body };
  await github.send("PATCH", `issues/${open}`, change, issue);
  return body === undefined ? "closed" : "updated";
}
