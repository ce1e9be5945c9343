import { isDeepStrictEqual } from "node:util";
import { isPlainObject } from "../../components/config/merge.ts";
import { pathText } from "../../components/config/problems.ts";
import type { PropertyPath } from "../../components/config/problems.ts";

/*
 * What a maintainer must approve before it is previewed with credentials. Data is not run, but some of it makes the
 * program, kOps or Pulumi read addresses, assume roles or decrypt values that the author of a pull request chose.
 */

/** Something that needs an approval: its property path and what it does. */
export interface Sensitive {
  path: string;
  why: string;
}

/** Addresses that kOps reads, wherever they are in its input. */
const readAddress = /^(?:file|s3|http|gs|do|swift|scw|azureblob|memfs|ssh|k8s|vault):|^ssm:/i;

/** Keys that choose the identity or the endpoint of the pipeline. */
const identityKey = /^(?:\w*roleArn|role|assumeRole|\w*profile|endpoint|externalId|\w*credentials?|command)$/i;

function walk(value: unknown, path: PropertyPath, visit: (value: unknown, path: PropertyPath) => void): void {
  visit(value, path);
  if (Array.isArray(value))
    value.forEach((inner, index) => {
      walk(inner, [...path, index], visit);
    });
  else if (isPlainObject(value)) for (const [key, inner] of Object.entries(value)) walk(inner, [...path, key], visit);
}

function at(value: unknown, path: PropertyPath): unknown {
  return path.reduce<unknown>(
    (part, key) =>
      typeof part === "object" && part !== null ? (part as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
}

const isEncrypted = (value: unknown): boolean => isPlainObject(value) && Object.keys(value).join() === "secure";

/** The parts of `after` that differ from `before` at the same path and need an approval under any key. */
export function sensitiveValues(before: unknown, after: unknown, prefix: PropertyPath = []): Sensitive[] {
  const found: Sensitive[] = [];
  walk(after, [], (value, path) => {
    if (isDeepStrictEqual(value, at(before, path))) return;
    const here = pathText([...prefix, ...path]);
    const key = path.at(-1);
    // An encrypted value that moves to another key is decrypted there, and may be shown.
    if (isEncrypted(value)) found.push({ path: here, why: "is an encrypted value: its key decides who can see it" });
    if (typeof value === "string" && readAddress.test(value))
      found.push({ path: here, why: "is an address that is read during the preview" });
    if (typeof key === "string" && identityKey.test(key) && (typeof value !== "object" || value === null))
      found.push({ path: here, why: "chooses an identity or an endpoint of AWS" });
  });
  return found;
}

/** Changes under keys that are not in the list of harmless ones. */
export function unlistedChanges(
  plain: ReadonlySet<string>,
  before: unknown,
  after: unknown,
  why: (key: string) => string,
  prefix: PropertyPath = [],
): Sensitive[] {
  const [old, now] = [before, after].map((value) => (isPlainObject(value) ? value : {}));
  const keys = new Set([...Object.keys(old ?? {}), ...Object.keys(now ?? {})]);
  return [...keys]
    .filter((key) => !plain.has(key) && !isDeepStrictEqual(old?.[key], now?.[key]))
    .map((key) => ({ path: pathText([...prefix, key]), why: why(key) }));
}
