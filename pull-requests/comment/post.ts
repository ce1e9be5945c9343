import { z } from "zod";
import type { GitHub } from "../github.ts";
import { marker } from "./render.ts";

const comment = z.object({ id: z.int(), body: z.string().nullish(), user: z.object({ login: z.string() }).nullish() });

const perPage = 100;

/** The author of comments that a workflow's token writes. A marker in another author's comment does not count. */
export const workflowAuthor = "github-actions[bot]";

async function findOwn(github: GitHub, pull: number, mark: string): Promise<{ id: number; body: string } | undefined> {
  for (let page = 1; ; page++) {
    const comments = await github.get(`issues/${pull}/comments?per_page=${perPage}&page=${page}`, z.array(comment));
    const own = comments.find(({ body, user }) => user?.login === workflowAuthor && body?.startsWith(mark) === true);
    if (own) return { id: own.id, body: own.body ?? "" };
    if (comments.length < perPage) return undefined;
  }
}

/**
 * Writes the one comment of a pull request that begins with `mark`: creates it the first time, then updates it. With
 * `content` "nothing" it updates an existing comment but creates none.
 */
export async function postComment(
  github: GitHub,
  pull: number,
  body: string,
  content: "something" | "nothing" = "something",
  mark = marker,
): Promise<"created" | "updated" | "not needed"> {
  const own = await findOwn(github, pull, mark);
  if (own === undefined) {
    if (content === "nothing") return "not needed";
    await github.send("POST", `issues/${pull}/comments`, { body }, comment);
    return "created";
  }
  await github.send("PATCH", `issues/comments/${own.id}`, { body }, comment);
  return "updated";
}

/** Changes the one comment of a pull request, or creates it. `amend` gets the comment as it is. */
export async function amendComment(
  github: GitHub,
  pull: number,
  amend: (before: string | undefined) => string,
): Promise<void> {
  const own = await findOwn(github, pull, marker);
  const body = amend(own?.body);
  if (own === undefined) await github.send("POST", `issues/${pull}/comments`, { body }, comment);
  else await github.send("PATCH", `issues/comments/${own.id}`, { body }, comment);
}
