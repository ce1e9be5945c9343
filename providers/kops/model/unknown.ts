/**
 * The engine sends this in place of a value that is not known yet (rpc.unknownValue in @pulumi/pulumi, runtime/rpc.ts).
 * The plugin protocol fixes it.
 */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Whether any part of the value is not known yet. */
export function hasUnknown(value: unknown): boolean {
  if (value === unknownValue) return true;
  if (Array.isArray(value)) return value.some(hasUnknown);
  return value !== null && typeof value === "object" && Object.values(value).some(hasUnknown);
}

/** Paths to the unknown parts of the value, such as `cluster.networking.subnets[2].id`. */
export function unknownPaths(value: unknown, path: readonly PropertyKey[] = []): string[] {
  if (value === unknownValue) return [propertyPath(path)];
  if (value === null || typeof value !== "object") return [];
  const entries = Array.isArray(value) ? value.map((item, index) => [index, item] as const) : Object.entries(value);
  return entries.flatMap(([key, item]) => unknownPaths(item, [...path, key]));
}

/** A path as people write it, such as `cluster.networking.subnets[2].id`. */
export function propertyPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[${part}]` : text ? `${text}.${String(part)}` : String(part)),
    "",
  );
}

/** The path in a text of {@link propertyPath}. */
export const pathIn = (property: string): PropertyKey[] =>
  [...property.matchAll(/\[(\d+)\]|[^.[\]]+/g)].map(([step, index]) => (index === undefined ? step : Number(index)));
