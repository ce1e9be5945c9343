import { readFile } from "node:fs/promises";
import { z } from "zod";
import { conclude } from "../../pull-requests/command/carry-out.ts";
import { upResult } from "../../pull-requests/command/result.ts";
import { gitHubHere } from "../../pull-requests/github.ts";
import type { Typed } from "../base/command.ts";
import { commentOf } from "./commanded.ts";
import { filesNamed, runLink } from "./files.ts";
import { commitOf, pullOf, required } from "./values.ts";

const names = z.array(z.string());

/** Answers a comment when its `up` has ended. */
export async function answer(
  typed: Typed<"pull" | "comment" | "head" | "stacks" | "taken" | "folder">,
): Promise<string> {
  const [pull, comment, head] = [pullOf(typed), commentOf(typed), commitOf(typed, "head")];
  const [stacks, taken] = (["stacks", "taken"] as const).map((name) => names.parse(JSON.parse(required(typed, name))));
  const files = await filesNamed(required(typed, "folder"), "result.json");
  const results = await Promise.all(
    files.map(async (file) => upResult.parse(JSON.parse(await readFile(file, "utf8")))),
  );
  const asked = { github: gitHubHere(), pull, comment, link: runLink() };
  await conclude(asked, { stacks: stacks ?? [], head, taken: taken ?? [] }, results);
  return `The answer to comment ${comment} is written.`;
}
