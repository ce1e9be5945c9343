import { refuseChanged } from "../../pull-requests/command/allow.ts";
import { recorded } from "../../pull-requests/command/result.ts";
import { gitHubHere } from "../../pull-requests/github.ts";
import type { Typed } from "../base/command.ts";
import { commandedOf } from "./commanded.ts";
import type { CommandedOptions } from "./commanded.ts";
import { commitOf, project, stackOf } from "./values.ts";

/** Stops an `up` by a comment that is no longer allowed. */
export async function allowed(typed: Typed<CommandedOptions | "head" | "stack" | "result">): Promise<number> {
  const [commanded, stack, head] = [commandedOf(typed), stackOf(typed), commitOf(typed, "head")];
  return await recorded(typed.options.result, stack, false, async () => {
    await refuseChanged({ github: gitHubHere(), folder: project }, commanded, stack, head);
    console.log(`The command is still allowed for ${stack} at ${head}.`);
    return { code: 0 };
  });
}
