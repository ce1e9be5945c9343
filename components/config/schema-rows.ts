import { z } from "zod";

/** The parts of JSON Schema that zod writes. */
interface Schema {
  type?: string;
  description?: string;
  enum?: unknown[];
  const?: string | number | boolean;
  default?: string | number | boolean | object;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
}

/** One key of a schema, at any depth. */
export interface SchemaRow {
  /** `nodeGroups.<name>.machineType`, `zones[]`. */
  path: string;
  type: string;
  /** Whether every form of its parent requires it. */
  required: boolean;
  description: string;
}

const formsOf = (schema: Schema): Schema[] => {
  const forms = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  return forms.length === 0 ? [schema] : forms.flatMap(formsOf);
};

function nameOf(schema: Schema): string {
  if (schema.const !== undefined) return String(schema.const);
  if (schema.enum) return schema.enum.map(String).join(", ");
  switch (schema.type) {
    case "string":
      return "text";
    case "integer":
      return "whole number";
    case "array":
      return `list of ${schema.items ? typeOf(schema.items) : "anything"}`;
    case "object":
      return "mapping";
    case undefined:
      return "anything";
    default:
      return schema.type;
  }
}

const typeOf = (schema: Schema): string => [...new Set(formsOf(schema).map(nameOf))].join(" or ");

/** The description in the first form that has one, and the default unless the description names it. */
function describe(variants: readonly Schema[]): string {
  const text = variants.find(({ description }) => description !== undefined)?.description ?? "";
  const value = variants.find((one) => one.default !== undefined)?.default;
  if (text === "" || value === undefined || typeof value === "object" || /default/i.test(text)) return text;
  return `${text} Default: ${String(value)}.`;
}

/** Keys below a value in any of its forms. Paths have `[]` for items and `.<name>` for free names. */
function* below(schema: Schema, path: string): Generator<SchemaRow> {
  const forms = formsOf(schema);
  const keys = [...new Set(forms.flatMap(({ properties = {} }) => Object.keys(properties)))];
  for (const key of keys) {
    const variants = forms.flatMap(({ properties = {} }) => properties[key] ?? []);
    const having = forms.filter(({ properties = {} }) => key in properties);
    const merged: Schema = variants.length === 1 ? (variants[0] ?? {}) : { anyOf: variants };
    const here = path === "" ? key : `${path}.${key}`;
    yield {
      path: here,
      type: typeOf(merged),
      required: having.every(({ required = [] }) => required.includes(key)),
      description: describe(variants),
    };
    yield* below(merged, here);
  }
  for (const { items, additionalProperties } of forms) {
    if (items) yield* below(items, `${path}[]`);
    if (typeof additionalProperties === "object") yield* below(additionalProperties, `${path}.<name>`);
  }
}

/** Every key of a schema in order of definition: as people write it (`input`) or as programs read it (`output`). */
export function schemaRows(schema: z.ZodType, io: "input" | "output"): SchemaRow[] {
  return [...below(z.toJSONSchema(schema, { io, target: "draft-7" }) as Schema, "")];
}

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");

/** A table in Markdown. */
export function rowsTable(rows: readonly SchemaRow[]): string {
  const lines = rows.map(
    ({ path, type, required, description }) =>
      `| \`${path}\` | ${cell(type)} | ${required ? "yes" : ""} | ${cell(description)} |`,
  );
  return ["| key | value | always | meaning |", "|---|---|---|---|", ...lines].join("\n");
}
