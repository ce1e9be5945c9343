import type { Declarations, Declared, Properties, Property } from "./declarations.ts";
import { join } from "./paths.ts";
import type { PropertyChange } from "./provider.ts";
import { hasUnknown, isProps, UNKNOWN, type Props, type Value } from "./values.ts";

type Change = Omit<PropertyChange, "replace">;

export interface Comparison {
  /** Inputs and outputs of the type. The cloud fills in an optional input whose output is required. */
  readonly inputs: Properties;
  readonly outputs: Properties;
  readonly declarations: Declarations;
  /** Lists without order, by the name of the property. */
  readonly sets?: ReadonlySet<string>;
  /** Tests whether different texts mean the same, by the name of the property. */
  readonly same?: Readonly<Record<string, (wish: string, state: string) => boolean>>;
}

/**
 * The changes from the state to the wish. An absent wish means "any value" where the cloud fills it in, else "none". As
 * in the official provider's schema, an empty text, list or object, false and zero count as none.
 */
export async function compare(wish: Props, state: Props, comparison: Comparison): Promise<Change[]> {
  const changes: Change[] = [];
  for (const input of comparison.inputs.values()) {
    const output = comparison.outputs.get(input.name);
    changes.push(...(await compareProperty(wish[input.name], state[input.name], input, output, "", comparison)));
  }
  return changes;
}

async function compareProperty(
  wish: Value | undefined,
  state: Value | undefined,
  input: Property,
  output: Property | undefined,
  base: string,
  comparison: Comparison,
): Promise<Change[]> {
  const filledIn = input.optional && output?.optional === false;
  if (filledIn && (wish === undefined || wish === null)) return [];
  return compareValue(wish, state, input.type, output?.type, join(base, input.name), input.name, comparison);
}

async function compareValue(
  wish: Value | undefined,
  state: Value | undefined,
  type: Declared,
  output: Declared | undefined,
  path: string,
  name: string,
  comparison: Comparison,
): Promise<Change[]> {
  if (wish === UNKNOWN) return [{ path, kind: isNone(state) ? "add" : "update" }];
  if (isNone(wish) && isNone(state)) return [];
  if (isNone(state))
    return [{ path, kind: typeof state === "boolean" || typeof state === "number" ? "update" : "add" }];
  if (isNone(wish) && (wish === undefined || wish === null)) return [{ path, kind: "delete" }];

  if (Array.isArray(wish) && Array.isArray(state)) {
    const itemTypes = [itemOf(type), output && itemOf(output)] as const;
    const item = (one: Value | undefined, other: Value | undefined, at: string): Promise<Change[]> =>
      compareValue(one, other, itemTypes[0], itemTypes[1], at, name, comparison);
    return comparison.sets?.has(name) ? compareSets(wish, state, path, item) : compareLists(wish, state, path, item);
  }
  if (isProps(wish) && isProps(state)) return compareObjects(wish, state, type, output, path, comparison);
  if (typeof wish === "string" && typeof state === "string" && comparison.same?.[name]?.(wish, state)) return [];
  return wish === state ? [] : [{ path, kind: "update" }];
}

async function compareObjects(
  wish: Props,
  state: Props,
  type: Declared,
  output: Declared | undefined,
  path: string,
  comparison: Comparison,
): Promise<Change[]> {
  const object = type.kind === "union" ? (type.of.find((member) => member.kind === "object") ?? type) : type;
  const changes: Change[] = [];
  if (object.kind === "object") {
    const inputs = await comparison.declarations.ofType(object);
    const outputs =
      output?.kind === "object" ? await comparison.declarations.ofType(output) : new Map<string, Property>();
    for (const input of inputs.values()) {
      changes.push(
        ...(await compareProperty(
          wish[input.name],
          state[input.name],
          input,
          outputs.get(input.name),
          path,
          comparison,
        )),
      );
    }
    return changes;
  }
  for (const key of new Set([...Object.keys(wish), ...Object.keys(state)])) {
    if (key.startsWith("__")) continue;
    const [one, other] = [wish[key], state[key]];
    // A map keeps a key with an empty value: a tag may have no value.
    if (one === undefined) changes.push({ path: join(path, key), kind: "delete" });
    else if (other === undefined) changes.push({ path: join(path, key), kind: "add" });
    else if (one === UNKNOWN || JSON.stringify(one) !== JSON.stringify(other))
      changes.push({ path: join(path, key), kind: "update" });
  }
  return changes;
}

type ItemComparison = (wish: Value | undefined, state: Value | undefined, path: string) => Promise<Change[]>;

async function compareLists(
  wish: readonly Value[],
  state: readonly Value[],
  path: string,
  item: ItemComparison,
): Promise<Change[]> {
  const changes: Change[] = [];
  for (let index = 0; index < Math.max(wish.length, state.length); index++) {
    const at = join(path, index);
    if (index >= state.length) changes.push({ path: at, kind: "add" });
    else if (index >= wish.length) changes.push({ path: at, kind: "delete" });
    else changes.push(...(await item(wish[index], state[index], at)));
  }
  return changes;
}

async function compareSets(
  wish: readonly Value[],
  state: readonly Value[],
  path: string,
  item: ItemComparison,
): Promise<Change[]> {
  if (hasUnknown([...wish])) return [{ path, kind: "update" }];
  const left = new Set(state.keys());
  const changes: Change[] = [];
  for (const [index, wanted] of wish.entries()) {
    let match: number | undefined;
    for (const candidate of left) {
      if ((await item(wanted, state[candidate], path)).length === 0) {
        match = candidate;
        break;
      }
    }
    if (match === undefined) changes.push({ path: join(path, index), kind: index < state.length ? "update" : "add" });
    else left.delete(match);
  }
  // One remains for each changed item; only what exceeds that is deleted.
  for (let index = wish.length; index < state.length; index++)
    changes.push({ path: join(path, index), kind: "delete" });
  return changes;
}

function itemOf(type: Declared): Declared {
  return type.kind === "list" || type.kind === "map" ? type.item : { kind: "any" };
}

export function isNone(value: Value | undefined): boolean {
  if (value === undefined || value === null || value === "" || value === false || value === 0) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isProps(value) && Object.keys(value).every((key) => key.startsWith("__"));
}
