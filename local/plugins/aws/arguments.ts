import { isNone } from "../protocol/diff.ts";
import type { CheckFailure, CheckRequest } from "../protocol/provider.ts";
import type { Props } from "../protocol/values.ts";
import type { Handler } from "./shared/handler.ts";
import { autoname, DEFAULTED } from "./shared/names.ts";
import { mergeTags, type TagSettings } from "./shared/tags.ts";

/**
 * The arguments as they will be applied, in the form in which AWS returns them: with defaults, a name, and `tagsAll`
 * where the type has tags (`tags` given).
 */
export function completed(request: CheckRequest, handler: Handler, news: Props, tags: TagSettings | undefined): Props {
  const inputs: Props = { ...news };
  const defaulted: string[] = [];
  for (const [name, value] of Object.entries(handler.defaults ?? {})) {
    if (inputs[name] !== undefined) continue;
    inputs[name] = value;
    defaulted.push(name);
  }
  const rule = handler.autoname;
  if (
    rule &&
    inputs[rule.property] === undefined &&
    (rule.prefixProperty === undefined || inputs[rule.prefixProperty] === undefined)
  ) {
    const previous = request.olds[DEFAULTED];
    const keeps = Array.isArray(previous) && previous.includes(rule.property) ? request.olds[rule.property] : undefined;
    inputs[rule.property] = keeps ?? autoname(request, rule);
    defaulted.push(rule.property);
  }
  if (defaulted.length > 0) inputs[DEFAULTED] = defaulted;
  if (tags) inputs["tagsAll"] = mergeTags(inputs["tags"], tags);
  return handler.normalise ? handler.normalise(inputs) : inputs;
}

/** Refuses arguments that the official plugin has and this stand-in would silently ignore. */
export function unsupported(handler: Handler, inputs: Props): CheckFailure[] {
  return (handler.unsupported ?? [])
    .filter((name) => !isNone(inputs[name]))
    .map((name) => ({
      property: name,
      reason:
        `the stand-in for the AWS plugin does not support "${name}" of ${handler.token}; leave it out on the ` +
        "local cloud",
    }));
}
