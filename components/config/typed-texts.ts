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

/** Paths at which a schema expects text, and what is there has another type. */
function textPlaces(issues: readonly z.core.$ZodIssue[]): PropertyPath[] {
  return issues.flatMap((issue): PropertyPath[] => {
    if (issue.code === "invalid_type" && issue.expected === "string") return [issue.path];
    if (issue.code === "invalid_union")
      return issue.errors.flatMap((branch) => textPlaces(branch).map((path) => [...issue.path, ...path]));
    return [];
  });
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
  const { error } = schema.safeParse(value);
  const places = textPlaces(error?.issues ?? []).flatMap((path) => {
    const text = isFromConfig(path) ? textOf(valueAt(value, path)) : undefined;
    return text === undefined ? [] : [{ path, text }];
  });
  if (places.length === 0) return value;
  // Each round makes texts of at least one value, so this ends.
  const next = places.reduce((all, { path, text }) => withValue(all, path, text), value);
  return withTexts(schema, next, isFromConfig);
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
