import { isRecord } from "../model/spec.ts";
import { hasUnknown, propertyPath } from "../model/unknown.ts";
import { newPlaceProblem, placeProblem, placesIn } from "../model/places.ts";
import { guides } from "./rule.ts";
import type { Refusal, Rule } from "./rule.ts";

/**
 * Refuses places that belong to another cluster or to everybody. Places that the cluster has already are checked in the
 * store (`lookups/foreign-places.ts`): a cluster that has an odd place, or is adopted with one, can be changed.
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
