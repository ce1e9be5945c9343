import { isPlainObject, type PlainObject } from "../../components/config/merge.ts";
import { canonicalJson } from "../../providers/kops/model/spec.ts";

/** Without what is absent either way, and with one name for the control plane: v1alpha2 calls it Master. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, one]) => one !== undefined && one !== null)
      .map(([key, one]) => [key, key === "role" && one === "ControlPlane" ? "Master" : plain(one)]),
  );
}

/**
 * Whether two parts of a spec are one to kOps. An empty mapping is a value, because `kindnet: {}` chooses a network.
 */
export function isSame(one: unknown, other: unknown): boolean {
  return canonicalJson(plain(one)) === canonicalJson(plain(other));
}

/** What to merge over `base` so that it becomes `wanted`; undefined if nothing. `null` removes a key. */
export function overlayOf(base: PlainObject, wanted: PlainObject): PlainObject | undefined {
  const over: PlainObject = {};
  for (const key of [...new Set([...Object.keys(base), ...Object.keys(wanted)])].sort()) {
    const [before, after] = [base[key], wanted[key]];
    if (isSame({ [key]: before }, { [key]: after })) continue;
    if (after === undefined || after === null) over[key] = null;
    else over[key] = isPlainObject(before) && isPlainObject(after) ? (overlayOf(before, after) ?? {}) : after;
  }
  return Object.keys(over).length === 0 ? undefined : over;
}

/** How many values a part of a spec has: how long it is in a file. */
export function countValues(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, one) => sum + countValues(one), 0);
  if (isPlainObject(value)) return Object.values(value).reduce<number>((sum, one) => sum + countValues(one), 0);
  return 1;
}
