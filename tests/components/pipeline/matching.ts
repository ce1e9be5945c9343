import type { Policy } from "../../../components/state-store/policies.ts";

const list = (value: string | readonly string[]): readonly string[] => [value].flat();

/** IAM's matching: `*` is any text including slashes, `?` is one character. */
export const matches = (pattern: string, text: string): boolean =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".")}$`,
  ).test(text);

/** Whether any text matches two patterns. */
export function overlap(one: string, other: string): boolean {
  if (one === "" || other === "") return (one + other).replaceAll("*", "") === "";
  if (one.startsWith("*")) return overlap(one.slice(1), other) || overlap(one, other.slice(1));
  if (other.startsWith("*")) return overlap(other, one);
  return one[0] === other[0] && overlap(one.slice(1), other.slice(1));
}

/**
 * Whether a statement allows an action on a resource, and none denies it whatever the request. Other conditions are the
 * business of `local/aws/authorization/`.
 */
export function allows(policies: readonly Policy[], action: string, resource: string): boolean {
  const about = policies
    .flatMap(({ Statement }) => Statement)
    .filter(
      ({ Action, Resource }) =>
        list(Action).some((one) => matches(one, action)) && list(Resource).some((one) => matches(one, resource)),
    );
  return (
    about.some(({ Effect }) => Effect === "Allow") &&
    !about.some(({ Effect, Condition }) => Effect === "Deny" && Condition === undefined)
  );
}

/** What a policy allows. */
export const actionsOf = ({ Statement }: Policy): string[] =>
  Statement.filter(({ Effect }) => Effect === "Allow").flatMap(({ Action }) => list(Action));
