import { carryOut } from "../../pull-requests/command/carry-out.ts";
import { gitHubHere } from "../../pull-requests/github.ts";
import type { Typed } from "../base/command.ts";
import { commandedOf } from "./commanded.ts";
import type { CommandedOptions } from "./commanded.ts";
import { runLink } from "./files.ts";
import { setStepOutputs } from "./step-outputs.ts";
import { project } from "./values.ts";

/** Carries out a command in a comment, or answers why not. An `up` is left to later jobs. */
export async function command(typed: Typed<CommandedOptions>): Promise<string> {
  const commanded = commandedOf(typed);
  const { stacks, head, taken } = await carryOut({ github: gitHubHere(), folder: project }, commanded, runLink());
  await setStepOutputs({ stacks: JSON.stringify(stacks), head, taken: JSON.stringify(taken) });
  return stacks.length === 0
    ? "Nothing is left to do for this comment."
    : `To update, at ${head} of pull request ${commanded.pull}: ${stacks.join(", ")}`;
}
