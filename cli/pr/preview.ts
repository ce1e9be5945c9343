import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { previewStack, readPreview } from "../../pull-requests/preview/pulumi.ts";
import { isShown } from "../../pull-requests/preview/steps.ts";
import { waitingIn } from "../../pull-requests/preview/waiting.ts";
import type { Result, Typed } from "../base/command.ts";
import { project, required, stackOf } from "./values.ts";

/** Previews a stack and writes the result to a file. */
export async function preview(typed: Typed<"stack" | "out" | "commit" | "before">): Promise<Result> {
  const out = required(typed, "out");
  const { before, commit } = typed.options;
  const waiting = before === undefined ? undefined : waitingIn(await readPreview(before));
  const found = {
    ...(await previewStack({ folder: project, stack: stackOf(typed) }, { commit })),
    ...(waiting && { waiting }),
  };
  await mkdir(dirname(out), { recursive: true });
  await writeFile(out, `${JSON.stringify(found, null, 2)}\n`);
  if (found.status === "failed") {
    console.error(`The preview of ${found.stack} failed. Its output is in ${out}`);
    return 1;
  }
  const rolls = found.clusters.flatMap((plan) => plan.rolls).length;
  return (
    `${found.stack}: ${found.resources.filter(isShown).length} resources and ` +
    `${found.clusters.length} clusters change, ${rolls} groups roll: ${out}`
  );
}
