import type { Filter } from "@aws-sdk/client-ec2";
import type { Props } from "../../protocol/values.ts";
import { objects, text, texts } from "../shared/handler.ts";
import { toList } from "../shared/tags.ts";

/** The `filters` and `tags` arguments every look-up in EC2 has, with the filters its own arguments stand for. */
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

/** Look-ups of one thing fail when they find none or several: to take any would be a guess. */
export function exactlyOne<T>(what: string, found: readonly T[] | undefined): T {
  const [only, ...others] = found ?? [];
  if (only === undefined)
    throw new Error(`no ${what} matches; check the arguments, and that the account and region are the right ones`);
  if (others.length > 0) throw new Error(`${others.length + 1} of ${what} match; give arguments that only one has`);
  return only;
}
