import { z } from "zod";
import { RefusedByGitHub } from "../github.ts";
import type { GitHub } from "../github.ts";

/** The roles that may be asked for, each with more rights than the one before. */
export const roles = ["write", "maintain", "admin"] as const;
export type Role = (typeof roles)[number];

const comment = z.object({
  body: z.string().nullish(),
  user: z.object({ login: z.string() }).nullish(),
  created_at: z.string(),
});

/** A comment as it is now. */
export interface CommentFacts {
  text: string;
  author: string;
  created: string;
}

/** What GitHub has; undefined if it has none. */
async function orNone<Found>(found: Promise<Found>): Promise<Found | undefined> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof RefusedByGitHub && error.status === 404) return undefined;
    throw error;
  }
}

/** A comment as it is now, whatever the event said. Without text and author if it was deleted. */
export async function commentNow(github: GitHub, id: number): Promise<CommentFacts> {
  const found = await orNone(github.get(`issues/comments/${id}`, comment));
  return { text: found?.body ?? "", author: found?.user?.login ?? "", created: found?.created_at ?? "" };
}

const permission = z.object({ permission: z.string(), role_name: z.string().nullish() });

/**
 * Whether somebody has a role in the repository, or one above. `author_association` of a comment says only how its
 * author belongs to the repository: a member of the organization may have no right to write.
 */
export async function hasRole(github: GitHub, login: string, least: Role): Promise<boolean> {
  if (login === "") return false;
  // `permission` calls maintainers writers; a role that an organization made has a name of its own. A bot has none.
  const found = await orNone(github.get(`collaborators/${encodeURIComponent(login)}/permission`, permission));
  const rank = (name: string | null | undefined): number => roles.findIndex((role) => role === name);
  return Math.max(rank(found?.permission), rank(found?.role_name)) >= rank(least);
}

const review = z.object({
  state: z.string(),
  submittedAt: z.string().nullable(),
  commit: z.object({ oid: z.string() }).nullable(),
  author: z.object({ login: z.string() }).nullable(),
});

const pull = z.object({
  state: z.string(),
  isDraft: z.boolean(),
  isCrossRepository: z.boolean(),
  baseRefName: z.string(),
  headRefOid: z.string().regex(/^[0-9a-f]{40}$/),
  mergeStateStatus: z.string(),
  reviewDecision: z.string().nullable(),
  latestOpinionatedReviews: z.object({ nodes: z.array(review), pageInfo: z.object({ hasNextPage: z.boolean() }) }),
});

/** A pull request as branch protection sees it. */
export type PullFacts = z.output<typeof pull>;

// Only the GraphQL API has `reviewDecision`, which knows code owners and how many must approve.
const question = `query ($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      state isDraft isCrossRepository baseRefName headRefOid mergeStateStatus reviewDecision
      latestOpinionatedReviews(first: 100, writersOnly: true) {
        nodes { state submittedAt commit { oid } author { login } }
        pageInfo { hasNextPage }
      }
    }
  }
}`;

/** Looks again while GitHub computes whether the pull request can be merged. */
const looks = 5;

export async function pullNow(
  github: GitHub,
  number: number,
  pause: () => Promise<void> = () => new Promise((resolve) => setTimeout(resolve, 3000)),
): Promise<PullFacts> {
  const schema = z.object({ repository: z.object({ pullRequest: pull }) });
  for (let look = 1; ; look++) {
    const { pullRequest: found } = (await github.query(question, { number }, schema)).repository;
    if (found.state !== "OPEN" || found.mergeStateStatus !== "UNKNOWN" || look === looks) return found;
    await pause();
  }
}
