import type { z } from "zod";
import { isPlainObject } from "./merge.ts";
import { parse, type Parsed, type PropertyPath } from "./problems.ts";

/*
 * `pulumi config set --path` makes a number of whole digits and a boolean of `true` and `false` (`coerce` in
 * sdk/go/common/resource/config), also where text is meant. `--type string` keeps the text.
 */

/** The text that a value certainly was; undefined if another text may have become the same value. */
function textOf(value: unknown): string | undefined {
  if (typeof value === "boolean" || (typeof value === "number" && Number.isSafeInteger(value))) return String(value);
  return undefined;
}

/**
 * Paths at which a schema expects text; in a union, at which any form of it does. A form of a union in which only text
 * is expected is the one that was meant: its paths are plain.
 */
function textPlaces(issues: readonly z.core.$ZodIssue[]): { plain: PropertyPath[]; inUnions: PropertyPath[] } {
  const plain: PropertyPath[] = [];
  const inUnions: PropertyPath[] = [];
  for (const issue of issues) {
    if (issue.code === "invalid_type" && issue.expected === "string") plain.push(issue.path);
    if (issue.code !== "invalid_union") continue;
    for (const branch of issue.errors) {
      const below = textPlaces(branch);
      const isMeant = below.plain.length === branch.length;
      (isMeant ? plain : inUnions).push(...[...below.plain, ...below.inUnions].map((path) => [...issue.path, ...path]));
    }
  }
  return { plain, inUnions };
}

function valueAt(value: unknown, path: PropertyPath): unknown {
  return path.reduce<unknown>(
    (part, key) =>
      typeof part === "object" && part !== null ? (part as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
}

function withValue(value: unknown, [key, ...rest]: PropertyPath, text: string): unknown {
  if (key === undefined) return text;
  if (Array.isArray(value))
    return value.map((one: unknown, index) => (index === key ? withValue(one, rest, text) : one));
  return isPlainObject(value) ? { ...value, [key]: withValue(value[String(key)], rest, text) } : value;
}

/** `value` with text instead of numbers and booleans, where the schema takes text and only one text is possible. */
export function withTexts(
  schema: z.ZodType,
  value: unknown,
  isFromConfig: (path: PropertyPath) => boolean = () => true,
): unknown {
  const issuesOf = (one: unknown): z.core.$ZodIssue[] => schema.safeParse(one).error?.issues ?? [];
  const before = issuesOf(value);
  const { plain, inUnions } = textPlaces(before);
  const changed = (paths: readonly PropertyPath[]): unknown =>
    paths.reduce<unknown>((all, path) => {
      const text = isFromConfig(path) ? textOf(valueAt(value, path)) : undefined;
      return text === undefined ? all : withValue(all, path, text);
    }, value);
  // Each round makes texts of at least one value, so this ends.
  const next = changed(plain);
  if (next !== value) return withTexts(schema, next, isFromConfig);
  // Another form of the union may have been meant, which is wrong for another reason.
  const other = changed(inUnions);
  return other !== value && issuesOf(other).length < before.length ? withTexts(schema, other, isFromConfig) : value;
}

/** A path as `pulumi config set --path` takes it. */
export function configPath(key: string, path: PropertyPath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return /^[\w-]+$/.test(String(part)) ? `${text}.${String(part)}` : `${text}[${JSON.stringify(String(part))}]`;
  }, key);
}

/**
 * {@link parse} for a value of a stack's config. A problem at a number where text is meant names the command that keeps
 * the text. `keyOf`: the config key and the path below it.
 */
export function parseConfig<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  keyOf: (path: PropertyPath) => { key: string; path: PropertyPath },
): Parsed<z.output<Schema>> {
  const texts = withTexts(schema, value);
  const parsed = parse(schema, texts);
  if (parsed.ok) return parsed;
  return {
    ok: false,
    issues: parsed.issues.map(({ path, message }) => {
      const was = valueAt(value, path);
      const meansText = typeof valueAt(texts, path) === "string" || message.startsWith("must be text");
      if (typeof was !== "number" || !meansText) return { path, message };
      const { key, path: below } = keyOf(path);
      return {
        path,
        message:
          `${message}. The config has a number here, which has lost its leading zeros and those after the point: run \`pulumi config set --path --type string '${configPath(key, below)}' TEXT\`, or write the ` +
          "text in quotation marks",
      };
    }),
  };
}
