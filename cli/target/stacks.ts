import { readdirSync } from "node:fs";
import { isStackName } from "../../pull-requests/classify/paths.ts";

/** Stacks with a file in the project. */
export function stacksIn(root: string): string[] {
  return readdirSync(root)
    .flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [])
    .filter(isStackName)
    .sort();
}
