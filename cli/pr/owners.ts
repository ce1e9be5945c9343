import { refuseUnowned } from "../../pull-requests/apply/owners.ts";
import { gitHubHere } from "../../pull-requests/github.ts";

/** Stops if GitHub ignores a line of CODEOWNERS. */
export async function owners(): Promise<string> {
  await refuseUnowned(gitHubHere());
  return "GitHub accepts every line of CODEOWNERS.";
}
