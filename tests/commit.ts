import { execa } from "execa";

/** The commit that is checked out, in short: what the results of a run stand for. */
export async function checkedOut(): Promise<string> {
  return (await execa("git", ["rev-parse", "--short", "HEAD"], { cwd: import.meta.dirname })).stdout;
}
