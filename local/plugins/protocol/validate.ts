import type { Declarations, Declared, Properties } from "./declarations.ts";
import { join } from "./paths.ts";
import type { CheckFailure } from "./provider.ts";
import { Asset, isProps, UNKNOWN, type Props, type Value } from "./values.ts";

/** All deviations of the values from the declarations. Unknown values are not checked. */
export async function validate(
  props: Props,
  declared: Properties,
  declarations: Declarations,
  base = "",
): Promise<CheckFailure[]> {
  const failures: CheckFailure[] = [];
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith("__")) continue;
    const property = declared.get(name);
    if (property === undefined) {
      failures.push({
        property: join(base, name),
        reason: `there is no property "${name}"${suggestion(name, declared)}`,
      });
    } else if (value !== null) {
      failures.push(...(await validateValue(value, property.type, declarations, join(base, name))));
    }
  }
  for (const property of declared.values()) {
    const value = props[property.name];
    if (!property.optional && (value === undefined || value === null)) {
      failures.push({
        property: join(base, property.name),
        reason: `the required property "${property.name}" is missing`,
      });
    }
  }
  return failures;
}

async function validateValue(
  value: Value,
  type: Declared,
  declarations: Declarations,
  path: string,
): Promise<CheckFailure[]> {
  if (value === UNKNOWN || value === null || type.kind === "any") return [];
  switch (type.kind) {
    case "list": {
      if (!Array.isArray(value)) return [mismatch(path, "a list", value)];
      const items = await Promise.all(
        value.map((item, index) => validateValue(item, type.item, declarations, join(path, index))),
      );
      return items.flat();
    }
    case "map": {
      if (!isProps(value)) return [mismatch(path, "an object", value)];
      const entries = Object.entries(value).filter(([key]) => !key.startsWith("__"));
      const items = await Promise.all(
        entries.map(([key, item]) => validateValue(item, type.item, declarations, join(path, key))),
      );
      return items.flat();
    }
    case "object":
      if (!isProps(value)) return [mismatch(path, "an object", value)];
      return validate(value, await declarations.ofType(type), declarations, path);
    case "union": {
      const tries = await Promise.all(type.of.map((member) => validateValue(value, member, declarations, path)));
      if (tries.some((failures) => failures.length === 0)) return [];
      // The alternative of the same shape gives the best message.
      return tries.find((failures) => failures.some((failure) => failure.property !== path)) ?? tries[0] ?? [];
    }
    case "asset":
      return value instanceof Asset ? [] : [mismatch(path, "an asset", value)];
    case "string":
    case "number":
    case "boolean":
      return typeof value === type.kind ? [] : [mismatch(path, `a ${type.kind}`, value)];
  }
}

function mismatch(path: string, wanted: string, value: Value): CheckFailure {
  // The value is not shown: it may be a secret.
  const got = Array.isArray(value)
    ? "a list"
    : value instanceof Asset
      ? "an asset"
      : isProps(value)
        ? "an object"
        : `a ${typeof value}`;
  return { property: path, reason: `expected ${wanted}, got ${got}` };
}

function suggestion(name: string, declared: Properties): string {
  const names = [...declared.keys()];
  const near = names.filter((known) => known.toLowerCase().startsWith(name.toLowerCase().slice(0, 4)));
  return `; ${near.length > 0 ? "near it" : "there"} are: ${(near.length > 0 ? near : names).slice(0, 40).join(", ")}`;
}
