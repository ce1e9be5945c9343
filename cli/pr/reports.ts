import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { isMissing } from "../../providers/kops/model/errors.ts";
import { historyName, parseRecord } from "../../providers/kops/store/history.ts";
import type { Typed } from "../base/command.ts";
import { reportPage } from "../report/page.ts";
import { required } from "./values.ts";

/**
 * Writes a report for each record that an `up` left in a folder. The `up` has ended: an operation whose record has no
 * end was interrupted.
 */
export async function reports(typed: Typed<"records" | "out">): Promise<string> {
  const [from, to] = [required(typed, "records"), required(typed, "out")];
  const names = (await filesIn(from)).filter((name) => name.endsWith(".json")).sort();
  if (names.length === 0) return "The `up` changed no cluster: there is no report.";
  await mkdir(to, { recursive: true });
  const lines: string[] = [];
  for (const name of names) {
    const record = parseRecord(await readFile(join(from, name), "utf8"));
    const outcome = record.result === "running" ? "interrupted" : record.result;
    const file = join(to, `${basename(name, ".json")}.html`);
    await writeFile(file, reportPage({ name: historyName(record), record, outcome, now: new Date() }));
    lines.push(`${file}: ${record.verb} of ${record.cluster}, ${outcome}`);
  }
  return lines.join("\n");
}

/** Names of files in a folder; none if it does not exist. */
async function filesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
