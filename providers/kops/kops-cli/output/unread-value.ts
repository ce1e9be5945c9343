import { isRecord } from "../../model/spec.ts";

/** A value that kOps cannot read, because its field takes another type. */
export interface UnreadValue {
  /** Type in JSON's words: `number`, `string`, `bool`, `array`, `object`. */
  given: string;
  /** Path below `spec`, without indices of lists and keys of mappings. */
  path: string[];
  /** Type of Go. */
  taken: string;
}

/** Reads what Go's decoder says about a value of the wrong type. */
export function unreadValueIn(text: string): UnreadValue | undefined {
  const found = /json: cannot unmarshal (\w+) into Go struct field \w+\.spec\.(\S+) of type (\S+)/.exec(text);
  if (!found) return undefined;
  const [, given = "", path = "", taken = ""] = found;
  return { given, path: path.split("."), taken };
}

const typeOf = (value: unknown): string => {
  if (Array.isArray(value)) return "array";
  if (typeof value === "boolean") return "bool";
  return typeof value;
};

/** Paths of the values that it can be: kOps names neither the object nor indices. */
function* valuesAt(value: unknown, path: readonly string[], at: PropertyKey[]): Generator<[PropertyKey[], unknown]> {
  const [key, ...rest] = path;
  if (key === undefined) yield [at, value];
  if (Array.isArray(value)) for (const [index, one] of value.entries()) yield* valuesAt(one, path, [...at, index]);
  else if (isRecord(value)) {
    if (key === undefined) for (const [name, one] of Object.entries(value)) yield [[...at, name], one];
    else if (key in value) yield* valuesAt(value[key], rest, [...at, key]);
  }
}

/** Where the inputs have such a value, with the value. */
export function findUnread(
  { path, given }: UnreadValue,
  { cluster, instanceGroups }: { cluster: unknown; instanceGroups: Readonly<Record<string, unknown>> },
): { path: PropertyKey[]; value: unknown } | undefined {
  const places: [PropertyKey[], unknown][] = [
    [["cluster"], cluster],
    ...Object.entries(instanceGroups).map(([name, group]): [PropertyKey[], unknown] => [
      ["instanceGroups", name],
      group,
    ]),
  ];
  for (const [start, spec] of places)
    for (const [at, value] of valuesAt(spec, path, start)) if (typeOf(value) === given) return { path: at, value };
  return undefined;
}

/** What is wrong with the value, and what to write. */
export function unreadReason({ given, taken }: UnreadValue, value: unknown): string {
  const names: Readonly<Record<string, string>> = { bool: "true or false", array: "a list", object: "a mapping" };
  if (taken === "string" && (given === "number" || given === "bool"))
    return `is read as ${given === "number" ? "the number " : ""}${String(value)}, and kOps takes text here: quote it`;
  const wanted = /^(u?int|float)/.test(taken) ? "a number" : (names[taken] ?? taken);
  return `is ${given === "string" ? "text" : (names[given] ?? given)}, and kOps takes ${wanted} here`;
}
