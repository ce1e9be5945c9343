import { isSupported, oldestSupported } from "./binary.ts";
import { kopsClusterInputs } from "./inputs.ts";
import type { KopsClusterInputs } from "./inputs.ts";
import { unknownRollGroups } from "./roll-groups.ts";
import { isControlPlane } from "./spec.ts";
import { hasUnknown, unknownValue } from "./unknown.ts";

/** One problem of the inputs: where, and what. */
export interface Failure {
  property: string;
  reason: string;
}

function pathOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => (typeof part === "number" ? `${text}[${part}]` : text ? `${text}.${String(part)}` : String(part)), "");
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, part) => (at !== null && typeof at === "object" ? (at as Record<PropertyKey, unknown>)[part] : undefined), value);
}

/** Rules over several inputs. Each says what it found and what is allowed. */
function refusals(inputs: KopsClusterInputs, old: Partial<KopsClusterInputs> | undefined): Failure[] {
  const failures: Failure[] = [];
  for (const property of ["name", "stateStore"] as const) {
    const before = old?.[property];
    if (before !== undefined && inputs[property] !== unknownValue && before !== inputs[property]) {
      failures.push({
        property,
        reason: `cannot change from ${before} to ${inputs[property]}: it would be another cluster; add the new one beside it, move the workloads, then remove this one`,
      });
    }
  }
  if (!isSupported(inputs.kopsVersion) && inputs.kopsVersion !== unknownValue) {
    failures.push({ property: "kopsVersion", reason: `${inputs.kopsVersion} is too old: this program needs kOps ${oldestSupported} or newer` });
  }
  if (!hasUnknown(inputs.instanceGroups) && !Object.values(inputs.instanceGroups).some(isControlPlane)) {
    failures.push({ property: "instanceGroups", reason: "no group has role: ControlPlane" });
  }
  failures.push(...unknownRollGroups(inputs));
  if (typeof inputs.cluster["kubernetesVersion"] !== "string") {
    failures.push({ property: "cluster.kubernetesVersion", reason: "must be given as text, such as 1.34.3: left out, kOps would choose another one in time" });
  }
  return failures;
}

/**
 * All problems of the given inputs at once. Values that are not known yet are tolerated wherever they stand. Nothing is
 * asked of the network here.
 */
export function checkInputs(news: Record<string, unknown>, old?: Record<string, unknown>): Failure[] {
  const parsed = kopsClusterInputs.safeParse(news);
  const shape = (parsed.error?.issues ?? [])
    .filter((issue) => !hasUnknown(valueAt(news, issue.path)))
    .map((issue) => ({ property: pathOf(issue.path), reason: issue.message }));
  if (shape.length > 0) return shape;
  return refusals(parsed.success ? parsed.data : (news as KopsClusterInputs), old);
}
