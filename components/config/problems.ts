import { z } from "zod";
import { ConfigError } from "../../providers/kops/model/errors.ts";

/** One problem in what people wrote. */
export interface Problem {
  /** File or config key. */
  source: string;
  /** Line in that file, counted from 1, if known. */
  line?: number;
  /** Property path, `nodeGroups.nodes.machineType`; empty for the whole document. */
  path: string;
  /** What is wrong and what is allowed. */
  message: string;
}

export type PropertyPath = readonly PropertyKey[];

export function pathText(path: PropertyPath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? String(part) : `${text}.${String(part)}`;
  }, "");
}

/** Whether a value has anything at a path. */
export function has(value: unknown, path: PropertyPath): boolean {
  let part = value;
  for (const key of path) {
    if (typeof part !== "object" || part === null || !(key in part)) return false;
    part = (part as Record<PropertyKey, unknown>)[key];
  }
  return true;
}

function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [row, letter] of a.split("").entries()) {
    const current = [row + 1];
    for (const [column, other] of b.split("").entries()) {
      current.push(
        Math.min(
          (previous[column + 1] ?? 0) + 1,
          (current[column] ?? 0) + 1,
          (previous[column] ?? 0) + (letter === other ? 0 : 1),
        ),
      );
    }
    previous = current;
  }
  return previous.at(-1) ?? 0;
}

/** The known key that was probably meant, if one is close enough. */
export function nearest(key: string, known: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(key.length / 3));
  return known
    .map((name) => ({ name, far: distance(key.toLowerCase(), name.toLowerCase()) }))
    .filter(({ far }) => far <= limit)
    .sort((a, b) => a.far - b.far)[0]?.name;
}

/** One line for each key. */
function unknownKeys(keys: readonly string[], known: readonly string[]): string {
  return keys
    .map((key) => {
      const meant = nearest(key, known);
      return (
        `unknown key "${key}"${meant === undefined ? "" : `, did you mean "${meant}"?`} (known here: ` +
        `${known.join(", ")})`
      );
    })
    .join("\n");
}

/** An object that refuses unknown keys and suggests the one that was probably meant. */
export function strict<Shape extends z.core.$ZodShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  return z.strictObject(shape, {
    error: (issue) => (issue.code === "unrecognized_keys" ? unknownKeys(issue.keys, Object.keys(shape)) : undefined),
  });
}

function kindOf(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  return `${typeof value} ${JSON.stringify(value)}`;
}

const kinds: Record<string, string> = {
  object: "a mapping",
  record: "a mapping",
  array: "a list",
  int: "a whole number",
  number: "a number",
  string: "text",
  boolean: "true or false",
};

/** Describes wrong types in the terms of YAML; schemas and zod word everything else. */
const wording: z.core.$ZodErrorMap = (issue) => {
  if (issue.code === "invalid_type") {
    const desired = kinds[issue.expected] ?? issue.expected;
    return issue.input === undefined
      ? `is missing: must be ${desired}`
      : `must be ${desired}, not ${kindOf(issue.input)}`;
  }
  if (issue.code === "invalid_value") {
    const allowed = issue.values.map((value) => String(value)).join(", ");
    return issue.input === undefined
      ? `is missing: must be one of ${allowed}`
      : `must be one of ${allowed}, not ${kindOf(issue.input)}`;
  }
  if (issue.code === "invalid_union" && "options" in issue && Array.isArray(issue.options)) {
    return `must be one of ${issue.options.map(String).join(", ")}`;
  }
  return undefined;
};

/** A problem at a path in a value. */
export interface Issue {
  path: PropertyPath;
  message: string;
}

export type Parsed<T> = { ok: true; value: T } | { ok: false; issues: Issue[] };

function issuesOf(issue: z.core.$ZodIssue): Issue[] {
  if (issue.code === "unrecognized_keys") {
    const lines = issue.message.split("\n");
    return issue.keys.map((key, index) => ({ path: [...issue.path, key], message: lines[index] ?? issue.message }));
  }
  // A value that can have several forms: report what is wrong inside the form that it has.
  if (issue.code === "invalid_union") {
    const [meant, other] = issue.errors.filter((branch) =>
      branch.every(({ path, code }) => path.length > 0 || code === "unrecognized_keys"),
    );
    if (meant && !other)
      return meant.flatMap(issuesOf).map(({ path, message }) => ({ path: [...issue.path, ...path], message }));
  }
  // zod only says that a key is wrong; the reason is one level deeper.
  if (issue.code === "invalid_key")
    return [{ path: issue.path, message: issue.issues.map(({ message }) => message).join("; ") }];
  return [{ path: issue.path, message: issue.message }];
}

/** The parsed value, or all its issues with their paths. Never throws. */
export function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): Parsed<z.output<Schema>> {
  const result = schema.safeParse(value, { error: wording });
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, issues: result.error.issues.flatMap(issuesOf) };
}

function problemText({ source, line, path, message }: Problem): string {
  return `${source}${line === undefined ? "" : `:${line}`}: ${path === "" ? "" : `${path}: `}${message}`;
}

/** All problems in one error, each on its own line. `touched`: what changed meanwhile, if anything. */
export function problemsError(
  what: string,
  problems: readonly Problem[],
  touched = "nothing was changed",
): ConfigError {
  const lines = [...new Set(problems.map(problemText))];
  return new ConfigError({
    what: `${what} (${lines.length} ${lines.length === 1 ? "problem" : "problems"}; ${touched})`,
    why: lines.join("\n  "),
    next: "correct the lines above and run the same command again",
  });
}
