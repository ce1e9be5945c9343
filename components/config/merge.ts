export type PlainObject = Record<string, unknown>;

/** Whether a value is a plain mapping. Outputs of resources and the like are values and are never merged. */
export function isPlainObject(value: unknown): value is PlainObject {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function merge(base: PlainObject, over: PlainObject, keepNull: boolean): PlainObject {
  const merged: PlainObject = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const before = merged[key];
    if (value === null && !keepNull) Reflect.deleteProperty(merged, key);
    else if (isPlainObject(value)) merged[key] = merge(isPlainObject(before) ? before : {}, value, keepNull);
    else if (value !== undefined) merged[key] = value;
  }
  return merged;
}

/** `over` merged into `base`: mappings key by key, lists and scalars replace, `null` removes a key. */
export const deepMerge = (base: PlainObject, over: PlainObject): PlainObject => merge(base, over, false);

/** The same, but `null` stays: it removes the key of what the result is merged over. */
export const mergeKeepingNull = (base: PlainObject, over: PlainObject): PlainObject => merge(base, over, true);
