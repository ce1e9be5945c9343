import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { kopsKeysOf } from "../store/places.ts";
import { isRecord, specIn } from "../model/spec.ts";
import type { ObjectStore } from "../store/store.ts";

type Json = unknown;

/** Longest text of a value in a line for people. */
const longest = 60;

function shown(value: Json): string {
  if (isEmpty(value)) return "nothing";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

/** kOps leaves out what is empty when it stores a manifest; false and zero are values. */
function isEmpty(value: Json): boolean {
  if (value === undefined || value === null || value === "") return true;
  return Array.isArray(value) ? value.length === 0 : isRecord(value) && Object.values(value).every(isEmpty);
}

/** Where two specs differ, as `path: live -> wanted`, one line for each property. */
export function differencesOf(live: Json, wanted: Json, path: string): string[] {
  if (isEmpty(live) && isEmpty(wanted)) return [];
  if (isRecord(live) && isRecord(wanted)) {
    return [...new Set([...Object.keys(live), ...Object.keys(wanted)])]
      .sort()
      .flatMap((key) => differencesOf(live[key], wanted[key], `${path}.${key}`));
  }
  if (Array.isArray(live) && Array.isArray(wanted) && live.length === wanted.length) {
    return live.flatMap((item: Json, index) => differencesOf(item, wanted[index], `${path}[${index}]`));
  }
  return JSON.stringify(live) === JSON.stringify(wanted) ? [] : [`${path}: ${shown(live)} -> ${shown(wanted)}`];
}

/** Differences between the live manifests and those that would be written. */
export interface ManifestDifferences {
  cluster: string[];
  groups: string[];
}

/**
 * Compares the manifests in the store with those in a scratch copy into which kOps has written the wanted ones: both in
 * kOps's own form. Groups that leave are not compared.
 */
export async function manifestDifferences(
  store: ObjectStore,
  cluster: string,
  copy: string,
  groups: readonly string[],
): Promise<ManifestDifferences> {
  const keys = kopsKeysOf(cluster);
  const compare = async (key: string, path: string): Promise<string[]> => {
    const [live, wanted] = await Promise.all([store.get(key), readFile(join(copy, key), "utf8")]);
    return live === undefined ? [`${path}: nothing -> new`] : differencesOf(specIn(live.body), specIn(wanted), path);
  };
  const found = await Promise.all(
    groups.map((group) => compare(`${keys.instanceGroups}${group}`, `instanceGroups.${group}`)),
  );
  return { cluster: await compare(keys.config, "cluster"), groups: found.flat() };
}
