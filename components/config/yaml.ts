import yaml from "js-yaml";
import { isMap, isScalar, LineCounter, parseDocument, type Scalar, type YAMLMap } from "yaml";
import { messageOf } from "../../providers/kops/model/errors.ts";
import { plainYaml } from "./kops-yaml.ts";
import type { PropertyPath } from "./problems.ts";

/*
 * js-yaml decides what a file means and whether it is valid; the yaml package only says where things stand. They differ
 * (merge keys, duplicate keys), and clusters that exist were read by js-yaml.
 */

/** One document of a YAML file. */
export interface YamlDocument {
  text: string;
  /** Line of the file on which the document starts, counted from 1. */
  firstLine: number;
  value: unknown;
}

/** A place in a file that is not valid YAML. */
export interface YamlError {
  line?: number;
  message: string;
}

/**
 * The documents of a YAML file that are not empty, each parsed on its own so that its lines are known. A line that
 * begins with `---` always separates two documents: inside a text block it would be indented. `schema`: how values are
 * read.
 */
export function yamlDocuments(
  text: string,
  schema: yaml.Schema = plainYaml,
): {
  documents: YamlDocument[];
  error?: YamlError;
} {
  const parts: { lines: string[]; firstLine: number }[] = [{ lines: [], firstLine: 1 }];
  for (const [index, line] of text.split("\n").entries()) {
    if (/^---(\s|$)/.test(line)) parts.push({ lines: [line.replace(/^---\s?/, "")], firstLine: index + 1 });
    else parts.at(-1)?.lines.push(line);
  }
  const documents: YamlDocument[] = [];
  for (const { lines, firstLine } of parts) {
    const own = lines.join("\n");
    try {
      const value = yaml.load(own, { schema });
      if (value !== undefined && value !== null) documents.push({ text: own, firstLine, value });
    } catch (error) {
      if (!(error instanceof yaml.YAMLException)) return { documents, error: { message: messageOf(error) } };
      return { documents, error: { line: firstLine + error.mark.line, message: error.reason } };
    }
  }
  return { documents };
}

function keyIn(map: YAMLMap, name: string): { key: Scalar; value: unknown } | undefined {
  for (const { key, value } of map.items) if (isScalar(key) && String(key.value) === name) return { key, value };
  return undefined;
}

/**
 * The line of the file, counted from 1, of a property in a document; of its closest parent when the property is in a
 * list, in flow style or absent. Undefined for the document itself.
 */
export function lineOf({ text, firstLine }: YamlDocument, path: PropertyPath): number | undefined {
  const lineCounter = new LineCounter();
  let part: unknown = parseDocument(text, { lineCounter, uniqueKeys: false }).contents;
  let line: number | undefined;
  for (const name of path) {
    const found = typeof name === "string" && isMap(part) && part.flow !== true ? keyIn(part, name) : undefined;
    if (!found?.key.range) break;
    line = firstLine + lineCounter.linePos(found.key.range[0]).line - 1;
    part = found.value;
  }
  return line;
}
