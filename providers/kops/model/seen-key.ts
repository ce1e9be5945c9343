import type { Condition } from "./conditions.ts";

/**
 * Under this key a refresh that finds a cluster other than it should be keeps the conditions among the inputs, too:
 * `check` is given the old inputs and no old outputs, and must know of a repair to make its plan.
 */
export const seenKey = "__seen";

/**
 * The conditions that a refresh left in the inputs of a state; nothing when it found the cluster as it should be, or
 * there was none.
 */
export function seenIn(inputs: Readonly<Record<string, unknown>>): Condition[] | undefined {
  const seen = inputs[seenKey];
  return Array.isArray(seen) ? (seen as Condition[]) : undefined;
}
