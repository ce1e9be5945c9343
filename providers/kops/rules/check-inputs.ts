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
 * All problems of the inputs at once, without any network call. Values that are not known yet are tolerated anywhere.
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
  // One problem per property is enough: rules do not check a value of the wrong form.
  const malformed = new Set(shape.map(({ property }) => property));
  return [...shape, ...refusalsOf(old, news, running).filter(({ property }) => !malformed.has(property))];
}
