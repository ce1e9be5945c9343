import { backupIn, isSame, listBackups, readBackup } from "../providers/kops/delete/backup.ts";
import type { Backup } from "../providers/kops/delete/backup.ts";
import { ConfigError } from "../providers/kops/model/errors.ts";
import { listSnapshots } from "../providers/kops/store/archive.ts";
import { kopsKeysOf } from "../providers/kops/store/keys.ts";
import type { ObjectStore } from "../providers/kops/store/object-store.ts";

/** Manifests that can be written back. A backup has keys, secrets and all else of the cluster's folder, too. */
export interface Restorable {
  name: string;
  /** The manifests, as in a snapshot. */
  text: string;
  backup?: Backup;
}

const isManifest = (cluster: string, key: string): boolean => {
  const { config, instanceGroups, additional } = kopsKeysOf(cluster);
  return key === config || key === additional || key.startsWith(instanceGroups);
};

/** The backup that a word names: one in the store, or a folder, which has a slash in its name. */
export async function backupNamed(store: ObjectStore, cluster: string, word: string): Promise<Restorable | undefined> {
  const backup = word.includes("/") ? await backupIn(word) : await readBackup(store, cluster, word);
  if (backup === undefined) return undefined;
  const { contents, name, read } = backup;
  if (contents.cluster !== cluster)
    throw new ConfigError({
      what: `The backup ${name} is not of ${cluster}`,
      why: `it is of ${contents.cluster}`,
      next: `npx pilot restore ${store.url} ${cluster} lists those of it`,
    });
  const manifests = contents.objects.filter((key) => isManifest(cluster, key));
  return { name, text: (await Promise.all(manifests.map(read))).join("\n---\n"), backup };
}

/** The snapshot that a word names; `latest` is the newest. */
export async function snapshotNamed(
  store: ObjectStore,
  cluster: string,
  word: string,
  usage: string,
): Promise<Restorable> {
  const snapshots = await listSnapshots(store, cluster);
  const chosen = word === "latest" ? snapshots.at(-1) : snapshots.find(({ name }) => name === word);
  if (chosen) return { name: chosen.name, text: (await store.get(chosen.key))?.body ?? "" };
  const names = [...snapshots.map(({ name }) => name), ...(await listBackups(store, cluster))];
  throw new ConfigError({
    what: `There is no snapshot ${word} of ${cluster}`,
    why:
      names.length === 0 ? "none has been kept yet: they are made before each change" : `there are ${names.join(", ")}`,
    next: usage,
  });
}

/** What else a backup has: objects that are gone from the store, with their texts, and those that differ there. */
export async function othersIn(
  store: ObjectStore,
  { backup }: Restorable,
): Promise<{ gone: { key: string; body: string }[]; differ: string[] }> {
  if (backup === undefined) return { gone: [], differ: [] };
  const { contents, read } = backup;
  const found = await Promise.all(
    contents.objects
      .filter((key) => !isManifest(contents.cluster, key))
      .map(async (key) => ({ key, live: await store.get(key), body: await read(key) })),
  );
  return {
    gone: found.flatMap(({ key, live, body }) => (live === undefined ? [{ key, body }] : [])),
    differ: found.flatMap(({ key, live, body }) => (live === undefined || isSame(live.body, body) ? [] : [key])),
  };
}
