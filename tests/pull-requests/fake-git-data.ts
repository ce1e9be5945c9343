import { createHash } from "node:crypto";

/** The part of the fake GitHub that keeps commits made by the API, and the pull request of a workflow. */

interface Commit {
  tree: string;
  parents: string[];
  author: string;
}

export interface FakeGitData {
  /** Commits by branch. */
  readonly branches: Map<string, string>;
  readonly commits: Map<string, Commit>;
  /** Files of trees, by hash. */
  readonly trees: Map<string, ReadonlyMap<string, string>>;
  readonly proposals: { number: number; title: string; body: string; head: string; base: string; state: string }[];
}

interface Answer {
  status: number;
  value: unknown;
}

const hash = (value: unknown): string => createHash("sha1").update(JSON.stringify(value)).digest("hex");

/** A branch with files, by a person or by a workflow. */
export function gitData(files: Record<string, string>): FakeGitData {
  const data: FakeGitData = { branches: new Map(), commits: new Map(), trees: new Map(), proposals: [] };
  commitTo(data, "main", files);
  return data;
}

/** Commits to a branch as a person. */
export function commitTo(data: FakeGitData, branch: string, files: Record<string, string>, author = "person"): void {
  const tree = new Map(Object.entries(files));
  data.trees.set(hash([...tree]), tree);
  const parents = [data.branches.get(branch) ?? []].flat();
  const made: Commit = { tree: hash([...tree]), parents, author };
  data.commits.set(hash(made), made);
  data.branches.set(branch, hash(made));
}

/** The files of a branch. */
export function filesOf(data: FakeGitData, branch: string): Record<string, string> {
  const commit = data.commits.get(data.branches.get(branch) ?? "");
  return Object.fromEntries(data.trees.get(commit?.tree ?? "") ?? []);
}

/** Answers what concerns git data and the pull request of a branch; undefined for the rest. */
export function answerOfGit(data: FakeGitData, method: string, below: string, body: unknown): Answer | undefined {
  const given = (body ?? {}) as Record<string, unknown>;
  const none: Answer = { status: 404, value: { message: "Not Found" } };
  const [, branch] = /^git\/refs?\/heads\/(.+)$/.exec(below) ?? [];
  if (branch !== undefined) {
    if (method === "PATCH") data.branches.set(branch, String(given["sha"]));
    const sha = data.branches.get(branch);
    return sha === undefined ? none : { status: 200, value: { ref: `refs/heads/${branch}`, object: { sha } } };
  }
  const [, sha = ""] = /^git\/commits\/(.+)$/.exec(below) ?? [];
  const found = data.commits.get(sha);
  if (found) {
    const { tree, parents, author } = found;
    const value = { sha, tree: { sha: tree }, parents: parents.map((one) => ({ sha: one })), author: { name: author } };
    return { status: 200, value };
  }
  if (method === "POST" && below === "git/refs") {
    const name = String(given["ref"]).replace("refs/heads/", "");
    if (data.branches.has(name)) return { status: 422, value: { message: "Reference already exists" } };
    data.branches.set(name, String(given["sha"]));
    return { status: 201, value: {} };
  }
  if (method === "POST" && below === "git/trees") {
    const entries = given["tree"] as { path: string; content: string }[];
    const tree = new Map([
      ...(data.trees.get(String(given["base_tree"])) ?? []),
      ...entries.map(({ path, content }): [string, string] => [path, content]),
    ]);
    data.trees.set(hash([...tree]), tree);
    return { status: 201, value: { sha: hash([...tree]) } };
  }
  if (method === "POST" && below === "git/commits") {
    const made: Commit = {
      tree: String(given["tree"]),
      parents: given["parents"] as string[],
      author: "github-actions[bot]",
    };
    data.commits.set(hash(made), made);
    return { status: 201, value: { sha: hash(made) } };
  }
  if (method === "GET" && below === "pulls?state=open&head=team%3Apilot%2Frefresh")
    return { status: 200, value: data.proposals.filter(({ state }) => state === "open") };
  if (method === "POST" && below === "pulls") {
    const made = { number: 20 + data.proposals.length, title: "", body: "", head: "", base: "", state: "open" };
    data.proposals.push(Object.assign(made, given));
    return { status: 201, value: made };
  }
  const one = data.proposals.find(({ number }) => below === `pulls/${number}`);
  return method === "PATCH" && one ? { status: 200, value: Object.assign(one, given) } : undefined;
}
