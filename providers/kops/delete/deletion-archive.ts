import { z } from "zod";
import { milliseconds } from "../model/durations.ts";
import { ExplainedError, KopsError, messageOf } from "../model/errors.ts";
import { step } from "../runtime/long-work.ts";
import type { Detail, Lines } from "../runtime/long-work.ts";
import { forEachParallel } from "../runtime/wait.ts";
import { ownFolder, pilotKeysOf } from "../store/keys.ts";
import { isRecord } from "../model/spec.ts";
import { listHistory } from "../store/history.ts";
import type { ObjectStore } from "../store/object-store.ts";

/** How long the archive of a deleted cluster is kept, by default of `deletion.retain`. */
export const defaultRetain = "720h";

const contents = z.object({
  version: z.literal(1),
  cluster: z.string(),
  owner: z.string(),
  kopsVersion: z.string(),
  /** ISO 8601, UTC: creation and end of retention. */
  made: z.string(),
  until: z.string(),
  /** Original keys in the store. Each object is under `objects/` of the archive. */
  objects: z.array(z.string()),
  /**
   * By etcd cluster: the name of the last complete backup, which was copied with all others, or the other place of its
   * backups, which kOps does not delete.
   */
  etcdBackups: z.record(
    z.string(),
    z.union([z.object({ copied: z.string() }), z.object({ stays: z.string() }), z.object({ none: z.literal(true) })]),
  ),
});

/** The object `archive.json` in the folder of an archive, written last. */
export type ArchiveContents = z.infer<typeof contents>;

const contentsName = "archive.json";

/** The file that makes an etcd backup complete: etcd-manager writes it last (pkg/backup in etcd-manager). */
const completeMark = "_etcd_backup.meta";

/** Places of the backups by etcd cluster: a prefix in the state store, or a URL elsewhere. */
export function backupStoresOf(
  cluster: string,
  spec: Record<string, unknown>,
  storeUrl: string,
): Record<string, { prefix: string } | { elsewhere: string }> {
  const members = Array.isArray(spec["etcdClusters"]) ? spec["etcdClusters"].filter(isRecord) : [];
  const base = `${storeUrl.replace(/\/$/, "")}/`;
  return Object.fromEntries(
    members.map((one): [string, { prefix: string } | { elsewhere: string }] => {
      const name = typeof one["name"] === "string" ? one["name"] : "main";
      const backups = isRecord(one["backups"]) ? one["backups"]["backupStore"] : undefined;
      if (typeof backups !== "string") return [name, { prefix: `${cluster}/backups/etcd/${name}/` }];
      const inside = backups.startsWith(base) ? `${backups.slice(base.length).replace(/\/$/, "")}/` : undefined;
      return [name, inside?.startsWith(`${cluster}/`) ? { prefix: inside } : { elsewhere: backups }];
    }),
  );
}

/** The newest complete backup under a prefix: the last by name, because names begin with the time. */
export function lastBackup(keys: readonly string[], prefix: string): string | undefined {
  const whole = keys
    .filter((key) => key.startsWith(prefix) && key.endsWith(`/${completeMark}`))
    .map((key) => key.slice(prefix.length, -completeMark.length - 1))
    .filter((name) => name !== "" && !name.includes("/"));
  return whole.sort().at(-1);
}

/** The keys to archive, which are all of the cluster's folder, and its etcd backups. */
export function archiveContents(
  cluster: string,
  keys: readonly string[],
  spec: Record<string, unknown>,
  storeUrl: string,
): Pick<ArchiveContents, "objects" | "etcdBackups"> {
  const objects = keys.filter((key) => key.startsWith(`${cluster}/`));
  const etcdBackups: ArchiveContents["etcdBackups"] = {};
  for (const [name, place] of Object.entries(backupStoresOf(cluster, spec, storeUrl))) {
    if ("elsewhere" in place) {
      etcdBackups[name] = { stays: place.elsewhere };
      continue;
    }
    const last = lastBackup(keys, place.prefix);
    etcdBackups[name] = last === undefined ? { none: true } : { copied: last };
  }
  return { objects: objects.sort(), etcdBackups };
}

/** How many copies run at a time. */
const parallel = 8;

export interface ArchiveOptions {
  cluster: string;
  owner: string;
  kopsVersion: string;
  spec: Record<string, unknown>;
  /** Duration; `0s` keeps nothing. */
  retain: string;
  /** Name of the archive's folder. A continued deletion uses the same one. */
  name: string;
  now: Date;
}

/**
 * Copies a cluster's folder to the archive, before kOps deletes it. S3 copies inside itself, so no private key passes
 * through this machine. A complete archive only gets what it lacks: after a first attempt to delete, parts of the
 * original may be gone.
 */
export async function archiveForDeletion(
  store: ObjectStore,
  options: ArchiveOptions,
  lines?: Lines,
): Promise<ArchiveContents> {
  const { cluster, owner, kopsVersion, spec, retain, name, now } = options;
  const keys = (await store.list(`${cluster}/`)).map(({ key }) => key);
  const there = await addToArchive(store, cluster, name, keys);
  if (there) return there;
  const folder = `${pilotKeysOf(cluster).archive}/${name}/`;
  const found = archiveContents(cluster, keys, spec, store.url);
  await copyAll(store, found.objects, folder, lines);
  const made: ArchiveContents = {
    version: 1,
    cluster,
    owner,
    kopsVersion,
    made: now.toISOString(),
    until: new Date(now.getTime() + milliseconds(retain)).toISOString(),
    ...found,
  };
  await store.put(`${folder}${contentsName}`, JSON.stringify(made, null, 2));
  return made;
}

