import { join } from "../protocol/paths.ts";
import type { PropertyChange } from "../protocol/provider.ts";
import { isProps, UNKNOWN, type Props, type Value } from "../protocol/values.ts";

type Change = Omit<PropertyChange, "replace">;

/** The paths at which two values differ. */
export function changesBetween(before: Value | undefined, after: Value | undefined, path = ""): Change[] {
  if (after === UNKNOWN) return [{ path, kind: "update" }];
  if (before === undefined) return after === undefined ? [] : [{ path, kind: "add" }];
  if (after === undefined) return [{ path, kind: "delete" }];
  if (isProps(before) && isProps(after)) {
    return [...new Set([...Object.keys(before), ...Object.keys(after)])]
      .filter((name) => !name.startsWith("__"))
      .flatMap((name) => changesBetween(before[name], after[name], join(path, name)));
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    return Array.from({ length: Math.max(before.length, after.length) }, (_, index) =>
      changesBetween(before[index], after[index], join(path, index)),
    ).flat();
  }
  return before === after ? [] : [{ path, kind: "update" }];
}

/** The part of a live object that `wish` mentions; the server filled in the rest. */
export function projected(wish: Value | undefined, live: Value | undefined): Value | undefined {
  if (isProps(wish) && isProps(live)) {
    const props: Props = {};
    for (const name of Object.keys(wish)) {
      const value = projected(wish[name], live[name]);
      if (value !== undefined) props[name] = value;
    }
    return props;
  }
  if (Array.isArray(wish) && Array.isArray(live)) {
    return live.map((item, index) => (index < wish.length ? (projected(wish[index], item) ?? item) : item));
  }
  return live;
}
