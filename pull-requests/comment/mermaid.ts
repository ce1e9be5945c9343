/** Longest text of a diagram, and the most groups in one: more are a table's matter. */
const longest = 60;
const mostPeriods = 24;

/**
 * Text that Mermaid takes for text. A colon would begin the next event, a line break the next statement, `#` a comment,
 * `%%{` settings; HTML and links need characters that are not left either.
 */
export function label(text: string): string {
  return (
    text
      .replace(/[^A-Za-z0-9 ._/-]+/g, " ")
      .replace(/\s+/g, " ")
      .trim()
      .slice(0, longest)
      .trim() || "-"
  );
}

export interface Period {
  name: string;
  events: readonly string[];
}

/**
 * A timeline, which GitHub draws: sections with periods in their order. A period begins with its number, so no name
 * is a word of the grammar. Undefined if it would be empty or too long to read.
 */
export function timeline(sections: readonly { name: string; periods: readonly Period[] }[]): string | undefined {
  const count = sections.reduce((sum, { periods }) => sum + periods.length, 0);
  if (count === 0 || count > mostPeriods) return undefined;
  const lines = sections.flatMap(({ name, periods }) => [
    `  section ${label(name)}`,
    ...periods.map((period, index) =>
      [`    ${index + 1}. ${label(period.name)}`, ...period.events.map(label)].join(" : "),
    ),
  ]);
  return ["```mermaid", "timeline", ...lines, "```"].join("\n");
}
