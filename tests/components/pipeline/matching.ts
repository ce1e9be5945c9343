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

/** Whether a statement allows an action on a resource; conditions are the business of `local/aws/authorization/`. */
export const allows = (policies: readonly Policy[], action: string, resource: string): boolean =>
  policies.some(({ Statement }) =>
    Statement.some(
      ({ Effect, Action, Resource }) =>
        Effect === "Allow" &&
        list(Action).some((one) => matches(one, action)) &&
        list(Resource).some((one) => matches(one, resource)),
    ),
  );

export const actionsOf = ({ Statement }: Policy): string[] => Statement.flatMap(({ Action }) => list(Action));
