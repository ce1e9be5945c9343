import type { PropertyPath } from "../../config/problems.ts";

/** Whether a value has anything at a path. */
export function has(value: unknown, path: PropertyPath): boolean {
  let part = value;
  for (const key of path) {
    if (typeof part !== "object" || part === null || !(key in part)) return false;
    part = (part as Record<PropertyKey, unknown>)[key];
  }
  return true;
}
