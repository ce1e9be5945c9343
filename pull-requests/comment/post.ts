import { z } from "zod";
import type { GitHub } from "../github.ts";
import { marker } from "./render.ts";

const comment = z.object({ id: z.int(), body: z.string().nullish(), user: z.object({ login: z.string() }).nullish() });

const perPage = 100;

/** Who writes as a workflow's token. A mark in somebody else's comment is no mark. */
const workflowAuthor = "github-actions[bot]";

async function findOwn(github: GitHub, pull: number, author: string): Promise<number | undefined> {
  for (let page = 1; ; page++) {
    const comments = await github.get(`issues/${pull}/comments?per_page=${perPage}&page=${page}`, z.array(comment));
    const own = comments.find(({ body, user }) => user?.login === author && body?.startsWith(marker) === true);
    if (own) return own.id;
    if (comments.length < perPage) return undefined;
  }
}

/**
 * Writes the one comment of a pull request: the first time a new one, then the same again. Says which. Where there is
 * nothing to say, a comment of before is corrected, but none made.
 */
export async function postComment(
  github: GitHub,
  pull: number,
  body: string,
  says: "something" | "nothing" = "something",
): Promise<"created" | "updated" | "not needed"> {
  const own = await findOwn(github, pull, workflowAuthor);
  if (own === undefined) {
    if (says === "nothing") return "not needed";
    await github.send("POST", `issues/${pull}/comments`, { body }, comment);
    return "created";
  }
  await github.send("PATCH", `issues/comments/${own}`, { body }, comment);
  return "updated";
}
