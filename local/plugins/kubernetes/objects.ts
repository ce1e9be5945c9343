import type { KubernetesObject, V1ObjectMeta } from "@kubernetes/client-node";
import type { CheckRequest } from "../protocol/provider.ts";
import { compact, isProps, UNKNOWN, type Props, type Value } from "../protocol/values.ts";
import { changesBetween, projected } from "./changes.ts";
import { metadataOf } from "./config.ts";
import type { Kind } from "./schema.ts";

/** Marks a name that this plugin made up, so that a replacement gets another one and can be created first. */
const autonamedMark = "pulumi.com/autonamed";

/** Identifies an object. The namespace is absent if the kind has none. */
export interface Header extends Kind {
  readonly metadata: V1ObjectMeta & { readonly name: string };
}

/** The object with a name: the given one, its former one, or one made of the resource's name and the engine's seed. */
export function autonamed({ name, olds, seed }: CheckRequest, given: Props): Props {
  const metadata = isProps(given["metadata"]) ? given["metadata"] : {};
  if (given["metadata"] === UNKNOWN || metadata["name"] !== undefined || metadata["generateName"] !== undefined)
    return given;
  const before = metadataOf(olds).name;
  const annotations = isProps(metadata["annotations"]) ? metadata["annotations"] : {};
  const made =
    wasAutonamed(olds) && before !== undefined
      ? before
      : `${name}-${Buffer.from(seed.subarray(0, 4)).toString("hex") || "00000000"}`;
  return { ...given, metadata: { ...metadata, name: made, annotations: { ...annotations, [autonamedMark]: "true" } } };
}

/** The object under the name and namespace of its header. */
export function withHeader(inputs: Props, { metadata: { name, namespace } }: Header): Props {
  return {
    ...inputs,
    metadata: {
      ...(isProps(inputs["metadata"]) ? inputs["metadata"] : {}),
      name,
      ...(namespace !== undefined && { namespace }),
    },
  };
}

export function idOf({ metadata: { name, namespace } }: Header): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** The metadata that an id stands for. */
export function named(id: string): Props {
  const [namespace = "", name] = id.split("/");
  return name === undefined ? { name: namespace } : { namespace, name };
}

export function outputsOf(live: KubernetesObject, inputs: Props): Props {
  const props = compact(live as unknown as Record<string, unknown>);
  const { metadata } = props;
  if (isProps(metadata))
    props["metadata"] = Object.fromEntries(Object.entries(metadata).filter(([name]) => name !== "managedFields"));
  if (inputs["stringData"] !== undefined) props["stringData"] = inputs["stringData"];
  return props;
}

/** The arguments as they are now. A part comes from the server only if it differs from the last applied state. */
export function seenInputs(inputs: Props, before: Props, now: Props): Props {
  const seen: Props = {};
  for (const name of Object.keys(inputs)) {
    const kept = seenValue(inputs[name], before[name], now[name]);
    if (kept !== undefined) seen[name] = kept;
  }
  return seen;
}

function seenValue(wish: Value | undefined, before: Value | undefined, now: Value | undefined): Value | undefined {
  const is: Value | undefined = projected(wish, now);
  if (changesBetween(projected(wish, before), is).length === 0) return wish;
  return is;
}

export function withoutServerPart(state: Props): Props {
  return Object.fromEntries(Object.entries(state).filter(([name]) => name !== "status"));
}

export function wasAutonamed(props: Props): boolean {
  const { metadata } = props;
  return isProps(metadata) && isProps(metadata["annotations"]) && metadata["annotations"][autonamedMark] === "true";
}

/** Adds `stringData` to `data`, as the server does. The whole content of a Secret is secret. */
export function encodeSecret({ kind }: Kind, inputs: Props): { inputs: Props; secrets: ReadonlySet<string> } {
  if (kind !== "Secret") return { inputs, secrets: new Set() };
  const { data, stringData } = inputs;
  const all: Props = isProps(data) ? { ...data } : {};
  const clear: Props = isProps(stringData) ? stringData : {};
  for (const key of Object.keys(clear)) all[key] = base64(clear[key] ?? null);
  return {
    inputs: Object.keys(all).length > 0 ? { ...inputs, data: all } : inputs,
    secrets: new Set(["data", "stringData"].filter((name) => name === "data" || inputs[name] !== undefined)),
  };
}

export function present(props: Props): Props {
  return Object.fromEntries(Object.entries(props).filter(([, value]) => value !== null));
}

function base64(value: Value): Value {
  return typeof value === "string" ? Buffer.from(value).toString("base64") : value;
}
