import { changedText, durationOf, minuteOf, whoText } from "./told.ts";
import type { Told } from "./told.ts";

/** Columns that are as wide as their widest text. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows
    .map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** No control character, such as an escape sequence for the terminal. */
const printable = (text: string): string => text.replace(/\p{Cc}+/gu, " ");

/** Operations as a table for a terminal. `named`: with the cluster of each. */
export function historyTable(operations: readonly Told[], { named }: { named: boolean }): string {
  const head = ["WHEN (UTC)", "TOOK", ...(named ? ["CLUSTER"] : []), "VERB", "RESULT", "BY", "CHANGED", "NODES", "ID"];
  const rows = operations.map((told) => {
    const { record, outcome } = told;
    const nodes = record.nodes.filter(({ stopped }) => stopped !== undefined).length;
    return [
      ...[minuteOf(record.begun), durationOf(told), ...(named ? [record.cluster] : []), record.verb, outcome],
      ...[whoText(record.by), changedText(record), nodes === 0 ? "-" : String(nodes), record.id.slice(0, 8)],
    ].map(printable);
  });
  return columns([head, ...rows]);
}
