import { stripVTControlCharacters, styleText } from "node:util";
import { cut, widthOf } from "../../providers/kops/runtime/terminal.ts";
import type { Look } from "../../providers/kops/runtime/terminal.ts";

type Style = "bold" | "dim" | "green" | "yellow" | "red" | "cyan";

/** Colours a text, if colours are on. */
export const paint = ({ colour }: Look, style: Style, text: string): string =>
  colour && text !== "" ? styleText(style, text, { validateStream: false }) : text;

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
