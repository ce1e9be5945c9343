/** What only the cloud has that a test runs on, by the names of placeholders. */
import { cluster, ownFolder } from "./environment.ts";
import type { RecordedEnvironment } from "./environment.ts";
import { digestThen, filled, givenIn } from "./template.ts";
import type { Fields, Json, Resource } from "./template.ts";

/** Values of this cloud: from Pulumi's state, the state store, and the instances that run. */
export async function valuesOf(
  environment: RecordedEnvironment,
  resources: readonly Resource[],
): Promise<Map<string, string | number>> {
  const values = new Map<string, string | number>(givenIn(resources));
  for (const [name, [id = ""]] of Object.entries(await environment.instances())) values.set(`instance ${name}`, id);
  for (const [key, { etag }] of Object.entries(await environment.objects())) {
    if (key === `${ownFolder}/lock.json`) {
      const lock = JSON.parse(await environment.read(key)) as Record<string, string | number>;
      for (const [field, value] of Object.entries(lock)) values.set(`lock ${field}`, value);
    }
    if (!/^[^/]+\/(config|instancegroup\/[^/]+)$/.test(key)) continue;
    values.set(`etag ${key}`, etag);
    const [, created = ""] = /creationTimestamp: "(.*)"/.exec(await environment.read(key)) ?? [];
    values.set(`created ${key}`, created);
  }
  return values;
}

/** The digests that a recorded journal has of its own specs. */
export function digestsOf(journal: Fields): Map<string, string> {
  const applied = journal["applied"] as Fields;
  return new Map([
    ["digest applied", digestThen(cluster, applied["spec"])],
    ["digest told", digestThen(cluster, journal["told"])],
  ]);
}

/** Fills a journal, and what belongs to it, with values of this cloud. */
export function filledWith<T extends Record<string, Json>>(
  recorded: T & { journal: Fields },
  values: ReadonlyMap<string, string | number>,
): T {
  const unknown = new Map([...["applied", "told"].map((name) => [`digest ${name}`, `{{digest ${name}}}`] as const)]);
  const once = filled<T & { journal: Fields }>(recorded, new Map([...values, ...unknown]));
  return filled<T>(once, new Map([...values, ...digestsOf(once.journal)]));
}
