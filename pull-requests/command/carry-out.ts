import { z } from "zod";
import { ConfigError, ExplainedError } from "../../providers/kops/model/errors.ts";
import { findPreviewRun } from "../apply/reviewed.ts";
import { code, codeBlock } from "../comment/markdown.ts";
import type { GitHub } from "../github.ts";
import { releaseAll, releaseLocks, takeLocks } from "../locks.ts";
import { allow } from "./allow.ts";
import type { Allowed, Commanded, Place } from "./allow.ts";
import { acceptedText, answer, endText } from "./answer.ts";
import type { Asked } from "./answer.ts";
import type { UpResult } from "./result.ts";

/** What an accepted `up` is about; empty for every other comment. */
export interface Accepted {
  stacks: string[];
  head: string;
  /** Stacks whose locks it took. */
  taken: string[];
}

/**
 * Runs the preview workflow of a commit again: as the required check, with the files of the default branch that it had.
 */
async function previewAgain(github: GitHub, head: string): Promise<void> {
  const what = "`/pilot preview` is refused";
  const found = await findPreviewRun(github, head);
  if (!found)
    throw new ConfigError({
      what,
      why: "the workflow `preview` never ran for the newest commit",
      next: "close the pull request and open it again: that starts it",
    });
  if (found.status !== "completed")
    throw new ConfigError({
      what,
      why: `its preview runs already (${found.status})`,
      next: "wait for it; it may wait for a maintainer's approval",
    });
  await github.send("POST", `actions/runs/${found.run}/rerun`, {}, z.unknown());
}

async function act(github: GitHub, pull: number, { command, stacks, head }: Allowed): Promise<[string, string[]]> {
  if (command.verb === "up") return [acceptedText(stacks, head), await takeLocks(github, stacks, pull)];
  if (command.verb === "preview") {
    await previewAgain(github, head);
    return [`${stacks.map(code).join(", ")} is previewed again; the comment with the plan follows.`, []];
  }
  const released = await releaseAll(github, pull);
  return [
    released.length === 0
      ? "This pull request held no stack."
      : `Released: ${released.map(code).join(", ")}. What was applied stays; the workflow \`up\`, run by hand, puts the ` +
        "stack to the state of the default branch. An `up` that runs now goes on.",
    [],
  ];
}

/** Carries out the command of a comment, if it is one, or answers why not. */
export async function carryOut(place: Place, commanded: Commanded, link: string | undefined): Promise<Accepted> {
  const { github } = place;
  const { pull, comment } = commanded;
  const asked: Asked = { github, pull, comment, link };
  const nothing: Accepted = { stacks: [], head: "", taken: [] };
  try {
    const allowed = await allow(place, commanded);
    if (!allowed) return nothing;
    const [text, taken] = await act(github, pull, allowed);
    await answer(asked, allowed.command.verb === "up" ? "eyes" : "+1", text);
    return allowed.command.verb === "up" ? { stacks: allowed.stacks, head: allowed.head, taken } : nothing;
  } catch (error) {
    if (!(error instanceof ExplainedError)) throw error;
    await answer(asked, "-1", codeBlock(error.message));
    // Anything else is no refusal: the run fails, too.
    if (!(error instanceof ConfigError)) throw error;
    return nothing;
  }
}

/** Answers when an `up` has ended. A lock that it took, and under which nothing was changed, is released. */
export async function conclude(asked: Asked, accepted: Accepted, results: readonly UpResult[]): Promise<void> {
  const { stacks, head, taken } = accepted;
  const released = taken.filter((stack) => results.some((one) => one.stack === stack && one.status === "refused"));
  await releaseLocks(asked.github, released, asked.pull);
  const done = stacks.every((stack) => results.some((one) => one.stack === stack && one.status === "done"));
  await answer(asked, done ? "+1" : "-1", endText(stacks, results, released, head));
}
