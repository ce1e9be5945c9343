import { specIn } from "../model/spec.ts";
import { ownFolder } from "./keys.ts";
import type { ObjectStore } from "./object-store.ts";

/**
 * The key of a Cluster object, `<full name>/config`. The dot in the name tells it from an instance group called config.
 */
const configOf = /^(?:.*\/)?([^/]+\.[^/]+)\/config$/;

/** The cluster whose Cluster object has this key, if any. */
export const clusterAt = (key: string): string | undefined =>
  `/${key}`.includes(`/${ownFolder}`) ? undefined : configOf.exec(key)?.[1];

/** Reads at a time. */
const parallel = 8;

async function mapParallel<T, R>(items: readonly T[], read: (item: T) => Promise<R>): Promise<R[]> {
  const found: R[] = [];
  for (let from = 0; from < items.length; from += parallel)
    found.push(...(await Promise.all(items.slice(from, from + parallel).map(read))));
  return found;
}

/**
 * Names of the clusters in a store: its folders whose name is a full DNS name. It does not check that they hold a
 * `config`, because an account that works on some clusters of a store may list the others' names and nothing more.
 */
export async function clustersIn(store: Pick<ObjectStore, "folders">): Promise<string[]> {
  return (await store.folders("")).filter((folder) => clusterAt(`${folder}/config`) !== undefined).sort();
}

/** Specs of these clusters; empty when there is no Cluster object. */
export async function specsOf(
  store: Pick<ObjectStore, "get">,
  clusters: readonly string[],
): Promise<{ name: string; cluster: Record<string, unknown> }[]> {
  return await mapParallel(clusters, async (name) => {
    const object = await store.get(`${name}/config`);
    return { name, cluster: object === undefined ? {} : specIn(object.body) };
  });
}
