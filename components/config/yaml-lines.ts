import type { PropertyPath } from "./problems.ts";

const indentOf = (line: string): number => line.length - line.trimStart().length;

const holdsNothing = (line: string): boolean => /^\s*(#.*)?$/.test(line) || /^(---|\.\.\.)/.test(line);

const escaped = (key: string): string => key.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

/**
 * The line, counted from 1, where a property of a YAML document in block style stands; of its closest parent when it
 * stands in a list, in flow style or nowhere. Undefined for the document itself.
 */
export function lineOf(text: string, path: PropertyPath): number | undefined {
  const lines = text.split("\n");
  let found: number | undefined;
  let parentIndent = -1;
  let from = 0;
  for (const key of path) {
    if (typeof key !== "string") break;
    const pattern = new RegExp(`^\\s*(["']?)${escaped(key)}\\1\\s*:(\\s|$)`);
    let indent: number | undefined;
    let next: number | undefined;
    for (const [index, line] of lines.entries()) {
      if (index < from || holdsNothing(line)) continue;
      if (indentOf(line) <= parentIndent) break;
      indent ??= indentOf(line);
      if (indentOf(line) === indent && pattern.test(line)) {
        next = index;
        break;
      }
    }
    if (next === undefined) break;
    found = next;
    parentIndent = indent ?? 0;
    from = next + 1;
  }
  return found === undefined ? undefined : found + 1;
}
