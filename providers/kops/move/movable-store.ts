import { createHash } from "node:crypto";
import {
  CopyObjectCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  NoSuchKey,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import type { S3Client } from "@aws-sdk/client-s3";
import type { AwsIdentity } from "../aws/identity.ts";
import { KopsError } from "../model/errors.ts";
import { isRecord } from "../model/spec.ts";
import { copySource, openStore, parseStoreUrl, storeClient, storeReason } from "../store/object-store.ts";
import type { ObjectStore } from "../store/object-store.ts";

/** An object as a listing shows it. */
export interface Entry {
  key: string;
  size: number;
  etag: string;
}

/** What a bucket must be like to hold keys of clusters. */
export interface BucketSettings {
  versioned: boolean;
  /** Whether everything that could make it public is blocked. */
  private: boolean;
  /** The `Id` of its policy, by which a stack knows its bucket. */
  policyId: string | undefined;
}

/** What a move needs of a store beside what every run does. Keys are relative to the store's prefix. */
export interface MovableStore extends ObjectStore {
  /** All objects, with their sizes. */
  entries(): Promise<Entry[]>;
  /** SHA-256 of an object's content, which is read through; nothing where there is none. */
  sha256(key: string): Promise<string | undefined>;
  /** Copies an object into another store on the side of S3. False when it is not there (any more). */
  copyTo(target: MovableStore, key: string): Promise<boolean>;
  /** Nothing when the bucket does not exist. */
  settings(): Promise<BucketSettings | undefined>;
}

/** Whether S3 answered with one of these codes. */
export function isS3Error(error: unknown, ...codes: string[]): boolean {
  return error instanceof S3ServiceException && codes.includes(error.name);
}

/** What S3 answers, or the explanation of why it did not. */
export async function ask<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new KopsError(
      {
        what: `Could not ${what}`,
        why: storeReason(error),
        next: "check the AWS credentials of this shell and the bucket's policy, then run the same command again",
      },
      error,
    );
  }
}

/** What S3 answers, or nothing where it says by one of these codes that there is none. */
export async function orNone<T>(what: string, codes: string[], work: () => Promise<T>): Promise<T | undefined> {
  return await ask(what, async () => {
    try {
      return await work();
    } catch (error) {
      if (isS3Error(error, ...codes)) return undefined;
      throw error;
    }
  });
}

async function settingsOf(client: S3Client, bucket: string): Promise<BucketSettings | undefined> {
  const there = await orNone(`look for the bucket ${bucket}`, ["NotFound", "NoSuchBucket"], () =>
    client.send(new HeadBucketCommand({ Bucket: bucket })),
  );
  if (!there) return undefined;
  const [versioning, block, policy] = await Promise.all([
    ask(`read the versioning of ${bucket}`, () => client.send(new GetBucketVersioningCommand({ Bucket: bucket }))),
    orNone(`read the public access block of ${bucket}`, ["NoSuchPublicAccessBlockConfiguration"], () =>
      client.send(new GetPublicAccessBlockCommand({ Bucket: bucket })),
    ),
    orNone(`read the policy of ${bucket}`, ["NoSuchBucketPolicy"], () =>
      client.send(new GetBucketPolicyCommand({ Bucket: bucket })),
    ),
  ]);
  const { BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets } =
    block?.PublicAccessBlockConfiguration ?? {};
  const parsed: unknown = policy?.Policy === undefined ? undefined : JSON.parse(policy.Policy);
  return {
    versioned: versioning.Status === "Enabled",
    private: [BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets].every((one) => one === true),
    policyId: isRecord(parsed) && typeof parsed["Id"] === "string" ? parsed["Id"] : undefined,
  };
}

/** Opens a store for a move. */
export function openMovable(url: string, identity: AwsIdentity, env: NodeJS.ProcessEnv = process.env): MovableStore {
  const { bucket, prefix } = parseStoreUrl(url);
  const client = storeClient(identity, env);
  return {
    ...openStore(url, identity, env),
    async entries() {
      const found: Entry[] = [];
      let token: string | undefined;
      do {
        const page = await ask(`list ${url}`, () =>
          client.send(
            new ListObjectsV2Command({
              Bucket: bucket,
              Prefix: prefix,
              ...(token ? { ContinuationToken: token } : {}),
            }),
          ),
        );
        for (const { Key, Size = 0, ETag = "" } of page.Contents ?? [])
          if (Key) found.push({ key: Key.slice(prefix.length), size: Size, etag: ETag });
        token = page.NextContinuationToken;
      } while (token);
      return found;
    },
    async sha256(key) {
      return await ask(`read ${url}/${key}`, async () => {
        try {
          const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: prefix + key }));
          const hash = createHash("sha256");
          for await (const chunk of (Body ?? []) as AsyncIterable<Uint8Array>) hash.update(chunk);
          return hash.digest("hex");
        } catch (error) {
          if (error instanceof NoSuchKey) return undefined;
          throw error;
        }
      });
    },
    async copyTo(target, key) {
      const to = parseStoreUrl(target.url);
      const copied = await orNone(`copy ${url}/${key} to ${target.url}`, ["NoSuchKey"], () =>
        client.send(
          new CopyObjectCommand({
            Bucket: to.bucket,
            CopySource: copySource(bucket, prefix + key),
            Key: to.prefix + key,
          }),
        ),
      );
      return copied !== undefined;
    },
    settings: () => settingsOf(client, bucket),
  };
}
