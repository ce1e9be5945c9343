export type PlainObject = Record<string, unknown>;

/** Whether a value is a plain mapping. Outputs of resources and the like are values and are never merged. */
export function isPlainObject(value: unknown): value is PlainObject {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** `over` merged into `base`: mappings key by key, lists and scalars replace, `null` removes a key. */
export function deepMerge(base: PlainObject, over: PlainObject): PlainObject {
  const merged: PlainObject = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const before = merged[key];
    if (value === null) Reflect.deleteProperty(merged, key);
    else if (isPlainObject(value)) merged[key] = deepMerge(isPlainObject(before) ? before : {}, value);
    else if (value !== undefined) merged[key] = value;
  }
  return merged;
}
