import { tree } from "../../cli/pilot.ts";
import { runTyped } from "../../cli/base/command.ts";
import type { Shell } from "../../cli/base/shell.ts";

/** Runs a command with typed arguments, and returns its text. */
export async function textOf(argv: readonly string[], given: Partial<Shell> = {}): Promise<string> {
  const result = await runTyped(tree, argv, given);
  if (typeof result === "string") return result;
  throw new Error(`${argv.join(" ")} ended with ${result}`);
}
