import { z } from "zod";
import { code, codeBlock } from "../comment/markdown.ts";
import { postComment } from "../comment/post.ts";
import { longestComment } from "../comment/render.ts";
import type { GitHub } from "../github.ts";
import { withoutSecrets } from "../preview/secrets.ts";
import type { UpResult } from "./result.ts";

/** Where an answer belongs. */
export interface Asked {
  github: GitHub;
  pull: number;
  comment: number;
  /** The run that answers. */
  link?: string | undefined;
}

/** Answers a command: a reaction to its comment, and one comment of its own, which later answers replace. */
export async function answer(
  { github, pull, comment, link }: Asked,
  reaction: "eyes" | "+1" | "-1",
  text: string,
): Promise<void> {
  const mark = `<!-- pilot:command:${comment} -->`;
  const body = `${mark}\n${text}${link === undefined ? "" : `\n\n[The run](${link}).`}`;
  await postComment(github, pull, withoutSecrets(body).slice(0, longestComment), "something", mark);
  await github.send("POST", `issues/comments/${comment}/reactions`, { content: reaction }, z.unknown());
}

const firstLine = (head: string): string => `\`/pilot up\` of ${code(head.slice(0, 12))}`;

/** The answer while stacks are updated. */
export function acceptedText(stacks: readonly string[], head: string): string {
  return (
    `${firstLine(head)}: ${stacks.map(code).join(", ")} ${stacks.length === 1 ? "is" : "are"} updated, held to the ` +
    "reviewed preview. Until this pull request is merged or closed it holds what it updates; `/pilot unlock` lets " +
    "others go first."
  );
}

/** The answer in the end, by stack. A stack without a result never began, or its job ended in the middle. */
export function endText(
  stacks: readonly string[],
  results: readonly UpResult[],
  released: readonly string[],
  head: string,
): string {
  const lines = stacks.map((stack) => {
    const found = results.find((one) => one.stack === stack);
    const why = found?.why === undefined ? "" : `\n\n${codeBlock(found.why)}\n`;
    switch (found?.status) {
      case "done":
        return `- ${code(stack)} is up to date. A merge has nothing left to do for it.`;
      case "refused":
        return `- ${code(stack)} is not updated, and nothing was changed.${
          released.includes(stack) ? " It is not held any more." : ""
        }${why}`;
      case "failed":
        return `- ${code(stack)}: the \`up\` failed, and the run says why. It stays held. \`/pilot up\` continues; a fix is a new commit and needs a review.`;
      default:
        return `- ${code(stack)}: the job did not end; see the run. It stays held: \`/pilot up\` tries again, \`/pilot unlock\` lets others go first.`;
    }
  });
  return `${firstLine(head)} ended:\n\n${lines.join("\n")}`;
}
