import { stages } from "./cycle.ts";
import type { Outcome } from "./cycle.ts";

const seconds = (value: number | undefined): string => (value === undefined ? "-" : String(Math.round(value)));

/** One line when a manifest ends. */
export function lineOf({ slug, seconds: took, problem }: Outcome): string {
  const times = stages.map((stage) => `${stage} ${seconds(took[stage]).padStart(2)}`).join("  ");
  return `${slug.padEnd(28)} ${times}  ${problem === undefined ? "ok" : `FAILED ${problem}`}`;
}

export function summaryOf(outcomes: readonly Outcome[]): string {
  const failed = outcomes.filter(({ problem }) => problem !== undefined).length;
  return `${outcomes.length - failed} passed, ${failed} failed`;
}

const cell = (text: string): string => text.replace(/\s+/g, " ").replaceAll("|", "\\|").slice(0, 400);

/** A manifest's row in the table of the docs. */
export function rowOf({ slug, seconds: took, problem }: Outcome, purpose: string, day: string): string {
  const result = problem === undefined ? "passed" : `**failed**: ${cell(problem)}`;
  return (
    `| [${slug}](../../tests/corpus/manifests/${slug}.yaml) | ${cell(purpose)} | ` +
    `${stages.map((stage) => seconds(took[stage])).join(" | ")} | ${day} | ${result} |`
  );
}

export function tableOf(rows: readonly string[]): string {
  return [
    `| manifest | what it is there for | ${stages.join(" | ")} | run on | result |`,
    "|---|---|---|---|---|---|---|---|",
    ...rows,
  ].join("\n");
}
