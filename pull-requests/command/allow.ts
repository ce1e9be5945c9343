import { ConfigError } from "../../providers/kops/model/errors.ts";
import { contains } from "../apply/newest.ts";
import { findPreview } from "../apply/reviewed.ts";
import { fetchHead, fetchRef, repositoryAt } from "../classify/git.ts";
import { classifyPull } from "../classify/pull.ts";
import type { GitHub } from "../github.ts";
import { holds, refuseLocked } from "../locks.ts";
import { commentNow, hasRole, pullNow } from "./facts.ts";
import type { Role } from "./facts.ts";
import { isRefusal, parseCommand } from "./parse.ts";
import type { Command, Refusal } from "./parse.ts";
import {
  chosenStacks,
  refusedAuthor,
  refusedBehind,
  refusedComment,
  refusedPreview,
  refusedPull,
  refusedReview,
} from "./rules.ts";

/** A comment on a pull request, as its event has it. */
export interface Commanded {
  pull: number;
  comment: number;
  /** The text of the event. */
  text: string;
  /** The least role that may command. */
  least: Role;
  /** The default branch. */
  branch: string;
}

/** Where commands look. */
export interface Place {
  github: GitHub;
  /** The repository, with `origin`. */
  folder: string;
  env?: NodeJS.ProcessEnv;
  pause?: () => Promise<void>;
}

/** A command that may be carried out. */
export interface Allowed {
  command: Command;
  /** Stacks that it is for, and the commit of the pull request. None and "" for `unlock`. */
  stacks: string[];
  head: string;
}

/**
 * Asks GitHub and git, now, whether a command may be carried out; throws why not. Undefined if the comment is none.
 * What is cheap and says the least to others comes first.
 */
export async function allow(
  { github, folder, env = process.env, pause }: Place,
  { pull: number, comment, text, least, branch }: Commanded,
): Promise<Allowed | undefined> {
  const command = parseCommand(text);
  if (!command) return undefined;
  const what = `\`/pilot${isRefusal(command) ? "" : ` ${command.verb}`}\` is refused`;
  const check = (refusal: Refusal | undefined): void => {
    if (refusal) throw new ConfigError({ what, ...refusal });
  };
  const said = await commentNow(github, comment);
  check(refusedComment(text, said));
  check(refusedAuthor(await hasRole(github, said.author, least), least));
  if (isRefusal(command)) throw new ConfigError({ what, ...command });
  if (command.verb === "unlock") return { command, stacks: [], head: "" };

  const pull = await pullNow(github, number, pause);
  check(refusedPull(pull, branch));
  const head = pull.headRefOid;
  await fetchHead(folder, number, head, env);
  const base = await fetchRef(folder, `refs/heads/${branch}`, `refs/pilot/branch/${branch}`, env);
  check(refusedBehind(await contains(repositoryAt(folder), head, base)));
  const { classification } = await classifyPull({ folder, base, head, fork: pull.isCrossRepository });
  const stacks = chosenStacks(command, classification);
  if ("why" in stacks) throw new ConfigError({ what, ...stacks });
  if (command.verb === "up") {
    check(refusedReview(pull, said.created));
    for (const stack of stacks)
      check(refusedPreview(stack, (await findPreview(github, stack, head))?.created, said.created));
  }
  return { command, stacks, head };
}

/** Stops an `up` whose command, after it waited, is no longer allowed, or is about another commit by now. */
export async function refuseChanged(place: Place, commanded: Commanded, stack: string, head: string): Promise<void> {
  const refuse = (why: string, next: string): never => {
    throw new ConfigError({ what: `The stack ${stack} is not updated`, why, next });
  };
  const allowed = await allow(place, commanded);
  if (allowed?.command.verb !== "up" || !allowed.stacks.includes(stack))
    return refuse("the comment is no command to update it", "nothing");
  if (allowed.head !== head)
    refuse(
      `the pull request went on: it is at ${allowed.head}, and the command was about ${head}`,
      "look at the new commit, and give the command again",
    );
  const { github } = place;
  await refuseLocked(github, [stack], commanded.pull);
  if (!(await holds(github, stack, commanded.pull)))
    refuse("its lock was released", "give the command again, if it is still wanted");
}
