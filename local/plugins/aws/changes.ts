import { compare, isNone } from "../protocol/diff.ts";
import type { PropertyChange } from "../protocol/provider.ts";
import { isProps, type Props, type Value } from "../protocol/values.ts";
import { sameDocument } from "./shared/documents.ts";
import type { Handler } from "./shared/handler.ts";
import { DEFAULTED } from "./shared/names.ts";
import { declarations, type TypeSchema } from "./shared/schema.ts";
import { withoutIgnored, type TagSettings } from "./shared/tags.ts";

/** What separates the state from the arguments, beyond tags that the provider ignores. */
export async function changesOf(
  handler: Handler,
  schema: TypeSchema,
  wish: Props,
  state: Props,
  tags: TagSettings,
): Promise<Omit<PropertyChange, "replace">[]> {
  const tagged = schema.inputs.has("tags");
  const masked = (props: Props): Props =>
    "tags" in props ? { ...props, tags: without(props["tags"], tags) ?? null } : props;
  const documents = Object.fromEntries((handler.documents ?? []).map((name) => [name, sameDocument]));
  const changes = await compare(tagged ? masked(wish) : wish, tagged ? masked(state) : state, {
    ...schema,
    declarations,
    sets: new Set(handler.sets ?? []),
    same: { ...documents, ...handler.same },
  });
  if (!tagged) return changes;
  // The type has no argument `tagsAll`, but the provider's default tags change resources through it.
  const own = new Set(changes.map(({ path }) => path));
  const all = await compareTagsAll(without(wish["tagsAll"], tags), without(state["tagsAll"], tags));
  return [...changes, ...all.filter(({ path }) => !own.has(path))];
}

/** The arguments that produce the state. One that has not drifted stays exactly as it was written. */
export async function inputsOf(
  handler: Handler,
  schema: TypeSchema,
  previous: Props,
  state: Props,
  tags: TagSettings,
): Promise<Props> {
  const imported = Object.keys(previous).length === 0;
  const drifted = new Set(
    imported ? [] : (await changesOf(handler, schema, previous, state, tags)).map(({ path }) => rootOf(path)),
  );
  const inputs: Props = {};
  for (const name of [DEFAULTED, "tagsAll", ...schema.inputs.keys()]) {
    const before = previous[name];
    const now = state[name];
    if (!imported && !drifted.has(name)) {
      if (before !== undefined) inputs[name] = before;
    } else if (now !== undefined && !isNone(now) && name !== "region") {
      inputs[name] = now;
    }
  }
  return inputs;
}

async function compareTagsAll(
  wish: Value | undefined,
  state: Value | undefined,
): Promise<Omit<PropertyChange, "replace">[]> {
  const map = { kind: "map", item: { kind: "string" } } as const;
  const inputs = new Map([["tagsAll", { name: "tagsAll", type: map, optional: true }]]);
  return compare({ tagsAll: wish ?? {} }, { tagsAll: state ?? {} }, { inputs, outputs: new Map(), declarations });
}

function without(tags: Value | undefined, settings: TagSettings): Value | undefined {
  return isProps(tags) ? withoutIgnored(tags, settings) : tags;
}

/** Whether a change lies in what `ignoreChanges` names; `tags["*"]` and `tags.*` stand for everything in `tags`. */
export function isWithin(path: string, ignored: string): boolean {
  const base = ignored.replace(/(\.\*|\["?\*"?\])$/, "");
  return path === base || path.startsWith(`${base}.`) || path.startsWith(`${base}[`);
}

export function forcesReplacement(handler: Handler, path: string): boolean {
  const root = rootOf(path);
  return handler.replace.includes(root) || (root === "region" && !handler.global);
}

export function rootOf(path: string): string {
  return /^[^.[]+/.exec(path)?.[0] ?? path;
}
