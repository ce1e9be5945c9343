import { z } from "zod";
import { KopsError, messageOf } from "../model/errors.ts";
import { ownFolder, pilotKeysOf } from "./keys.ts";
import { parseStoreUrl } from "./object-store.ts";
import type { ObjectStore } from "./object-store.ts";

const moved = z.object({
  version: z.literal(1),
  /** The store they moved to, `s3://bucket` or `s3://bucket/prefix`. */
  to: z.string(),
  /** Full names. */
  clusters: z.array(z.string()),
  at: z.string(),
});

/** Record in a store of the clusters that moved to another one. */
export type Moved = z.infer<typeof moved>;

const arrived = z.object({ version: z.literal(1), from: z.string(), clusters: z.array(z.string()), at: z.string() });

/** Record in a store of the clusters that are copied into it, written before their first object. */
export type Arrived = z.infer<typeof arrived>;

/** In the old store; written last. */
export const movedKey = `${ownFolder}moved.json`;
/** In the new store; written first. */
export const arrivedKey = `${ownFolder}moved-from.json`;

/** Reads a small JSON object that this program wrote. */
async function read<T>(
  store: Pick<ObjectStore, "url" | "get">,
  key: string,
  schema: z.ZodType<T>,
): Promise<T | undefined> {
  const object = await store.get(key);
  if (!object) return undefined;
  try {
    return schema.parse(JSON.parse(object.body));
  } catch (error) {
    throw new KopsError(
      {
        what: `${store.url}/${key} cannot be read`,
        why: messageOf(error),
        next: "use the version of this program that wrote it, or restore an earlier version of the object",
      },
      error,
    );
  }
}

/** Which clusters of a store moved, and where. */
export function readMoved(store: Pick<ObjectStore, "url" | "get">): Promise<Moved | undefined> {
  return read(store, movedKey, moved);
}

/** Which clusters were copied into a store, and from where. */
export function readArrived(store: ObjectStore): Promise<Arrived | undefined> {
  return read(store, arrivedKey, arrived);
}

/**
 * The store that one cluster moved to. It has an object of its own, because another account with clusters in the store
 * (`stateStore.accounts`) may read the folders of its clusters and nothing else.
 */
export async function movedTo(store: ObjectStore, cluster: string): Promise<string | undefined> {
  return (await read(store, pilotKeysOf(cluster).moved, moved))?.to;
}

/** Whether two URLs name one store. */
export function isSameStore(one: string, other: string): boolean {
  const [a, b] = [parseStoreUrl(one), parseStoreUrl(other)];
  return a.bucket === b.bucket && a.prefix === b.prefix;
}

/** Why no run may work on a cluster in its old store, and what to do. */
export function movedReason(cluster: string, from: string, to: string): string {
  return (
    `${cluster} moved from ${from} to ${to}: set pilot:stateStore.stateBucket: ${parseStoreUrl(to).bucket} in the ` +
    `stack that has the store (a KopsCluster of your own: stateStore) and run \`pulumi up\`, there first; to ` +
    `withdraw the move: ${moveCommand(from, to)} --undo`
  );
}

export function moveCommand(from: string, to: string): string {
  return `npx pilot move-store ${from} ${to}`;
}