async function copyAll(store: ObjectStore, keys: readonly string[], folder: string, lines?: Lines): Promise<void> {
  const copy = async (detail?: Detail): Promise<void> => {
    let done = 0;
    await forEachParallel(keys, parallel, async (key) => {
      await store.copy(key, `${folder}objects/${key}`);
      detail?.(`${(done += 1)} of ${keys.length}`);
    });
  };
  await (lines ? step(lines, `archiving ${keys.length} objects`, copy, { brief: true }) : copy());
}

/**
 * Adds missing keys, such as new etcd backups, to a complete archive.
 * @returns undefined when there is no complete archive of that name
 */
export async function addToArchive(
  store: ObjectStore,
  cluster: string,
  name: string,
  keys: readonly string[],
): Promise<ArchiveContents | undefined> {
  const folder = `${pilotKeysOf(cluster).archive}/${name}/`;
  const there = await readContents(store, folder);
  if (there === undefined) return undefined;
  const lacking = keys.filter((key) => !there.objects.includes(key));
  if (lacking.length === 0) return there;
  await copyAll(store, lacking, folder);
  const more = { ...there, objects: [...there.objects, ...lacking].sort() };
  await store.put(`${folder}${contentsName}`, JSON.stringify(more, null, 2));
  return more;
}

async function readContents(store: ObjectStore, folder: string): Promise<ArchiveContents | undefined> {
  const object = await store.get(`${folder}${contentsName}`);
  if (!object) return undefined;
  try {
    return contents.parse(JSON.parse(object.body));
  } catch (error) {
    throw new KopsError(
      {
        what: `The archive ${store.url}/${folder} cannot be read`,
        why: error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error),
        next: `use the version of this program that wrote it, or remove ${folder}${contentsName}`,
      },
      error,
    );
  }
}

/** An archive of a deleted cluster in a store. */
export interface Archive {
  /** Key prefix of its folder, relative to the store. */
  folder: string;
  contents: ArchiveContents;
  expired: boolean;
}

/** A skipped archive, and why in one line. */
export interface PassedOver {
  folder: string;
  why: string;
}

/** The result of `work`, or why it failed. Throws what is not a failure of store or archive. */
async function attempt<T>(folder: string, work: () => Promise<T>): Promise<{ value: T } | { passedOver: PassedOver }> {
  try {
    return { value: await work() };
  } catch (error) {
    if (!(error instanceof ExplainedError)) throw error;
    return { passedOver: { folder, why: error.explanation.why.trim().replace(/\s+/g, " ") } };
  }
}

const isContents = new RegExp(`^${ownFolder}[^/]+/archive/[^/]+/${contentsName.replace(".", "\\.")}$`);

/**
 * The archives of deleted clusters in a store, oldest first, and those that cannot be read: an account of
 * `stateStore.accounts` sees the names of all archives but only the contents of its own clusters', and another version
 * of this program may have written some.
 */
export async function listArchives(
  store: ObjectStore,
  now: Date,
): Promise<{ archives: Archive[]; unreadable: PassedOver[] }> {
  const archives: Archive[] = [];
  const unreadable: PassedOver[] = [];
  for (const { key } of await store.list(ownFolder)) {
    if (!isContents.test(key)) continue;
    const folder = key.slice(0, -contentsName.length);
    const read = await attempt(folder, () => readContents(store, folder));
    if ("passedOver" in read) unreadable.push(read.passedOver);
    else if (read.value)
      archives.push({ folder, contents: read.value, expired: Date.parse(read.value.until) <= now.getTime() });
  }
  return { archives: archives.sort((a, b) => (a.contents.made < b.contents.made ? -1 : 1)), unreadable };
}

/** The expired archives that were and were not removed, and those that may have expired but cannot be read. */
export interface ArchiveRemoval {
  removed: Archive[];
  failed: PassedOver[];
  unreadable: PassedOver[];
}

/**
 * Removes expired archives, each with older manifests and records of that cluster's earlier changes. Deletes
 * `archive.json` last, so that the next run continues after an interruption. A failure does not stop the others.
 */
export async function removeExpired(store: ObjectStore, now: Date): Promise<ArchiveRemoval> {
  const { archives, unreadable } = await listArchives(store, now);
  const removal: ArchiveRemoval = { removed: [], failed: [], unreadable };
  for (const archive of archives.filter((one) => one.expired)) {
    const outcome = await attempt(archive.folder, () => removeArchive(store, archive.contents.cluster, archive.folder));
    if ("passedOver" in outcome) removal.failed.push(outcome.passedOver);
    else removal.removed.push(archive);
  }
  return removal;
}

async function removeArchive(store: ObjectStore, cluster: string, folder: string): Promise<void> {
  const base = `${pilotKeysOf(cluster).archive}/`;
  const isEarlier = (key: string): boolean => !key.slice(base.length).includes("/") && key < folder;
  const keys = (await store.list(base)).map(({ key }) => key);
  // Names of both begin with the time, in the same form.
  const records = (await listHistory(store, cluster)).filter(({ name }) => `${base}${name}` < folder);
  const last = `${folder}${contentsName}`;
  await forEachParallel(
    keys.filter((key) => key !== last && (key.startsWith(folder) || isEarlier(key))),
    parallel,
    (key) => store.delete(key),
  );
  await forEachParallel(records, parallel, ({ key }) => store.delete(key));
  await store.delete(last);
}

/** Removes all archives of a cluster, including the manifests of its earlier changes. */
export async function removeAllArchived(store: ObjectStore, cluster: string): Promise<number> {
  const keys = (await store.list(`${pilotKeysOf(cluster).archive}/`)).map(({ key }) => key);
  await forEachParallel(keys, parallel, (key) => store.delete(key));
  return keys.length;
}
