import { z } from "zod";
import type { GitHub } from "../github.ts";
import { marker } from "./render.ts";

const comment = z.object({ id: z.int(), body: z.string().nullish(), user: z.object({ login: z.string() }).nullish() });

const perPage = 100;

/** The author of comments that a workflow's token writes. A marker in another author's comment does not count. */
export const workflowAuthor = "github-actions[bot]";

async function findOwn(github: GitHub, pull: number, author: string): Promise<number | undefined> {
  for (let page = 1; ; page++) {
    const comments = await github.get(`issues/${pull}/comments?per_page=${perPage}&page=${page}`, z.array(comment));
    const own = comments.find(({ body, user }) => user?.login === author && body?.startsWith(marker) === true);
    if (own) return own.id;
    if (comments.length < perPage) return undefined;
  }
}

/**
 * Writes the one comment of a pull request: creates it the first time, then updates it. With `content` "nothing" it
 * updates an existing comment but creates none.
 */
export async function postComment(
  github: GitHub,
  pull: number,
  body: string,
  content: "something" | "nothing" = "something",
): Promise<"created" | "updated" | "not needed"> {
  const own = await findOwn(github, pull, workflowAuthor);
  if (own === undefined) {
    if (content === "nothing") return "not needed";
    await github.send("POST", `issues/${pull}/comments`, { body }, comment);
    return "created";
  }
  await github.send("PATCH", `issues/comments/${own}`, { body }, comment);
  return "updated";
}
