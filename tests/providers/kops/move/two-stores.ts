import { createHash } from "node:crypto";
import type { BucketSettings, MovableStore } from "../../../../providers/kops/move/movable-store.ts";
import { memoryStore } from "../memory-store.ts";

export interface MemoryBucket extends MovableStore {
  objects: Map<string, string>;
  /** Nothing: the bucket does not exist. */
  bucket: BucketSettings | undefined;
}

export const good: BucketSettings = { versioned: true, private: true, policyId: "pilot pilot/sbx" };

/** A bucket in memory. Its ETags tell nothing of content, as with KMS. */
export function memoryBucket(url: string, settings: BucketSettings | undefined = good): MemoryBucket {
  const store = memoryStore();
  const made: MemoryBucket = Object.assign(store, {
    url,
    bucket: settings,
    entries: async () =>
      (await store.list("")).map(({ key, etag }) => ({ key, etag, size: store.objects.get(key)?.length ?? 0 })),
    sha256: (key: string) => {
      const body = store.objects.get(key);
      return Promise.resolve(body === undefined ? undefined : createHash("sha256").update(body).digest("hex"));
    },
    copyTo: async (target: MovableStore, key: string) => {
      const body = store.objects.get(key);
      if (body === undefined) return false;
      await target.put(key, body);
      return true;
    },
    settings: () => Promise.resolve(made.bucket),
  });
  return made;
}
