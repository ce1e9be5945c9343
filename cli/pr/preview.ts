import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { previewStack } from "../../pull-requests/preview/pulumi.ts";
import { isCluster } from "../../pull-requests/preview/steps.ts";
import type { Result, Typed } from "../base/command.ts";
import { project, required, stackOf } from "./values.ts";

/** Previews a stack and writes the result to a file. */
export async function preview(typed: Typed<"stack" | "out" | "commit">): Promise<Result> {
  const out = required(typed, "out");
  const found = await previewStack({ folder: project, stack: stackOf(typed) }, typed.options.commit);
  await mkdir(dirname(out), { recursive: true });
  await writeFile(out, `${JSON.stringify(found, null, 2)}\n`);
  if (found.status === "failed") {
    console.error(`The preview of ${found.stack} failed. Its output is in ${out}`);
    return 1;
  }
  const rolls = found.clusters.flatMap((plan) => plan.rolls).length;
  return (
    `${found.stack}: ${found.resources.filter((one) => !isCluster(one)).length} resources and ` +
    `${found.clusters.length} clusters change, ${rolls} groups roll: ${out}`
  );
}
