import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Typed } from "../base/command.ts";
import { setStepOutputs } from "./step-outputs.ts";
import { project, required, stackOf } from "./values.ts";

/** Lists named stacks, each of which must have a stack file. */
export async function all(typed: Typed<"only">): Promise<string> {
  const stacks = required(typed, "only")
    .split(",")
    .map((name) => name.trim())
    .filter(Boolean)
    .map((stack) => stackOf({ ...typed, options: { stack } }));
  const missing = stacks.find((stack) => !existsSync(join(project, `Pulumi.${stack}.yaml`)));
  if (missing !== undefined) throw typed.refusal(`there is no Pulumi.${missing}.yaml`);
  const text = JSON.stringify([...new Set(stacks)]);
  await setStepOutputs({ stacks: text });
  return text;
}
