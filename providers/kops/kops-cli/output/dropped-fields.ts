import { isRecord } from "../../model/spec.ts";

/** Fields of v1alpha2 that kOps reads and ignores (TopologySpec): old manifests have them. */
const ignored: ReadonlySet<string> = new Set(["cluster.topology.masters", "cluster.topology.nodes"]);

/** Keys that kOps reads and writes under different names (pkg/apis/kops/v1alpha2/conversion.go): policies by role. */
const writtenAs: ReadonlyMap<string, string> = new Map([
  ["cluster.additionalPolicies.control-plane", "master"],
  ["cluster.externalPolicies.control-plane", "master"],
]);

/** Whether kOps may leave the value out of what it writes, because an absent field means the same. */
function isZero(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === "") return true;
  return typeof value === "object" && Object.values(value).every(isZero);
}

/** Paths of desired fields that are not in the manifest kOps stored: kOps does not know them. */
export function droppedFields(desired: unknown, stored: unknown, path: string): string[] {
  if (isZero(desired) || ignored.has(path)) return [];
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
