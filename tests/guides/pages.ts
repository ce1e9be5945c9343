import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { goldenTexts } from "../cli/status/golden.ts";
import { previewNames, terminalOf } from "../previews/previews.ts";
import { parseRecording } from "./recording.ts";

/*
 * Output in a page is never typed: a comment names where it comes from, `npm run guides` writes the blocks below it.
 *
 *     <!-- recorded: STORY/NAME -->          a command of a story in stories/, and its output
 *     <!-- recorded: previews/NAME -->       the terminal of a preview (tests/previews)
 *     <!-- recorded: status/NAME -->         a golden text of `pilot status` (tests/cli/status)
 */

const root = resolve(import.meta.dirname, "../..");

/** Where a recording is kept. */
export const recordingFile = (name: string): string => join(import.meta.dirname, "recorded", `${name}.txt`);

const fence = (kind: string, text: string): string => `\`\`\`${kind}\n${text.trimEnd()}\n\`\`\``;

/** The blocks of a recording. */
export function blocksOf(name: string): string {
  const [source = "", rest = ""] = name.split("/");
  if (source === "previews") {
    const preview = previewNames.find((one) => one === rest);
    if (preview === undefined) throw new Error(`there is no preview ${rest}`);
    return fence("text", terminalOf(preview));
  }
  if (source === "status") {
    const text = goldenTexts()[`${rest}.txt`];
    if (text === undefined) throw new Error(`there is no golden text ${rest} of pilot status`);
    return fence("text", text);
  }
  if (!existsSync(recordingFile(name))) throw new Error(`there is no recording ${name}: npm run guides -- ${source}`);
  const { command, output } = parseRecording(readFileSync(recordingFile(name), "utf8"));
  return [fence("sh", command), ...(output.length > 0 ? [fence("text", output.join("\n"))] : [])].join("\n\n");
}

const marked = /^<!-- recorded: (\S+) -->\n\n(?:```(?:sh|text)\n[\s\S]*?\n```\n\n?)*/gm;

/** Names of the recordings that a page shows. */
export const namesIn = (page: string): string[] => [...page.matchAll(marked)].map(([, name = ""]) => name);

/** The page with the blocks below each mark as they are recorded. */
export function withBlocks(page: string, blocks: (name: string) => string = blocksOf): string {
  return page
    .replace(marked, (_found, name: string) => `<!-- recorded: ${name} -->\n\n${blocks(name)}\n\n`)
    .replace(/\n+$/, "\n");
}

/** Pages with marks, by their path from the root. */
export function markedPages(): Record<string, string> {
  const pages = readdirSync(join(root, "docs"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".md"))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .toSorted();
  const texts = pages.map((page) => [page, readFileSync(join(root, page), "utf8")] as const);
  return Object.fromEntries(texts.filter(([, text]) => namesIn(text).length > 0));
}
