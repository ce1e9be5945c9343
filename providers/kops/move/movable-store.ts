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

/** An object in a listing. */
export interface Entry {
  key: string;
  size: number;
  etag: string;
}

/** The settings that make a bucket fit to hold keys of clusters. */
export interface BucketSettings {
  versioned: boolean;
  /** Whether its public access block is complete. */
  private: boolean;
  /** The `Id` of its policy, by which a stack recognises its bucket. */
  policyId: string | undefined;
}

/** A store with the calls of a move. Keys are relative to the store's prefix. */
export interface MovableStore extends ObjectStore {
  /** All objects. */
  entries(): Promise<Entry[]>;
  /** SHA-256 of an object, for which it reads the whole; undefined when there is no object. */
  sha256(key: string): Promise<string | undefined>;
  /** Copies an object into another store inside S3. False when it does not exist (any more). */
  copyTo(target: MovableStore, key: string): Promise<boolean>;
  /** Undefined when the bucket does not exist. */
  settings(): Promise<BucketSettings | undefined>;
}

/** Whether S3 answered with one of these codes. */
function isS3Error(error: unknown, ...codes: string[]): boolean {
  return error instanceof S3ServiceException && codes.includes(error.name);
}

/** The answer of S3. Errors: {@link KopsError} with the reason why there is none. */
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

/** The answer of S3; undefined when S3 answers with one of these codes. */
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
