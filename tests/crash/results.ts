import { readFile, writeFile } from "node:fs/promises";
import { isMissing } from "../../providers/kops/model/errors.ts";
import { nameOf, notApplicable } from "./cases.ts";
import type { Case, Recovery } from "./cases.ts";

/** The result of a case. `why` of a passed one says what was special. */
export interface Result {
  readonly name: string;
  readonly outcome: "passed" | "failed" | "n/a";
  readonly why: string;
  /** Absent in old results. */
  readonly seconds?: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Short hash of the commit that was tested. */
  readonly commit: string;
}

/**
 * Reads results of runs, which are written as they come, so that an interrupted run can continue. The latest result of
 * a case counts; one of the files is in the repository, so that another machine can continue.
 */
export async function readResults(...files: readonly string[]): Promise<Map<string, Result>> {
  const all = (await Promise.all(files.map(resultsIn))).flat();
  return new Map(all.toSorted((a, b) => a.at.localeCompare(b.at)).map((one) => [one.name, one]));
}

async function resultsIn(file: string): Promise<Result[]> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Result[];
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** One line per result, so that a diff shows what was run. */
export async function writeResults(file: string, results: Iterable<Result>): Promise<void> {
  await writeFile(file, `[\n${[...results].map((one) => JSON.stringify(one)).join(",\n")}\n]\n`);
}

/** A case that does not exist is neither passed nor failed. */
export function withoutMoment(one: Case): Pick<Result, "outcome" | "why" | "seconds"> | undefined {
  const why = notApplicable(one);
  return why === undefined ? undefined : { outcome: "n/a", why, seconds: 0 };
}

export function summary(results: readonly Result[]): string {
  const count = (outcome: Result["outcome"]): number => results.filter((one) => one.outcome === outcome).length;
  return `${count("passed")} passed, ${count("failed")} failed, ${count("n/a")} n/a`;
}

const firstLine = (text: string): string => (text.split("\n")[0] ?? "").replaceAll("|", "\\|");

/**
 * A Markdown table: a row for each step, kill and moment, a column for each recovery; `·` if it was not run. The last
 * column has the tested commits.
 */
export function table(
  cases: readonly Case[],
  results: ReadonlyMap<string, Result>,
  recoveries: readonly Recovery[],
): string {
  const rows = new Map<string, string[]>();
  const commits = new Map<string, Set<string>>();
  for (const one of cases) {
    const row = [one.verb, one.step, one.kill, one.moment].join(" | ");
    const result = results.get(nameOf(one));
    const cells = rows.get(row) ?? recoveries.map(() => "·");
    if (result)
      cells[recoveries.indexOf(one.recovery)] =
        result.outcome === "passed"
          ? "passed"
          : result.outcome === "n/a"
            ? `n/a: ${result.why}`
            : `**failed**: ${firstLine(result.why)}`;
    rows.set(row, cells);
    const on = commits.get(row) ?? new Set();
    if (result && result.outcome !== "n/a") on.add(result.commit);
    commits.set(row, on);
  }
  const head = ["verb", "step", "killed", "at the", ...recoveries, "commit"];
  return [
    `| ${head.join(" | ")} |`,
    `|${head.map(() => "---").join("|")}|`,
    ...[...rows].map(
      ([row, cells]) => `| ${row} | ${cells.join(" | ")} | ${[...(commits.get(row) ?? [])].join(", ")} |`,
    ),
  ].join("\n");
}
