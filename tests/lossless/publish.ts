import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { checkedOut } from "../commit.ts";

const mark = { begin: "<!-- result: npm run test:lossless -- --write -->", end: "<!-- end of result -->" };

/** The published result of a run. */
export interface Result {
  readonly seed: number;
  readonly rounds: number;
  readonly failed: number;
}

/** Adds a run to the page's table. */
export async function publish(root: string, { seed, rounds, failed }: Result): Promise<void> {
  const page = join(root, "docs", "evidence", "lossless.md");
  const text = await readFile(page, "utf8");
  const at = text.indexOf(mark.end);
  if (!text.includes(mark.begin) || at < 0) throw new Error(`${page} has no place for the result`);
  const row =
    `| ${new Date().toISOString().slice(0, 10)} | ${await checkedOut()} | ${seed} | ${rounds} | ` +
    `${rounds - failed} passed, ${failed} failed |\n`;
  await writeFile(page, `${text.slice(0, at)}${row}${text.slice(at)}`);
}
