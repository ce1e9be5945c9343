import { isRecord } from "../model/spec.ts";
import { hasUnknown, propertyPath } from "../model/unknown.ts";
import { namesIn, newPlaceProblem, outsideZone, placeProblem, placesIn, writesRecords } from "../model/places.ts";
import { at, guides, present } from "./rule.ts";
import type { Refusal, Rule } from "./rule.ts";

/**
 * Places that are another cluster's, or everybody's. What the cluster has already is left to the look at the store
 * (`foreign-places.ts`): a cluster that lives with an odd place can be changed. One that is adopted may have one, too.
 */
export const foreignPlaces: Rule = ({ old, desired }) => {
  const { name, stateStore, cluster } = desired;
  if (!isRecord(cluster) || typeof name !== "string" || hasUnknown(name)) return [];
  const before = new Set(isRecord(old?.["cluster"]) ? placesIn(old["cluster"]).map(({ text }) => text) : []);
  const mayBeOdd = old !== undefined || desired["adopt"] === true;
  return placesIn(cluster)
    .filter((place) => !hasUnknown(place.text) && !before.has(place.text))
    .flatMap((place): Refusal[] => {
      const property = propertyPath(["cluster", ...place.path]);
      const problem = placeProblem(place, name);
      if (problem !== undefined) return [{ property, reason: problem }];
      const odd =
        mayBeOdd || typeof stateStore !== "string" || hasUnknown(stateStore)
          ? undefined
          : newPlaceProblem(place, name, stateStore);
      return odd === undefined ? [] : [{ name: "configBase", property, reason: odd, guide: guides.store }];
    });
};

/**
 * That records would go into a zone that does not cover them: Route 53 refuses them, and kOps tries for ten minutes
 * when everything else is made. Of a zone that is given by its id, AWS is asked (`references.ts`).
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
