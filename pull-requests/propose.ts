import { z } from "zod";
import { ConfigError } from "../providers/kops/model/errors.ts";
import { RefusedByGitHub } from "./github.ts";
import type { GitHub } from "./github.ts";

/** The branch of the one pull request that the workflow `refresh` keeps. */
export const proposalBranch = "pilot/refresh";

/** The author of a commit that a workflow's token makes by the API. */
const workflowName = "github-actions[bot]";

const sha = z.string().regex(/^[0-9a-f]{40}$/);
const reference = z.object({ object: z.object({ sha }) });
const made = z.object({ sha });
const commit = z.object({
  sha,
  tree: z.object({ sha }),
  parents: z.array(z.object({ sha })),
  author: z.object({ name: z.string() }),
});
const pulls = z.array(z.object({ number: z.int() }));

export interface Proposal {
  /** The repository's owner: GitHub finds a pull request by owner and branch. */
  owner: string;
  /** The default branch. */
  base: string;
  title: string;
  body: string;
  /** New texts, by path. */
  files: Readonly<Record<string, string>>;
}

async function tipOf(github: GitHub, branch: string): Promise<z.output<typeof commit> | undefined> {
  try {
    const { object } = await github.get(`git/ref/heads/${branch}`, reference);
    return await github.get(`git/commits/${object.sha}`, commit);
  } catch (error) {
    if (error instanceof RefusedByGitHub && error.status === 404) return undefined;
    throw error;
  }
}

/** Commits the files on top of the base, and moves the branch there; not if it has just these, or a person's commit. */
async function commitFiles(github: GitHub, { base, title, files }: Proposal): Promise<void> {
  const [onto, tip] = [await tipOf(github, base), await tipOf(github, proposalBranch)];
  if (!onto) throw new ConfigError({ what: "Nothing is proposed", why: `there is no branch ${base}`, next: "name it" });
  if (tip && tip.author.name !== workflowName)
    throw new ConfigError({
      what: "Nothing is proposed",
      why: `somebody else committed to ${proposalBranch} (${tip.author.name})`,
      next: "merge that pull request, or delete the branch; then run the workflow again",
    });
  const tree = Object.entries(files).map(([path, content]) => ({ path, mode: "100644", type: "blob", content }));
  const { sha: newTree } = await github.send("POST", "git/trees", { base_tree: onto.tree.sha, tree }, made);
  if (tip?.tree.sha === newTree && tip.parents[0]?.sha === onto.sha) return;
  const content = { message: title, tree: newTree, parents: [onto.sha] };
  const { sha: head } = await github.send("POST", "git/commits", content, made);
  if (tip) await github.send("PATCH", `git/refs/heads/${proposalBranch}`, { sha: head, force: true }, z.unknown());
  else await github.send("POST", "git/refs", { ref: `refs/heads/${proposalBranch}`, sha: head }, z.unknown());
}

/** Opens or updates the one pull request with these files; closes it if there are none. */
export async function propose(
  github: GitHub,
  proposal: Proposal,
): Promise<"opened" | "updated" | "closed" | "not needed"> {
  const { owner, base, title, body, files } = proposal;
  const head = encodeURIComponent(`${owner}:${proposalBranch}`);
  const [open] = await github.get(`pulls?state=open&head=${head}`, pulls);
  if (Object.keys(files).length === 0) {
    if (!open) return "not needed";
    await github.send("PATCH", `pulls/${open.number}`, { state: "closed" }, z.unknown());
    return "closed";
  }
  await commitFiles(github, proposal);
  if (open) {
    await github.send("PATCH", `pulls/${open.number}`, { title, body }, z.unknown());
    return "updated";
  }
  await github.send("POST", "pulls", { title, body, head: proposalBranch, base }, z.unknown());
  return "opened";
}
