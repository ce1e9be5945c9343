import type { Classification } from "../classify/classification.ts";
import type { CommentFacts, PullFacts, Role } from "./facts.ts";
import type { Command, Refusal } from "./parse.ts";

/*
 * When a command is refused. Each rule is a function of facts; the first refusal counts.
 */

/** GitHub lets others edit a comment, and starts a run only for a new one. */
export function refusedComment(event: string, now: CommentFacts): Refusal | undefined {
  if (now.text === event) return undefined;
  return {
    why: "the comment was edited after it gave the command",
    next: "give the command in a new comment",
  };
}

export function refusedAuthor(allowed: boolean, least: Role): Refusal | undefined {
  if (allowed) return undefined;
  return {
    why: `who commented does not have the role \`${least}\` in this repository, or one above`,
    next: "ask somebody who has it",
  };
}

/** What holds for a preview and an `up`. */
export function refusedPull({ state, isDraft, isCrossRepository, baseRefName }: PullFacts, branch: string) {
  const refusal = (why: string, next: string): Refusal => ({ why, next });
  if (state !== "OPEN")
    return refusal(
      `the pull request is ${state.toLowerCase()}`,
      "open a new one; what was merged is updated by the workflow `up`",
    );
  if (isDraft) return refusal("the pull request is a draft", "mark it as ready for review, and have it reviewed");
  if (isCrossRepository)
    return refusal(
      "the pull request comes from a fork",
      "push its branch to this repository, and open a pull request from there",
    );
  if (baseRefName !== branch)
    return refusal("it does not target the default branch", "change the base of the pull request to it");
  return undefined;
}

/** A base that went on may have changed what the pull request does. */
export function refusedBehind(containsBase: boolean): Refusal | undefined {
  return containsBase
    ? undefined
    : {
        why: "the base branch has commits that the pull request does not have",
        next: "update the branch; that previews it anew, and may need another approval",
      };
}

/**
 * An approval must be of the newest commit, and older than the command: so whoever commands, and whoever approved, saw
 * this commit. Branch protection decides how many must approve, and whether code owners did.
 */
export function refusedReview(
  { reviewDecision, headRefOid, latestOpinionatedReviews: reviews, mergeStateStatus }: PullFacts,
  commanded: string,
): Refusal | undefined {
  const refusal = (why: string, next: string): Refusal => ({ why, next });
  if (reviewDecision === null)
    return refusal(
      "branch protection requires no review of this pull request, so none decides",
      "require approvals for the default branch in the repository's settings",
    );
  if (reviewDecision === "CHANGES_REQUESTED")
    return refusal("a review requests changes", "make them, and ask for another review");
  if (reviewDecision !== "APPROVED")
    return refusal("the pull request is not approved", "ask for a review of its newest commit, also by code owners");
  const approvals = reviews.nodes.filter(({ state }) => state === "APPROVED");
  // Which approvals the decision rests on is not told: so all of them must be of this commit.
  const older = approvals.filter(({ commit }) => commit?.oid !== headRefOid);
  if (older.length > 0 || reviews.pageInfo.hasNextPage)
    return refusal(
      `an approval is of an older commit${older.map(({ author }) => ` (by ${author?.login ?? "somebody"})`).join()}`,
      "let everybody who approved approve the newest commit; with *dismiss stale approvals* in branch protection, " +
        "there are no old ones",
    );
  if (!approvals.some(({ submittedAt }) => submittedAt !== null && submittedAt <= commanded))
    return refusal(
      "the newest commit was approved only after the command was given",
      "look at it, and give the command again",
    );
  if (["CLEAN", "UNSTABLE", "HAS_HOOKS"].includes(mergeStateStatus)) return undefined;
  return mergeStateStatus === "UNKNOWN"
    ? refusal("GitHub does not know yet whether the pull request can be merged", "give the command again in a minute")
    : refusal(
        `GitHub would not merge it (${mergeStateStatus.toLowerCase()})`,
        "see at the end of the pull request what is missing: required checks, conversations, conflicts",
      );
}

/** Which stacks a command is for. What follows an environment is updated after its `up`, by hand. */
export function chosenStacks(
  command: Command,
  { stacks, follows = {}, credentials, reasons }: Classification,
): string[] | Refusal {
  if (credentials === "never")
    return {
      why: `it is not data alone: ${reasons[0] ?? "it changes the program"}`,
      next:
        "merge it: the program runs with credentials only from the default branch, where `up` previews it " +
        "and waits for an approval",
    };
  const changed = stacks.filter((stack) => !(stack in follows));
  const wanted = command.verb === "up" ? command.stack : undefined;
  if (wanted !== undefined && !changed.includes(wanted))
    return {
      why: `the pull request does not change the stack ${wanted}`,
      next: changed.length > 0 ? `name one of ${changed.join(", ")}, or none for all` : "nothing: it changes no stack",
    };
  if (changed.length === 0) return { why: "the pull request changes no stack", next: "nothing: merge it" };
  return wanted === undefined ? changed : [wanted];
}

/** The preview that an `up` is held to: whoever commands must have been able to read it. */
export function refusedPreview(stack: string, made: string | undefined, commanded: string): Refusal | undefined {
  if (made === undefined)
    return {
      why: `there is no preview of ${stack} at the newest commit, or it failed`,
      next: "wait for it, or repair it; `/pilot preview` previews again",
    };
  if (made > commanded)
    return { why: `the preview of ${stack} is newer than the command`, next: "read it, and give the command again" };
  return undefined;
}
