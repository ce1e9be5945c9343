import { isRecord } from "../model/spec.ts";
import { hasUnknown, propertyPath } from "../model/unknown.ts";
import { namesIn, outsideZone, writesRecords } from "../model/places.ts";
import { at, present } from "./rule.ts";
import type { Refusal, Rule } from "./rule.ts";
/**
 * Refuses a zone that does not cover the cluster's records. Route 53 would refuse them, and kOps would retry for ten
 * minutes after it made everything else. The names in a zone given by id are checked in AWS (`lookups/references.ts`).
 */
export const zone: Rule = ({ old, desired }) => {
  const { name, cluster } = desired;
  const dnsZone = present(at(desired, "cluster.dnsZone"));
  if (
    !isRecord(cluster) ||
    typeof name !== "string" ||
    typeof dnsZone !== "string" ||
    !dnsZone.includes(".") ||
    hasUnknown([name, dnsZone])
  )
    return [];
  if (!writesRecords(name, cluster)) return [];
  const before =
    isRecord(old?.["cluster"]) && at(old, "cluster.dnsZone") === dnsZone
      ? [old["name"], ...namesIn(old["cluster"]).map((one) => one.name)]
      : [];
  const names = [
    { path: ["name"], name },
    ...namesIn(cluster).map((one) => ({ path: ["cluster", ...one.path], name: one.name })),
  ];
  return names
    .filter((one) => !hasUnknown(one.name) && !before.includes(one.name))
    .flatMap((one): Refusal[] => {
      const problem = outsideZone(one.name, dnsZone);
      return problem === undefined ? [] : [{ property: propertyPath(one.path), reason: problem }];
    });
};
