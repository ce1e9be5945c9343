import { readFile, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { kopsVersion } from "./cycle.ts";
import type { Outcome } from "./cycle.ts";
import { rowOf, tableOf } from "./report.ts";

const root = join(import.meta.dirname, "..", "..");
const file = join(root, "docs", "evidence", "corpus.md");
const [begin, end] = ["<!-- result: written by npm run test:corpus -- --write -->", "<!-- end of result -->"];

async function versionOf(name: string): Promise<string> {
  const text = await readFile(join(root, "node_modules", name, "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** Rows of a table by manifest. */
export function rowsIn(text: string): Map<string, string> {
  return new Map([...text.matchAll(/^\| \[([^\]]+)\]\(.*\|$/gm)].map((row) => [row[1] ?? "", row[0]]));
}

/**
 * Writes the results of a run between their marks in docs/evidence/corpus.md. Rows of manifests that were not run stay;
 * those of removed manifests go.
 */
export async function writeResults(
  outcomes: readonly Outcome[],
  known: readonly string[],
  purposes: ReadonlyMap<string, string>,
  ran: string,
): Promise<void> {
  const text = await readFile(file, "utf8");
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${file} lacks the marks ${begin} and ${end}`);
  const rows = rowsIn(text.slice(from, to));
  for (const outcome of outcomes) rows.set(outcome.slug, rowOf(outcome, purposes.get(outcome.slug) ?? "", ran));
  const kept = known.flatMap((slug) => rows.get(slug) ?? []);
  const passed = kept.filter((row) => row.endsWith("| passed |")).length;
  const facts = [
    `${passed} of ${known.length} manifests ` +
      `passed${kept.length < known.length ? `, ${known.length - kept.length} were not run` : ""}.`,
    `kOps ${kopsVersion}, Pulumi ${await versionOf("@pulumi/pulumi")}, Kubernetes 1.34.3 unless the manifest says ` +
      `otherwise; ${cpus().length} cores.`,
    "Seconds of each stage, several clusters at a time.",
  ].join(" ");
  await writeFile(file, `${text.slice(0, from)}${begin}\n\n${facts}\n\n${tableOf(kept)}\n\n${text.slice(to)}`);
}
