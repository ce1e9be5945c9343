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
        let next: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } | undefined = {};
        while (next) {
          const page: ListObjectVersionsCommandOutput = await client.send(
            new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix, ...next }),
          );
          for (const { Key = "", VersionId = "", LastModified = new Date(0), Size = 0, ETag = "" } of page.Versions ??
            [])
            found.push({
              key: Key.slice(prefix.length),
              id: VersionId,
              at: LastModified,
              object: { size: Size, etag: ETag },
            });
          for (const { Key = "", VersionId = "", LastModified = new Date(0) } of page.DeleteMarkers ?? [])
            found.push({ key: Key.slice(prefix.length), id: VersionId, at: LastModified });
          next =
            page.IsTruncated === true
              ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
              : undefined;
        }
        // S3 lists versions and markers apart. A stable sort keeps S3's order within a second.
        return found.sort((one, other) => other.at.getTime() - one.at.getTime());
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
