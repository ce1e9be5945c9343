export type PlainObject = Record<string, unknown>;

/** Only objects written as such: outputs of resources and the like are values, never merged into. */
export function isPlainObject(value: unknown): value is PlainObject {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** `over` laid on `base`: mappings are merged key by key, lists and scalars are replaced, `null` removes a key. */
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
