import { fieldsOf } from "../model/spec.ts";
import { rangeProblems } from "../model/ranges.ts";
import { hasUnknown } from "../model/unknown.ts";
import { at, guides } from "./rule.ts";
import type { Rule } from "./rule.ts";

/** Fields whose changes `fixedFields` refuses. */
const fixed = ["nonMasqueradeCIDR", "podCIDR", "serviceClusterIPRange"] as const;

/** Overlaps of ranges. Those that a cluster lives with, also an adopted one, are left alone. */
export const ranges: Rule = ({ old, desired }) => {
  if ((desired["adopt"] ?? false) !== false || hasUnknown(at(desired, "cluster.networking"))) return [];
  const cluster = fieldsOf(desired["cluster"]);
  const before = old && fieldsOf(old["cluster"]);
  const kept = before ? Object.fromEntries(fixed.map((field) => [field, before[field]])) : {};
  const known = new Set(before ? rangeProblems(before).map(({ message }) => message) : []);
  return rangeProblems({ ...cluster, ...kept })
    .filter(({ message }) => !known.has(message))
    .map(({ field, message, exempt }) => ({
      ...(exempt && { name: "ranges" as const }),
      property: `cluster.${field}`,
      reason: message,
      guide: guides.networking,
    }));
};
