import { z } from "zod";
import { metadataIn, specIn } from "../kops/model/spec.ts";
import { readMoved } from "../kops/store/moved.ts";
import type { ObjectStore } from "../kops/store/object-store.ts";

/** A cluster of which the store holds something that cannot be made again. */
export interface LivingCluster {
  /** Full name. */
  name: string;
  /** Owning stack, organisation/project/stack; absent for a cluster made without this program. */
  owner?: string;
  /** The kOps ClusterSpec, where the store has one. */
  spec?: Record<string, unknown>;
}

/** Clusters by the keys of a store: their names, each with the key. */
export interface Traces {
  journals: Map<string, string>;
  configs: Map<string, string>;
  authorities: Map<string, string>;
}

const own = /(^|\/)_pilot\//;
const journal = /(?:^|\/)_pilot\/([^/]+)\/journal\.json$/;
const config = /(?:^|\/)([^/]+)\/config$/;
const authority = /(?:^|\/)([^/]+)\/pki\/private\/[^/]+\/keyset\.yaml$/;

/**
 * Finds clusters by the keys of a bucket, below any prefix. A journal exists until the last step of a deletion. A
 * manifest or a certificate authority's key is in use, unless it is below `_pilot/`: archives of deleted clusters have
 * both.
 */
export function tracesIn(keys: readonly string[]): Traces {
  const traces: Traces = { journals: new Map(), configs: new Map(), authorities: new Map() };
  for (const key of keys) {
    const name = (pattern: RegExp): string | undefined => pattern.exec(key)?.[1];
    const [byJournal, byConfig, byAuthority] = [
      name(journal),
      own.test(key) ? undefined : name(config),
      own.test(key) ? undefined : name(authority),
    ];
    if (byJournal !== undefined) traces.journals.set(byJournal, key);
    if (byConfig !== undefined) traces.configs.set(byConfig, key);
    if (byAuthority !== undefined) traces.authorities.set(byAuthority, key);
  }
  return traces;
}

const owned = z.object({ owner: z.string() });

/** The owner in a journal; undefined when it cannot be read. */
function ownerIn(body: string): string | undefined {
  try {
    return owned.safeParse(JSON.parse(body)).data?.owner;
  } catch {
    return undefined;
  }
}

/** All clusters that live in a store, whoever made them, in the order of their names. */
export async function livingIn(store: Pick<ObjectStore, "get" | "list">): Promise<LivingCluster[]> {
  const traces = tracesIn((await store.list("")).map(({ key }) => key));
  const found = new Map<string, LivingCluster>();
  const note = (name: string, more: Partial<LivingCluster> = {}): void => {
    found.set(name, { ...found.get(name), ...more, name });
  };
  for (const name of traces.authorities.keys()) note(name);
  for (const [name, key] of traces.configs) {
    const body = (await store.get(key))?.body;
    // Something else, such as an instance group, may be named `config`.
    if (body === undefined || !/^kind: Cluster\s*$/m.test(body)) continue;
    const { name: given } = metadataIn(body);
    note(typeof given === "string" ? given : name, { spec: specIn(body) });
  }
  for (const [name, key] of traces.journals) {
    const body = (await store.get(key))?.body;
    if (body === undefined) continue;
    const owner = ownerIn(body);
    note(name, owner === undefined ? {} : { owner });
  }
  return [...found.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** The clusters that did not move to another store, or to the store `to`, by the note in this one. */
export async function notMoved(
  store: Pick<ObjectStore, "url" | "get">,
  living: readonly LivingCluster[],
  to?: string,
): Promise<LivingCluster[]> {
  if (living.length === 0) return [];
  const note = await readMoved(store);
  const gone = note !== undefined && (to === undefined || note.to === to) ? note.clusters : [];
  return living.filter(({ name }) => !gone.includes(name));
}

/** Clusters in words, each with its owner. */
export function clusterNames(clusters: readonly Pick<LivingCluster, "name" | "owner">[]): string {
  return clusters.map(({ name, owner }) => (owner === undefined ? name : `${name} (${owner})`)).join(", ");
}
