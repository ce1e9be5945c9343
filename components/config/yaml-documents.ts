import yaml from "js-yaml";
import { messageOf } from "../../providers/kops/model/errors.ts";
import type { PropertyPath } from "./problems.ts";
import { lineOf } from "./yaml-lines.ts";

/** One document of a YAML file, and where it stands in it. */
export interface YamlDocument {
  text: string;
  /** Line of the file in which the document's first one stands, counted from 1. */
  firstLine: number;
  value: unknown;
}

/** A place in a file that is no YAML. */
export interface YamlError {
  line?: number;
  message: string;
}

/**
 * The documents of a YAML file that hold anything, each parsed on its own so that its lines are known. A line that
 * begins with `---` always parts two documents: inside a text block it would be indented.
 */
export function yamlDocuments(text: string): { documents: YamlDocument[]; error?: YamlError } {
  const parts: { lines: string[]; firstLine: number }[] = [{ lines: [], firstLine: 1 }];
  for (const [index, line] of text.split("\n").entries()) {
    if (/^---(\s|$)/.test(line)) parts.push({ lines: [line.replace(/^---\s?/, "")], firstLine: index + 1 });
    else parts.at(-1)?.lines.push(line);
  }
  const documents: YamlDocument[] = [];
  for (const { lines, firstLine } of parts) {
    const own = lines.join("\n");
    try {
      const value = yaml.load(own);
      if (value !== undefined && value !== null) documents.push({ text: own, firstLine, value });
    } catch (error) {
      if (!(error instanceof yaml.YAMLException)) return { documents, error: { message: messageOf(error) } };
      return { documents, error: { line: firstLine + error.mark.line, message: error.reason } };
    }
  }
  return { documents };
}

/** The line of the file, counted from 1, where a property of a document stands, or its closest parent. */
export function documentLine({ text, firstLine }: YamlDocument, path: PropertyPath): number {
  return firstLine + (lineOf(text, path) ?? 1) - 1;
}
