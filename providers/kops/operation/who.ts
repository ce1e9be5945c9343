import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { personHere } from "../runtime/person.ts";
import type { HistoryRecord } from "../store/history.ts";

const run = promisify(execFile);

/** Milliseconds for git to answer. */
const patience = 5_000;

/** The commit of the checkout in a folder; undefined outside of one, or without git. */
async function commitOf(folder: string): Promise<string | undefined> {
  try {
    return (await run("git", ["rev-parse", "HEAD"], { cwd: folder, timeout: patience })).stdout.trim() || undefined;
  } catch {
    return undefined;
  }
}

const listOf = (text: string | undefined): string[] => (text ?? "").split(",").filter((one) => one !== "");

/**
 * Who runs an operation, by the variables of GitHub Actions and GitLab CI, or those that `npx pilot pr up` sets:
 * PILOT_PULL_REQUEST (its address) and PILOT_APPROVED_BY (names, separated by commas).
 */
export async function whoRuns(
  env: NodeJS.ProcessEnv,
  arn: string | undefined,
  folder: string = process.cwd(),
): Promise<HistoryRecord["by"]> {
  const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID, GITHUB_SHA, GITHUB_ACTOR } = env;
  const { CI_COMMIT_SHA, CI_JOB_URL, GITLAB_USER_LOGIN, PILOT_PULL_REQUEST, PILOT_APPROVED_BY } = env;
  const commit = GITHUB_SHA ?? CI_COMMIT_SHA ?? (await commitOf(folder));
  const runUrl =
    GITHUB_SERVER_URL && GITHUB_REPOSITORY && GITHUB_RUN_ID
      ? `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`
      : CI_JOB_URL;
  const actor = GITHUB_ACTOR ?? GITLAB_USER_LOGIN;
  const approvedBy = listOf(PILOT_APPROVED_BY);
  return {
    ...(arn !== undefined && { arn }),
    person: personHere(env),
    ...(commit !== undefined && { commit }),
    ...(PILOT_PULL_REQUEST && { pull: PILOT_PULL_REQUEST }),
    ...(runUrl && { run: runUrl }),
    ...(actor && { actor }),
    ...(approvedBy.length > 0 && { approvedBy }),
  };
}
