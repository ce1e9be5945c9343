import { isDeepStrictEqual } from "node:util";
import yaml from "js-yaml";
import { isPlainObject } from "../../components/config/merge.ts";
import { digestOf } from "../../providers/kops/model/spec.ts";
import { propertyPath, unknownValue } from "../../providers/kops/model/unknown.ts";
import { redact } from "../../providers/kops/runtime/redact.ts";

/*
 * A preview is held to the reviewed one by digests of what it changes: values may be long, and whoever reads the
 * repository reads the artifact. A digest of a weak secret can be guessed, so a secret is in none: Pulumi masks it, and
 * in its place stand the encrypted values of the stack file. They are in the repository, differ at each encryption, and
 * change whenever a secret does.
 */

/** Digests of changes by property path. */
export type Digests = Record<string, string>;

/** What digests of a preview need to know of it. */
export interface DigestContext {
  /** Digest of the encrypted values in the stack file. */
  encrypted: string;
  /** What stands for random names, which each preview of a new resource makes anew, by name. */
  names: ReadonlyMap<string, string>;
}

/** Random digits that a plugin appends to the name of a resource that has none: 7 for AWS, 8 for Kubernetes. */
const randomEnd = /[-_.][0-9a-z]{7,8}$/;

/**
 * The names in the inputs of a resource that its plugin made up. It marks them: as defaults (`__defaults`), and in
 * Kubernetes by an annotation.
 */
export function madeUpNames(inputs: Readonly<Record<string, unknown>> | undefined): string[] {
  if (inputs === undefined) return [];
  const defaults: readonly unknown[] = Array.isArray(inputs["__defaults"]) ? inputs["__defaults"] : [];
  const metadata = isPlainObject(inputs["metadata"]) ? inputs["metadata"] : {};
  const annotations = isPlainObject(metadata["annotations"]) ? metadata["annotations"] : {};
  return [
    ...defaults.map((key) => (typeof key === "string" ? inputs[key] : undefined)),
    ...(annotations["pulumi.com/autonamed"] === "true" ? [metadata["name"]] : []),
  ].filter((name): name is string => typeof name === "string" && randomEnd.test(name));
}

/** In place of the digest of a value that is known only after the change: it stands for any value. */
export const unknownDigest = "unknown";

/** What `pulumi preview --json` prints for a secret. */
const mask = "[secret]";

/** Prefix of keys that a dynamic provider or Pulumi adds to the inputs. */
export const internal = /^__/;

function encryptedIn(value: unknown, path: readonly PropertyKey[]): [string, unknown][] {
  if (Array.isArray(value)) return value.flatMap((item, index) => encryptedIn(item, [...path, index]));
  if (!isPlainObject(value)) return [];
  if (typeof value["secure"] === "string") return [[propertyPath(path), value["secure"]]];
  return Object.entries(value).flatMap(([key, item]) => encryptedIn(item, [...path, key]));
}

/** Digest of the encrypted values in a stack file; of none without a file. */
export function encryptedDigest(stackFile: string | undefined): string {
  return digestOf(encryptedIn(stackFile === undefined ? undefined : yaml.load(stackFile), []));
}

/** The value as far as it may be part of a digest. */
function digestible(value: unknown, context: DigestContext): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => digestible(item, context));
  if (isPlainObject(value))
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, digestible(item, context)]));
  if (typeof value !== "string") return value ?? null;
  // Others may have the name in theirs, or in a policy.
  const named = [...context.names].reduce((rest, [name, stands]) => rest.replaceAll(name, stands), value);
  const text = redact(named);
  return value === mask || text !== named ? { text, encrypted: context.encrypted } : named;
}

/**
 * Digests of the differences between two values. A secret always counts as one: that it is the same cannot be seen. An
 * item of a list is compared with the one at its place.
 */
export function changeDigests(
  before: unknown,
  after: unknown,
  context: DigestContext,
  path: readonly PropertyKey[] = [],
): Digests {
  if (after === unknownValue) return { [propertyPath(path)]: unknownDigest };
  const inside = (value: unknown): Map<PropertyKey, unknown> | undefined => {
    if (Array.isArray(value) && value.length > 0) return new Map(value.map((item: unknown, index) => [index, item]));
    if (!isPlainObject(value)) return undefined;
    const entries = Object.entries(value).filter(([key]) => !internal.test(key));
    return entries.length > 0 ? new Map(entries) : undefined;
  };
  const [old, now] = [inside(before), inside(after)];
  if (
    (old ?? now) !== undefined &&
    (old !== undefined || before === undefined) &&
    (now !== undefined || after === undefined)
  ) {
    const keys = new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])]);
    return Object.assign(
      {},
      ...[...keys].map((key) => changeDigests(old?.get(key), now?.get(key), context, [...path, key])),
    ) as Digests;
  }
  if (after !== mask && isDeepStrictEqual(before, after)) return {};
  return { [propertyPath(path)]: digestOf([before, after].map((value) => digestible(value, context))) };
}

/** Whether a change of a property is among others: the same, or one whose value was not known yet. */
export function isAmong(path: string, digest: string, others: Digests): boolean {
  if (others[path] === digest) return true;
  return Object.entries(others).some(
    ([other, known]) =>
      known === unknownDigest && (path === other || path.startsWith(`${other}.`) || path.startsWith(`${other}[`)),
  );
}
