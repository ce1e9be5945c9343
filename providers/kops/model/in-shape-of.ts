import { isRecord } from "./spec.ts";

/**
 * The live value in the shape of the wanted one: kOps fills in what was left out, which nobody asked for, and that is
 * no difference. A field that was asked for and is gone is absent in the result; an item more of a list is there.
 */
export function inShapeOf(wanted: unknown, live: unknown): unknown {
  if (isRecord(wanted) && isRecord(live)) {
    return Object.fromEntries(
      Object.keys(wanted)
        .filter((key) => key in live)
        .map((key) => [key, inShapeOf(wanted[key], live[key])]),
    );
  }
  if (Array.isArray(wanted) && Array.isArray(live)) {
    return live.map((item: unknown, index) => (index < wanted.length ? inShapeOf(wanted[index], item) : item));
  }
  return live;
}
