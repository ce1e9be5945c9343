import { isRecord } from "./spec.ts";

/**
 * The live value in the shape of the desired one: kOps fills in what was left out, which nobody asked for, and that is
 * no difference. A field that was asked for and is gone is absent in the result; an item more of a list is there.
 */
export function inShapeOf(desired: unknown, live: unknown): unknown {
  if (isRecord(desired) && isRecord(live)) {
    return Object.fromEntries(
      Object.keys(desired)
        .filter((key) => key in live)
        .map((key) => [key, inShapeOf(desired[key], live[key])]),
    );
  }
  if (Array.isArray(desired) && Array.isArray(live)) {
    return live.map((item: unknown, index) => (index < desired.length ? inShapeOf(desired[index], item) : item));
  }
  return live;
}
