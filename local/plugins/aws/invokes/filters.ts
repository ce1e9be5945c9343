import type { Filter } from "@aws-sdk/client-ec2";
import type { Props } from "../../protocol/values.ts";
import { objects, text, texts } from "../shared/handler.ts";
import { toList } from "../shared/tags.ts";

/** The `filters` and `tags` arguments of every EC2 lookup, plus filters for its own arguments. */
export function filtersOf(args: Props, named: Readonly<Record<string, string>> = {}): Filter[] {
  const filters: Filter[] = objects(args, "filters").map((filter) => ({
    Name: text(filter, "name"),
    Values: texts(filter, "values"),
  }));
  for (const { Key, Value } of toList(args["tags"])) filters.push({ Name: `tag:${Key}`, Values: [Value] });
  for (const [argument, filter] of Object.entries(named)) {
    const value = args[argument];
    if (typeof value === "string" && value !== "") filters.push({ Name: filter, Values: [value] });
    if (typeof value === "boolean") filters.push({ Name: filter, Values: [String(value)] });
  }
  return filters;
}

/** A lookup of one object fails if it finds none or several: choosing one would be a guess. */
export function exactlyOne<T>(what: string, found: readonly T[] | undefined): T {
  const [only, ...others] = found ?? [];
  if (only === undefined)
    throw new Error(`no ${what} matches; check the arguments, and that the account and region are the right ones`);
  if (others.length > 0) throw new Error(`${others.length + 1} of ${what} match; give arguments that only one has`);
  return only;
}
