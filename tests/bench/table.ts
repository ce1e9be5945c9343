import { cpus, totalmem } from "node:os";

/** One row of a bench: the command, and the duration of each run. */
export interface Row {
  readonly move: string;
  readonly figures: readonly number[];
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Median, least and most of each row, below the machine that it was measured on. */
export function table(rows: readonly Row[], unit: string): string {
  const width = Math.max(...rows.map(({ move }) => move.length));
  const lines = rows.map(({ move, figures }) => {
    const numbers = [median(figures), Math.min(...figures), Math.max(...figures)]
      .map((value) => value.toFixed(1).padStart(6))
      .join("  ");
    return `${move.padEnd(width)}  ${String(figures.length).padStart(4)}  ${numbers}`;
  });
  return [
    `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, node ${process.version}; ${unit}`,
    `${"".padEnd(width)}  runs  median     min     max`,
    ...lines,
  ].join("\n");
}
