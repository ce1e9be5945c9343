import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { kopsKeysOf } from "../../store/keys.ts";
import { isRecord, specIn } from "../../model/spec.ts";
import type { ObjectStore } from "../../store/object-store.ts";

type Json = unknown;

/** Longest text of a value in a line for people. */
const longest = 60;

function shown(value: Json): string {
  if (isEmpty(value)) return "nothing";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

/** kOps leaves empty values out when it stores a manifest; false and zero are values. */
function isEmpty(value: Json): boolean {
  if (value === undefined || value === null || value === "") return true;
  return Array.isArray(value) ? value.length === 0 : isRecord(value) && Object.values(value).every(isEmpty);
}

/** Where two specs differ, as `path: live -> desired`, one line for each property. */
export function differencesOf(live: Json, desired: Json, path: string): string[] {
  if (isEmpty(live) && isEmpty(desired)) return [];
  if (isRecord(live) && isRecord(desired)) {
    return [...new Set([...Object.keys(live), ...Object.keys(desired)])]
      .sort()
      .flatMap((key) => differencesOf(live[key], desired[key], `${path}.${key}`));
  }
  if (Array.isArray(live) && Array.isArray(desired) && live.length === desired.length) {
    return live.flatMap((item: Json, index) => differencesOf(item, desired[index], `${path}[${index}]`));
  }
  return JSON.stringify(live) === JSON.stringify(desired) ? [] : [`${path}: ${shown(live)} -> ${shown(desired)}`];
}

/** Where two recorded specs differ, one line for each property. Groups and versions included. */
export function specChanges(before: object, after: object): string[] {
  return differencesOf(before, after, "").map((line) => line.replace(/^\./, ""));
}

/** Differences between the live manifests and the desired ones. */
export interface ManifestDifferences {
  cluster: string[];
  groups: string[];
}

/**
 * Compares the manifests in the store with those that kOps wrote to a copy, both in kOps's form. Skips removed groups.
 */
export async function manifestDifferences(
  store: ObjectStore,
  cluster: string,
  copy: string,
  groups: readonly string[],
): Promise<ManifestDifferences> {
  const keys = kopsKeysOf(cluster);
  const compare = async (key: string, path: string): Promise<string[]> => {
    const [live, desired] = await Promise.all([store.get(key), readFile(join(copy, key), "utf8")]);
    return live === undefined ? [`${path}: nothing -> new`] : differencesOf(specIn(live.body), specIn(desired), path);
  };
  const found = await Promise.all(
    groups.map((group) => compare(`${keys.instanceGroups}${group}`, `instanceGroups.${group}`)),
  );
  return { cluster: await compare(keys.config, "cluster"), groups: found.flat() };
}
