import { additionalIn } from "../model/additional-objects.ts";
import type { AdditionalObject } from "../model/additional-objects.ts";
import { metadataIn, specIn } from "../model/spec.ts";
import { kopsKeysOf } from "./keys.ts";
import type { ObjectStore } from "./object-store.ts";
import { kopsNames, nameSource } from "../model/cloud-names.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import type { Journal } from "./journal.ts";
import type { KopsNames } from "../model/cloud-names.ts";

/** ETags of a cluster's manifests in the store, by key. If two reads are equal, nobody wrote in between. */
export async function manifestEtags(store: ObjectStore, cluster: string): Promise<Record<string, string>> {
  const keys = kopsKeysOf(cluster);
  const [config, groups, additional] = await Promise.all([
    store.list(keys.config),
    store.list(keys.instanceGroups),
    store.list(keys.additional),
  ]);
  const own = [
    ...config.filter(({ key }) => key === keys.config),
    ...groups,
    ...additional.filter(({ key }) => key === keys.additional),
  ];
  return Object.fromEntries(own.map(({ key, etag }) => [key, etag]));
}

/** Names of the instance groups in the store, from the keys of kOps's objects. */
export function groupsIn(etags: Readonly<Record<string, string>>, cluster: string): string[] {
  const prefix = kopsKeysOf(cluster).instanceGroups;
  return Object.keys(etags)
    .filter((key) => key.startsWith(prefix))
    .map((key) => key.slice(prefix.length));
}

/** The Cluster object in the store. */
export async function liveCluster(
  store: ObjectStore,
  cluster: string,
): Promise<{ metadata: Record<string, unknown>; spec: Record<string, unknown> } | undefined> {
  const object = await store.get(kopsKeysOf(cluster).config);
  return object && { metadata: metadataIn(object.body), spec: specIn(object.body) };
}

/** Its spec only. */
export async function liveClusterSpec(
  store: ObjectStore,
  cluster: string,
): Promise<Record<string, unknown> | undefined> {
  return (await liveCluster(store, cluster))?.spec;
}

/** The additional objects in the store, with the ETag of their file; without a file there are none. */
export async function liveAdditional(
  store: ObjectStore,
  cluster: string,
): Promise<{ objects: AdditionalObject[]; etag: string | undefined }> {
  const object = await store.get(kopsKeysOf(cluster).additional);
  return { objects: additionalIn(object?.body ?? ""), etag: object?.etag };
}

/** The spec of an instance group in the store. */
export async function liveGroupSpec(
  store: ObjectStore,
  cluster: string,
  group: string,
): Promise<Record<string, unknown> | undefined> {
  const object = await store.get(`${kopsKeysOf(cluster).instanceGroups}${group}`);
  return object && specIn(object.body);
}

/** The specs of several groups by name, without those that do not exist. */
export async function liveGroupSpecs(
  store: ObjectStore,
  cluster: string,
  groups: readonly string[],
): Promise<Record<string, Record<string, unknown>>> {
  const specs = await Promise.all(
    groups.map(async (group) => [group, await liveGroupSpec(store, cluster, group)] as const),
  );
  return Object.fromEntries(specs.flatMap(([group, spec]) => (spec === undefined ? [] : [[group, spec]])));
}

/** The names of what kOps makes for a cluster, even when its manifests are already gone. */
export async function readKopsNames(
  store: ObjectStore,
  inputs: Pick<KopsClusterInputs, "name" | "cluster" | "instanceGroups">,
  journal: Pick<Journal, "lastApplied" | "applied" | "deletion"> | undefined,
  spec: Record<string, unknown> | undefined,
): Promise<KopsNames> {
  const { name } = inputs;
  const live = await liveGroupSpecs(store, name, groupsIn(await manifestEtags(store, name), name));
  const now = nameSource(name, spec ?? journal?.applied?.spec?.cluster ?? inputs.cluster, [
    live,
    inputs.instanceGroups,
    journal?.lastApplied?.instanceGroups,
    journal?.applied?.spec?.instanceGroups,
  ]);
  const before = journal?.deletion?.made;
  if (before === undefined) return kopsNames(name, now);
  return kopsNames(name, {
    autoScalingGroups: [...new Set([...before.autoScalingGroups, ...now.autoScalingGroups])].sort(),
    records: before.records,
  });
}
