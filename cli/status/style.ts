import { stripVTControlCharacters, styleText } from "node:util";

type Style = "bold" | "dim" | "green" | "yellow" | "red" | "cyan";

/** How a text is written: its width and its colours. */
export interface Look {
  /** Columns; undefined where lines are not cut, as in logs. */
  width: number | undefined;
  colour: boolean;
}

/** Colours a text, if colours are on. */
export const paint = ({ colour }: Look, style: Style, text: string): string =>
  colour && text !== "" ? styleText(style, text, { validateStream: false }) : text;

/** What the terminal of a stream can show. `NO_COLOR` and `FORCE_COLOR` decide before its kind. */
export function lookOf(
  stream: { isTTY?: boolean; columns?: number },
  env: NodeJS.ProcessEnv,
): Look & { live: boolean } {
  const terminal = stream.isTTY === true && env["TERM"] !== "dumb";
  const forced = env["FORCE_COLOR"];
  const colour = env["NO_COLOR"] ? false : forced !== undefined && forced !== "" ? forced !== "0" : terminal;
  return {
    colour,
    width: terminal ? Math.max(20, stream.columns ?? 80) : undefined,
    // A pipeline may have a terminal, and keeps what is printed as a log.
    live: terminal && !env["CI"],
  };
}

const widthOf = (text: string): number => Array.from(stripVTControlCharacters(text)).length;

/** Cuts a text that has no colours yet. */
export function cut(text: string, width: number | undefined): string {
  const letters = Array.from(text);
  return width === undefined || letters.length <= width
    ? text
    : `${letters.slice(0, Math.max(0, width - 1)).join("")}…`;
}

/** Fills up to a width, whatever colours the text has. */
export function pad(text: string, width: number): string {
  return `${text}${" ".repeat(Math.max(0, width - widthOf(text)))}`;
}

/** Words in lines of a width; later lines are indented. Several spaces, as at the beginning, are part of a word. */
export function wrap(text: string, width: number | undefined, indent = 0): string[] {
  if (width === undefined) return [text];
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/(?<! ) (?! )/)) {
    const room = width - (lines.length === 0 ? 0 : indent);
    if (line !== "" && widthOf(line) + 1 + widthOf(word) > room) {
      lines.push(line);
      line = cut(word, width - indent);
    } else line = line === "" ? cut(word, room) : `${line} ${word}`;
  }
  lines.push(line);
  return lines.map((one, index) => (index === 0 ? one : `${" ".repeat(indent)}${one}`));
}

/** Cells in columns; the last column takes what is left of the width. */
export function table(rows: readonly (readonly string[])[], { width }: Pick<Look, "width">): string[] {
  const widths = rows.reduce<number[]>(
    (most, row) => row.map((cell, index) => Math.max(most[index] ?? 0, widthOf(cell))),
    [],
  );
  return rows.map((row) => {
    const cells = row.map((cell, index) => (index === row.length - 1 ? cell : pad(cell, widths[index] ?? 0)));
    return cut(stripVTControlCharacters(cells.join("  ")).trimEnd(), width);
  });
}
