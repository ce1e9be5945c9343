import { z } from "zod";
import type { GitHub } from "../github.ts";

/** Where GitHub keeps the reviewed preview. */
export interface ReviewedPreview {
  pull: number;
  /** Newest commit of the pull request at its merge. */
  head: string;
  run: number;
  artifact: string;
  /** When it was made, as GitHub writes times. */
  created: string;
}

/** A run of the preview workflow. */
export interface PreviewRun {
  run: number;
  created: string;
  /** `completed`, or what GitHub says of a run that goes on. */
  status: string;
}

/** The workflow that makes previews with credentials. */
const previewWorkflow = ".github/workflows/preview.yml";

const pulls = z.array(
  z.object({
    number: z.int(),
    merged_at: z.string().nullable(),
    merge_commit_sha: z.string().nullable(),
    head: z.object({ sha: z.string().regex(/^[0-9a-f]{40}$/) }),
  }),
);
const artifacts = z.object({
  artifacts: z.array(
    z.object({
      name: z.string(),
      expired: z.boolean(),
      created_at: z.string(),
      workflow_run: z.object({ id: z.int() }).nullish(),
    }),
  ),
});
const run = z.object({ event: z.string(), path: z.string(), status: z.string().nullish() });

/** Name of the artifact that holds a preview. */
export function artifactOf(stack: string, head: string): string {
  return `preview-${stack}-${head}`;
}

/** Runs of the preview workflow that uploaded an artifact of this name, newest first. */
async function previewRuns(github: GitHub, artifact: string): Promise<PreviewRun[]> {
  const found = (
    await github.get(`actions/artifacts?per_page=100&name=${encodeURIComponent(artifact)}`, artifacts)
  ).artifacts
    .filter(({ name, expired }) => name === artifact && !expired)
    .sort((a, b) => (a.created_at < b.created_at ? 1 : -1));
  const runs: PreviewRun[] = [];
  for (const { workflow_run: source, created_at: created } of found) {
    if (!source) continue;
    const { event, path, status } = await github.get(`actions/runs/${source.id}`, run);
    if (event === "pull_request_target" && path.split("@")[0] === previewWorkflow)
      runs.push({ run: source.id, created, status: status ?? "unknown" });
  }
  return runs;
}

/** The newest run that previewed a commit of a pull request, or decided that nothing is to be previewed. */
export async function findPreviewRun(github: GitHub, head: string): Promise<PreviewRun | undefined> {
  return (await previewRuns(github, `classification-${head}`))[0];
}

/**
 * The preview of a stack at the newest commit of a pull request, if there is one. Anybody who can push a branch can
 * upload an artifact of this name from a workflow there. So the artifact counts only if the preview workflow made it on
 * `pull_request_target`, which GitHub takes from the default branch.
 */
export async function findPreview(
  github: GitHub,
  stack: string,
  head: string,
): Promise<Omit<ReviewedPreview, "pull"> | undefined> {
  const artifact = artifactOf(stack, head);
  const [found] = await previewRuns(github, artifact);
  return found && { head, run: found.run, artifact, created: found.created };
}

/** The pull request that `commit` merged, if there is one. */
export async function mergedPull(github: GitHub, commit: string): Promise<z.output<typeof pulls>[number] | undefined> {
  return (await github.get(`commits/${commit}/pulls`, pulls)).find(
    (one) => one.merged_at !== null && one.merge_commit_sha === commit,
  );
}

/** The preview of the pull request that `commit` merged, if there is one. */
export async function findReviewed(
  github: GitHub,
  stack: string,
  commit: string,
): Promise<ReviewedPreview | undefined> {
  const merged = await mergedPull(github, commit);
  const found = merged && (await findPreview(github, stack, merged.head.sha));
  return found && { pull: merged.number, ...found };
}
