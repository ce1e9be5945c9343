import { isDeepStrictEqual } from "node:util";
import { isProps, type Props, type Value } from "../../protocol/values.ts";

/**
 * Whether two policy documents mean the same. AWS returns a list of one as a single value, and keys in another order.
 */
export function sameDocument(one: string, other: string): boolean {
  if (one === other) return true;
  const left = parse(one);
  const right = parse(other);
  if (left === undefined || right === undefined) return false;
  return isDeepStrictEqual(canonical(left), canonical(right));
}

function parse(text: string): Value | undefined {
  try {
    return JSON.parse(text) as Value;
  } catch {
    return undefined;
  }
}

function canonical(value: Value): Value {
  if (Array.isArray(value)) {
    const items = value.map(canonical);
    const [only] = items;
    if (items.length === 1 && only !== undefined) return only;
    return items.sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
  }
  if (isProps(value)) {
    // `{"AWS": "*"}` and `"*"` are not the same principal for every service, so principals stay as they are.
    return Object.fromEntries(Object.entries(value).map(([key, item]): [string, Value] => [key, canonical(item)]));
  }
  // IAM treats `true` and `"true"` alike in a condition.
  return typeof value === "boolean" || typeof value === "number" ? String(value) : value;
}

/** Turns a document that is given as an object into text. */
export function asText(value: Value): Value {
  return isProps(value) ? JSON.stringify(stripInternal(value)) : value;
}

function stripInternal(props: Props): Props {
  return Object.fromEntries(
    Object.entries(props)
      .filter(([key]) => !key.startsWith("__"))
      .map(([key, value]): [string, Value] => [key, isProps(value) ? stripInternal(value) : value]),
  );
}
