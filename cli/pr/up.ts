import { bringUp } from "../../pull-requests/apply/up.ts";
import { readPreview } from "../../pull-requests/preview/pulumi.ts";
import type { Typed } from "../base/command.ts";
import { project, required, stackOf } from "./values.ts";

/** Runs `pulumi up`, held to a reviewed preview. */
export async function up(typed: Typed<"stack" | "plan">): Promise<number> {
  const stack = stackOf(typed);
  return await bringUp({ folder: project, stack }, await readPreview(required(typed, "plan")));
}
