import { specIn } from "../model/spec.ts";
import { ownFolder } from "./keys.ts";
import type { ObjectStore } from "./object-store.ts";

/**
 * A key of a Cluster object, as kOps writes it: `<full name>/config`. Below a cluster only what looks like one counts,
 * not a group called config.
 */
const configOf = /^(?:.*\/)?([^/]+\.[^/]+)\/config$/;

/** The cluster whose object lies under a key, if one does. */
export const clusterAt = (key: string): string | undefined =>
  `/${key}`.includes(`/${ownFolder}`) ? undefined : configOf.exec(key)?.[1];

/** How many are looked at at a time. */
const parallel = 8;

async function eachOf<T, R>(items: readonly T[], look: (item: T) => Promise<R>): Promise<R[]> {
  const found: R[] = [];
  for (let from = 0; from < items.length; from += parallel)
    found.push(...(await Promise.all(items.slice(from, from + parallel).map(look))));
  return found;
}

/**
 * Names of the clusters in a store: its folders with a full name. Not looked at is whether a `config` lies in them: who
 * works on some clusters of a store alone may list the names of the others and nothing else.
 */
export async function clustersIn(store: Pick<ObjectStore, "folders">): Promise<string[]> {
  return (await store.folders("")).filter((folder) => clusterAt(`${folder}/config`) !== undefined).sort();
}

/** Their specs, by name. */
export async function specsOf(
  store: Pick<ObjectStore, "get">,
  clusters: readonly string[],
): Promise<{ name: string; cluster: Record<string, unknown> }[]> {
  return await eachOf(clusters, async (name) => {
    const object = await store.get(`${name}/config`);
    return { name, cluster: object === undefined ? {} : specIn(object.body) };
  });
}
