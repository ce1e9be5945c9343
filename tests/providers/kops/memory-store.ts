import { createHash } from "node:crypto";
import { ConflictError } from "../../../providers/kops/store/object-store.ts";
import type { ObjectStore } from "../../../providers/kops/store/object-store.ts";

/** An object store in memory, with S3's conditional writes. */
export function memoryStore(): ObjectStore & { objects: Map<string, string> } {
  const objects = new Map<string, string>();
  let writes = 0;
  const etags = new Map<string, string>();
  const store: ObjectStore & { objects: Map<string, string> } = {
    objects,
    url: "s3://memory",
    get(key) {
      const body = objects.get(key);
      return Promise.resolve(body === undefined ? undefined : { body, etag: etags.get(key) ?? "" });
    },
    put(key, body, condition) {
      const there = etags.get(key);
      if (condition && "ifAbsent" in condition && there !== undefined) return Promise.reject(new ConflictError(key));
      if (condition && "ifMatch" in condition && there !== condition.ifMatch)
        return Promise.reject(new ConflictError(key));
      writes += 1;
      const etag = createHash("sha256").update(`${writes} ${body}`).digest("hex").slice(0, 8);
      objects.set(key, body);
      etags.set(key, etag);
      return Promise.resolve(etag);
    },
    delete(key, ifMatch) {
      if (ifMatch !== undefined && etags.get(key) !== ifMatch) return Promise.reject(new ConflictError(key));
      objects.delete(key);
      etags.delete(key);
      return Promise.resolve();
    },
    async copy(from, to) {
      const body = objects.get(from);
      if (body === undefined) throw new Error(`there is no ${from}`);
      await store.put(to, body);
    },
    folders(prefix) {
      const below = [...objects.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
      return Promise.resolve([
        ...new Set(below.filter((key) => key.includes("/")).map((key) => key.slice(0, key.indexOf("/")))),
      ]);
    },
    list(prefix) {
      return Promise.resolve(
        [...objects.keys()].filter((key) => key.startsWith(prefix)).map((key) => ({ key, etag: etags.get(key) ?? "" })),
      );
    },
  };
  return store;
}
