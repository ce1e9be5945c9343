import { isRecord } from "../../model/spec.ts";
import { isUnused } from "./unused-fields.ts";

/** Keys that kOps reads and writes under different names (pkg/apis/kops/v1alpha2/conversion.go): policies by role. */
const writtenAs: ReadonlyMap<string, string> = new Map([
  ["cluster.additionalPolicies.control-plane", "master"],
  ["cluster.externalPolicies.control-plane", "master"],
]);

/**
 * Whether kOps may leave the value out of what it writes: an absent field means the same, or kOps does not use the
 * field.
 */
function isLeftOut(value: unknown, path: string): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === "") return true;
  if (isUnused(path)) return true;
  if (Array.isArray(value)) return value.every((one, index) => isLeftOut(one, `${path}[${index}]`));
  return isRecord(value) && Object.entries(value).every(([key, one]) => isLeftOut(one, `${path}.${key}`));
}

/** Paths of desired fields that are not in the manifest kOps stored: kOps does not know them. */
export function droppedFields(desired: unknown, stored: unknown, path: string): string[] {
  if (isLeftOut(desired, path)) return [];
  if (stored === undefined || stored === null) return [path];
  if (Array.isArray(desired) && Array.isArray(stored)) {
    return desired.length === stored.length
      ? desired.flatMap((one, index) => droppedFields(one, stored[index], `${path}[${index}]`))
      : [];
  }
  if (!isRecord(desired) || !isRecord(stored)) return [];
  return Object.keys(desired).flatMap((key) =>
    droppedFields(desired[key], stored[writtenAs.get(`${path}.${key}`) ?? key] ?? stored[key], `${path}.${key}`),
  );
}
