import type { CheckRequest } from "../../protocol/provider.ts";
import type { Handler } from "./handler.ts";

/** The arguments that this plugin filled in. The engine does not show names with this prefix. */
export const DEFAULTED = "__defaults";

const DIGITS = 7;

/**
 * Names a resource without a name: the logical name and seven random digits, as the official plugin does, so that a
 * replacement can be created before the old one is deleted. The engine's seed makes it the same in preview and update.
 */
export function autoname(
  request: Pick<CheckRequest, "name" | "seed" | "autoname">,
  rule: NonNullable<Handler["autoname"]>,
): string {
  if (request.autoname?.enforced) return request.autoname.proposed;
  const digits = Buffer.from(request.seed).toString("hex").slice(0, DIGITS).padEnd(DIGITS, "0");
  const prefix = rule.prefix ?? "";
  const stem = request.name.slice(0, rule.max - prefix.length - DIGITS - 1);
  const name = `${prefix}${stem}-${digits}`;
  return rule.lower ? name.toLowerCase() : name;
}
