import { DeleteObjectsCommand, ListObjectVersionsCommand } from "@aws-sdk/client-s3";
import type { ListObjectVersionsCommandOutput, S3Client } from "@aws-sdk/client-s3";

export interface StoreVersion {
  Key: string;
  VersionId: string;
  latest: boolean;
  /** Whether it is a delete marker. */
  marker: boolean;
}

/** All versions of the objects below a prefix, newest first within a key. */
export async function storeVersions(s3: S3Client, Bucket: string, Prefix: string): Promise<StoreVersion[]> {
  const found: StoreVersion[] = [];
  for (let next: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {}; next;) {
    const page: ListObjectVersionsCommandOutput = await s3.send(
      new ListObjectVersionsCommand({ Bucket, Prefix, ...next }),
    );
    const {
      Versions = [],
      DeleteMarkers = [],
      IsTruncated,
      NextKeyMarker: KeyMarker,
      NextVersionIdMarker: VersionIdMarker,
    } = page;
    for (const { Key = "", VersionId = "", IsLatest: latest = false } of Versions)
      found.push({ Key, VersionId, latest, marker: false });
    for (const { Key = "", VersionId = "", IsLatest: latest = false } of DeleteMarkers)
      found.push({ Key, VersionId, latest, marker: true });
    next =
      IsTruncated === true
        ? {
            ...(KeyMarker === undefined ? {} : { KeyMarker }),
            ...(VersionIdMarker === undefined ? {} : { VersionIdMarker }),
          }
        : undefined;
  }
  return found;
}

/** Removes objects, or the named versions of them. */
export async function removeObjects(
  s3: S3Client,
  Bucket: string,
  objects: { Key: string; VersionId?: string }[],
): Promise<void> {
  for (let at = 0; at < objects.length; at += 1000)
    await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: objects.slice(at, at + 1000), Quiet: true } }));
}
