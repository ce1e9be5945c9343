import { refuseOutdated } from "../../pull-requests/apply/newest.ts";
import type { Typed } from "../base/command.ts";
import { commitOf, project, required, stackOf } from "./values.ts";

/** Stops a run whose commit no longer has the newest files of its stack. */
export async function newest(typed: Typed<"stack" | "commit" | "branch">): Promise<string> {
  const [stack, commit, branch] = [stackOf(typed), commitOf(typed, "commit"), required(typed, "branch")];
  const again = Number(process.env["GITHUB_RUN_ATTEMPT"] ?? "1") > 1;
  await refuseOutdated(project, { stack, commit, branch }, again);
  return `${commit} has the newest files of ${stack}.`;
}
