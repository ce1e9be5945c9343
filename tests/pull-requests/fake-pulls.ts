/** The part of the fake GitHub that knows pull requests, their reviews, labels and who may do what. */

export interface FakePull {
  number: number;
  state: "OPEN" | "CLOSED" | "MERGED";
  draft: boolean;
  fork: boolean;
  base: string;
  head: string;
  labels: string[];
  /** GitHub's `mergeStateStatus`. */
  merge: string;
  decision: string | null;
  reviews: { state: string; at: string; commit: string; author: string }[];
}

/** A request, as the server got it. */
interface Asked {
  method: string;
  path: string;
  body: unknown;
}

interface Answer {
  status: number;
  value: unknown;
}

export interface FakePulls {
  readonly pulls: FakePull[];
  /** What the collaborator API says of people; others may only read. */
  readonly roles: Map<string, { permission: string; role_name: string }>;
  /** Reactions, as `comment content`. */
  readonly reactions: string[];
  /** Runs that were started again. */
  readonly reruns: number[];
}

/** A pull request that branch protection would merge. */
export function approvedPull(number: number, head: string, changes: Partial<FakePull> = {}): FakePull {
  return {
    number,
    state: "OPEN",
    draft: false,
    fork: false,
    base: "main",
    head,
    labels: [],
    merge: "CLEAN",
    decision: "APPROVED",
    reviews: [{ state: "APPROVED", at: "2026-11-21T15:00:00Z", commit: head, author: "reviewer" }],
    ...changes,
  };
}

function graphAnswer(pulls: readonly FakePull[], body: unknown): Answer {
  const { variables } = body as { variables: { owner: string; name: string; number: number } };
  const found = pulls.find(({ number }) => number === variables.number);
  if (!found || `${variables.owner}/${variables.name}` !== "team/platform")
    return { status: 200, value: { data: null, errors: [{ message: "Could not resolve to a PullRequest" }] } };
  const pullRequest = {
    state: found.state,
    isDraft: found.draft,
    isCrossRepository: found.fork,
    baseRefName: found.base,
    headRefOid: found.head,
    mergeStateStatus: found.merge,
    reviewDecision: found.decision,
    latestOpinionatedReviews: {
      nodes: found.reviews.map(({ state, at, commit, author }) => ({
        state,
        submittedAt: at,
        commit: { oid: commit },
        author: { login: author },
      })),
      pageInfo: { hasNextPage: false },
    },
  };
  return { status: 200, value: { data: { repository: { pullRequest } } } };
}

const texts = (body: unknown): string[] => (body as { labels: string[] }).labels;

/** Answers what concerns pull requests; undefined for the rest. */
export function answerOfPulls({ pulls, roles, reactions, reruns }: FakePulls, asked: Asked): Answer | undefined {
  const { method, path, body } = asked;
  if (method === "POST" && path === "/graphql") return graphAnswer(pulls, body);
  const below = path.replace("/repos/team/platform/", "");
  const listed = (found: FakePull | undefined): Answer =>
    found
      ? { status: 200, value: found.labels.map((name) => ({ name })) }
      : { status: 404, value: { message: "Not Found" } };
  const of = (number: string | undefined): FakePull | undefined => pulls.find((one) => one.number === Number(number));

  if (method === "GET" && below === "pulls?state=open&per_page=100&page=1")
    return {
      status: 200,
      value: pulls
        .filter(({ state }) => state === "OPEN")
        .map(({ number, labels }) => ({ number, labels: labels.map((name) => ({ name })) })),
    };
  const [, labelled, label] = /^issues\/(\d+)\/labels(?:\?per_page=100|\/(.+))?$/.exec(below) ?? [];
  if (labelled !== undefined) {
    const found = of(labelled);
    if (!found || method === "GET") return listed(found);
    if (method === "POST") {
      if (texts(body).some((name) => name.length > 50))
        return { status: 422, value: { message: "name is too long (maximum is 50 characters)" } };
      found.labels.push(...texts(body).filter((name) => !found.labels.includes(name)));
      return listed(found);
    }
    // GitHub takes any case.
    const at = found.labels.findIndex((name) => name.toLowerCase() === decodeURIComponent(label ?? "").toLowerCase());
    if (at < 0) return { status: 404, value: { message: "Label does not exist" } };
    found.labels.splice(at, 1);
    return listed(found);
  }
  const [, login] = /^collaborators\/([^/]+)\/permission$/.exec(below) ?? [];
  if (login?.endsWith("%5Bbot%5D")) return { status: 404, value: { message: "Not Found" } };
  if (login !== undefined) return { status: 200, value: roles.get(login) ?? { permission: "read", role_name: "read" } };
  const [, comment] = /^issues\/comments\/(\d+)\/reactions$/.exec(below) ?? [];
  if (method === "POST" && comment !== undefined) {
    reactions.push(`${comment} ${(body as { content: string }).content}`);
    return { status: 201, value: {} };
  }
  const [, run] = /^actions\/runs\/(\d+)\/rerun$/.exec(below) ?? [];
  if (method === "POST" && run !== undefined) {
    reruns.push(Number(run));
    return { status: 201, value: {} };
  }
  return undefined;
}
