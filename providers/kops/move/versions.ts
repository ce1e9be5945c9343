import { CopyObjectCommand, GetObjectCommand, ListObjectVersionsCommand } from "@aws-sdk/client-s3";
import type { ListObjectVersionsCommandOutput } from "@aws-sdk/client-s3";
import type { AwsIdentity } from "../aws/identity.ts";
import { copySource, parseStoreUrl, storeClient } from "../store/object-store.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { ask } from "./movable-store.ts";

/** A version of an object, or a delete marker. */
export interface Version {
  key: string;
  id: string;
  at: Date;
  /** Absent for a delete marker. */
  object?: { size: number; etag: string };
}

/** The versions of a store. Keys are relative to the store's prefix. */
export interface VersionedStore {
  readonly url: string;
  /** All versions; those of a key from the newest to the oldest. */
  versions(): Promise<Version[]>;
  read(version: Version): Promise<string>;
  /** Copies a version into a store, where it becomes the newest. */
  copyTo(target: Pick<ObjectStore, "url">, version: Version): Promise<void>;
}

export function openVersions(url: string, identity: AwsIdentity, env: NodeJS.ProcessEnv = process.env): VersionedStore {
  const { bucket, prefix } = parseStoreUrl(url);
  const client = storeClient(identity, env);
  return {
    url,
    async versions() {
      return await ask(`list the versions of ${url}`, async () => {
        const found: Version[] = [];
        const latest = new Set<Version>();
        const note = (version: Version, isLatest = false): void => {
          found.push(version);
          if (isLatest) latest.add(version);
        };
        let next: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } | undefined = {};
        while (next) {
          const page: ListObjectVersionsCommandOutput = await client.send(
            new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix, ...next }),
          );
          for (const { Key = "", VersionId: id = "", LastModified: at = new Date(0), ...more } of page.Versions ?? []) {
            const object = { size: more.Size ?? 0, etag: more.ETag ?? "" };
            note({ key: Key.slice(prefix.length), id, at, object }, more.IsLatest);
          }
          for (const { Key = "", VersionId: id = "", LastModified: at = new Date(0), IsLatest } of page.DeleteMarkers ??
            [])
            note({ key: Key.slice(prefix.length), id, at }, IsLatest);
          next =
            page.IsTruncated === true
              ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
              : undefined;
        }
        // Times have seconds, and the SDK lists markers apart. Within a second S3's own order counts, else an object
        // comes before a marker: a restore brings back rather too much.
        return found.sort(
          (one, other) => other.at.getTime() - one.at.getTime() || Number(latest.has(other)) - Number(latest.has(one)),
        );
      });
    },
    async read({ key, id }) {
      return await ask(`read ${url}/${key}`, async () => {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: prefix + key, VersionId: id }));
        return (await Body?.transformToString()) ?? "";
      });
    },
    async copyTo(target, { key, id }) {
      const to = parseStoreUrl(target.url);
      await ask(`copy ${url}/${key} to ${target.url}`, () =>
        client.send(
          new CopyObjectCommand({
            Bucket: to.bucket,
            CopySource: `${copySource(bucket, prefix + key)}?versionId=${encodeURIComponent(id)}`,
            Key: to.prefix + key,
          }),
        ),
      );
    },
  };
}
