import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { previewStack } from "../../pull-requests/preview/pulumi.ts";
import { waitingIn } from "../../pull-requests/preview/waiting.ts";
import type { Result, Typed } from "../base/command.ts";
import { project, required, stackOf } from "./values.ts";

/** Looks for what is not as last applied, and writes it to a file. */
export async function drift(typed: Typed<"stack" | "out">): Promise<Result> {
  const out = required(typed, "out");
  const place = { folder: project, stack: stackOf(typed) };
  const waiting = waitingIn(await previewStack(place));
  const found = { ...(await previewStack(place, { refresh: true })), waiting };
  await mkdir(dirname(out), { recursive: true });
  await writeFile(out, `${JSON.stringify(found, null, 2)}\n`);
  if (found.status === "planned") return `Looked for drift of ${found.stack}: ${out}`;
  console.error(`The preview of ${found.stack} failed. Its output is in ${out}`);
  return 1;
}
