import { bringUp } from "../../pull-requests/apply/up.ts";
import { recorded } from "../../pull-requests/command/result.ts";
import { readPreview } from "../../pull-requests/preview/pulumi.ts";
import type { Typed } from "../base/command.ts";
import { project, required, stackOf } from "./values.ts";

/** Runs `pulumi up`, held to a reviewed preview. */
export async function up(typed: Typed<"stack" | "plan" | "result">): Promise<number> {
  const stack = stackOf(typed);
  const plan = required(typed, "plan");
  return await recorded(typed.options.result, stack, true, async () =>
    bringUp({ folder: project, stack }, await readPreview(plan)),
  );
}
