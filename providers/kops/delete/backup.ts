import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { z } from "zod";
import { fileNameOf } from "../model/durations.ts";
import { ConfigError, KopsError, LockedError, isMissing, messageOf } from "../model/errors.ts";
import { forEachParallel } from "../runtime/wait.ts";
import { pilotKeysOf } from "../store/keys.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { backupStoresOf, lastBackup } from "./deletion-archive.ts";

const contents = z.object({
  version: z.literal(1),
  cluster: z.string(),
  /** ISO 8601, UTC. */
  made: z.string(),
  /** Original keys in the store. Each object is under `objects/` of the backup. */
  objects: z.array(z.string()),
  /** By etcd cluster: its newest complete backup, which etcd-manager keeps and this one does not have. */
  etcdBackups: z.record(z.string(), z.object({ place: z.string(), newest: z.string().optional() })),
});

/** The object `backup.json` of a backup, written last. */
export type BackupContents = z.infer<typeof contents>;

const contentsName = "backup.json";
const suffix = "-backup";
/** How many copies run at a time. */
const parallel = 8;

/** A backup that can be read: in the store, or in a folder of this machine. */
export interface Backup {
  name: string;
  contents: BackupContents;
  read: (key: string) => Promise<string>;
}

/** What of the store a backup of a cluster holds, and where its etcd backups are. */
export function backupContents(
  { cluster, url, made }: { cluster: string; url: string; made: string },
  keys: readonly string[],
  spec: Record<string, unknown>,
): BackupContents {
  const places = Object.entries(backupStoresOf(cluster, spec, url));
  const inside = places.flatMap(([, place]) => ("prefix" in place ? [place.prefix] : []));
  const etcdBackups = places.map(([name, place]) => {
    if ("elsewhere" in place) return [name, { place: place.elsewhere }] as const;
    const newest = lastBackup(keys, place.prefix);
    return [name, { place: `${url}/${place.prefix}`, ...(newest !== undefined && { newest }) }] as const;
  });
  return {
    ...{ version: 1, cluster, made },
    objects: keys.filter((key) => !inside.some((prefix) => key.startsWith(prefix))).sort(),
    etcdBackups: Object.fromEntries(etcdBackups),
  };
}

/**
 * Copies manifests, keysets, secrets and all else of a cluster's folder but its etcd backups. S3 copies inside itself.
 * It takes no lock: a change meanwhile fails it.
 */
export async function makeBackup(
  store: ObjectStore,
  { cluster, spec, now }: { cluster: string; spec: Record<string, unknown>; now: Date },
): Promise<{ folder: string; backup: Backup }> {
  const head = { cluster, url: store.url.replace(/\/$/, ""), made: now.toISOString() };
  const look = async (): Promise<{ found: BackupContents; etags: Map<string, string> }> => {
    const objects = await store.list(`${cluster}/`);
    const keys = objects.map(({ key }) => key);
    return { found: backupContents(head, keys, spec), etags: new Map(objects.map(({ key, etag }) => [key, etag])) };
  };
  const { found, etags } = await look();
  const name = `${fileNameOf(now)}${suffix}`;
  const folder = `${pilotKeysOf(cluster).archive}/${name}/`;
  await forEachParallel(found.objects, parallel, (key) => store.copy(key, `${folder}objects/${key}`));
  const after = await look();
  const changed = [...new Set([...found.objects, ...after.found.objects])].filter(
    (key) => after.etags.get(key) !== etags.get(key),
  );
  if (changed.length > 0)
    throw new LockedError({
      what: `The backup of ${cluster} is not complete`,
      why: `somebody changed the cluster in ${store.url} meanwhile: ${changed.join(", ")}`,
      next: "run the same command again when no run works on the cluster",
    });
  await store.put(`${folder}${contentsName}`, JSON.stringify(found, null, 2));
  return { folder, backup: inStore(store, folder, name, found) };
}

function inStore(store: ObjectStore, folder: string, name: string, found: BackupContents): Backup {
  return {
    ...{ name, contents: found },
    async read(key) {
      const object = await store.get(`${folder}objects/${key}`);
      if (object) return object.body;
      throw new KopsError({
        what: `The backup ${name} of ${found.cluster} is not complete`,
        why: `${store.url}/${folder}objects/${key} is missing`,
        next: "choose another backup",
      });
    },
  };
}

function parsed(text: string, where: string): BackupContents {
  try {
    return contents.parse(JSON.parse(text));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error);
    throw new KopsError({ what: `The backup ${where} cannot be read`, why, next: "choose another backup" }, error);
  }
}

/** Names of the complete backups of a cluster in its store, oldest first. */
export async function listBackups(store: ObjectStore, cluster: string): Promise<string[]> {
  const base = `${pilotKeysOf(cluster).archive}/`;
  return (await store.list(base))
    .map(({ key }) => key.slice(base.length))
    .filter((key) => key.endsWith(`${suffix}/${contentsName}`))
    .map((key) => key.slice(0, -contentsName.length - 1))
    .sort();
}

/** A backup in the store; undefined if there is none of that name. */
export async function readBackup(store: ObjectStore, cluster: string, name: string): Promise<Backup | undefined> {
  const folder = `${pilotKeysOf(cluster).archive}/${name}/`;
  const object = name.endsWith(suffix) ? await store.get(`${folder}${contentsName}`) : undefined;
  return object && inStore(store, folder, name, parsed(object.body, `${store.url}/${folder}`));
}

/** Writes a backup to an empty folder that only its owner can read: it has private keys. */
export async function writeBackup({ contents: found, read }: Backup, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if ((await readdir(folder)).length > 0)
    throw new ConfigError({
      what: "The backup is not written",
      why: `${folder} is not empty`,
      next: "name a new folder",
    });
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(path, text, { mode: 0o600, flag: "wx" });
  };
  await forEachParallel(found.objects, parallel, async (key) => write(placeIn(folder, key), await read(key)));
  await write(join(folder, contentsName), JSON.stringify(found, null, 2));
}

/** The file of an object; refuses a key that leaves the folder. */
function placeIn(folder: string, key: string): string {
  const base = resolve(folder, "objects") + sep;
  const place = resolve(base, key);
  if (place.startsWith(base)) return place;
  throw new KopsError({
    what: "The backup cannot be read",
    why: `it has the key ${key}`,
    next: "choose another backup",
  });
}

/** A backup in a folder of this machine. */
export async function backupIn(folder: string): Promise<Backup> {
  try {
    const found = parsed(await readFile(join(folder, contentsName), "utf8"), folder);
    return { name: folder, contents: found, read: (key) => readFile(placeIn(folder, key), "utf8") };
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new ConfigError(
      { what: `${folder} is no backup`, why: `it has no ${contentsName}`, next: "name the folder that --out wrote" },
      error,
    );
  }
}

/** Whether two texts are the same, without a word of either. */
export const isSame = (one: string, other: string): boolean => digest(one) === digest(other);
const digest = (text: string): string => createHash("sha256").update(text).digest("hex");
