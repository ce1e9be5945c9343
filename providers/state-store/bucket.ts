import { DeleteObjectsCommand, ListObjectVersionsCommand, S3ServiceException } from "@aws-sdk/client-s3";
import type { S3Client } from "@aws-sdk/client-s3";
import type { AwsIdentity } from "../kops/aws/identity.ts";
import { KopsError, messageOf } from "../kops/model/errors.ts";
import { storeClient, openStore } from "../kops/store/object-store.ts";
import type { ObjectStore } from "../kops/store/object-store.ts";

/** A bucket of the environment, and the identity that makes it. */
export interface Place {
  bucket: string;
  region: string;
  /** Role in the central account that owns it. @default none */
  role?: string | undefined;
  /** External id of the role. @default none */
  externalId?: string | undefined;
  /** @default the AWS SDK's credential chain */
  profile?: string | undefined;
  /** From the stack's `aws:*` config. @default none */
  aws?: AwsIdentity["aws"];
}

function identityOf({ region, role, externalId, profile, aws }: Place): AwsIdentity {
  return {
    region,
    ...(profile !== undefined && { profile }),
    ...(aws && { aws }),
    ...(role !== undefined && {
      assumeRole: { roleArn: role, sessionName: "pilot-store", ...(externalId !== undefined && { externalId }) },
    }),
  };
}

/** kOps's own keys for the store are of the clusters' account, so a role must not use them. */
function environmentOf({ role }: Place, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (role === undefined) return env;
  return { ...env, S3_ACCESS_KEY_ID: undefined, S3_SECRET_ACCESS_KEY: undefined };
}

/** The objects of a bucket. */
export function openBucket(place: Place, env: NodeJS.ProcessEnv = process.env): ObjectStore {
  return openStore(`s3://${place.bucket}`, identityOf(place), environmentOf(place, env));
}

/** How many objects S3 deletes in one request. */
const batch = 1000;

/** Only S3's own error counts: a "not found" of a proxy would look like a store without clusters. */
function isGone(error: unknown): boolean {
  return error instanceof S3ServiceException && error.name === "NoSuchBucket";
}

/** Reads a bucket; undefined when it does not exist. */
export async function unlessGone<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isGone(error) || (error instanceof Error && isGone(error.cause))) return undefined;
    throw error;
  }
}

async function deletePage(
  client: S3Client,
  bucket: string,
  page: { Key: string; VersionId?: string | undefined }[],
): Promise<void> {
  if (page.length === 0) return;
  const { Errors: errors = [] } = await client.send(
    new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: page, Quiet: true } }),
  );
  const [first] = errors;
  if (first)
    throw new Error(
      `${errors.length} objects could not be deleted, first ${first.Key ?? ""}: ` +
        (first.Message ?? first.Code ?? "S3 gave no reason"),
    );
}

/**
 * Deletes every version of every object and every delete marker. Can be interrupted and run again. A bucket that does
 * not exist is empty.
 */
export async function emptyBucket(
  place: Place,
  say: (line: string) => void,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const client = storeClient(identityOf(place), environmentOf(place, env));
  const { bucket } = place;
  let count = 0;
  try {
    await unlessGone(async () => {
      for (;;) {
        // Lists from the start each time, because everything listed before is deleted.
        const { Versions: versions = [], DeleteMarkers: markers = [] } = await client.send(
          new ListObjectVersionsCommand({ Bucket: bucket, MaxKeys: batch }),
        );
        const page = [...versions, ...markers]
          .flatMap(({ Key, VersionId }) => (Key === undefined ? [] : [{ Key, VersionId }]))
          .slice(0, batch);
        if (page.length === 0) break;
        await deletePage(client, bucket, page);
        count += page.length;
        say(`${bucket}: ${count} versions of objects deleted`);
      }
    });
  } catch (error) {
    throw new KopsError(
      {
        what:
          `The bucket ${bucket} could not be ` +
          `emptied${count > 0 ? `; ${count} versions of its objects are deleted` : ""}`,
        why: messageOf(error),
        next:
          "allow s3:ListBucketVersions and s3:DeleteObjectVersion to this run (or to stateStore.role), then run " +
          "the same command again: it continues",
      },
      error,
    );
  }
}
