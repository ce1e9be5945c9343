import { kopsClusterInputs } from "../model/inputs.ts";
import { refusalsOf } from "./refusals.ts";
import { hasUnknown, propertyPath } from "../model/unknown.ts";
import type { RunningVersions } from "../model/versions.ts";
import type { Failure } from "../model/hidden-inputs.ts";

export type { Failure };

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, part) => (at !== null && typeof at === "object" ? (at as Record<PropertyKey, unknown>)[part] : undefined),
    value,
  );
}

/**
 * All problems of the given inputs at once. Values that are not known yet are tolerated wherever they stand. Nothing is
 * asked of the network here.
 */
export function checkInputs(
  news: Record<string, unknown>,
  old?: Record<string, unknown>,
  running?: RunningVersions,
): Failure[] {
  const parsed = kopsClusterInputs.safeParse(news);
  const shape = (parsed.error?.issues ?? [])
    .filter((issue) => !hasUnknown(valueAt(news, issue.path)))
    .map((issue) => ({ property: propertyPath(issue.path), reason: issue.message }));
  // One word on a property is enough: what has the wrong form is not judged by its value.
  const malformed = new Set(shape.map(({ property }) => property));
  return [...shape, ...refusalsOf(old, news, running).filter(({ property }) => !malformed.has(property))];
}
