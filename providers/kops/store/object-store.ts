import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  paginateListObjectsV2,
} from "@aws-sdk/client-s3";
import type { AwsIdentity } from "../aws/identity.ts";
import { ConfigError, ExplainedError, KopsError, messageOf } from "../model/errors.ts";
import { awsClient } from "../aws/client.ts";
import { HttpResponse } from "@smithy/core/protocols";
import { currentStop } from "../http/stop.ts";

export interface StoredObject {
  body: string;
  etag: string;
  /** Milliseconds since it was written, by the clock of the store. Undefined if the store does not tell. */
  age?: number;
}

/** Condition of a write: the object is absent, or still has this ETag. */
export type Condition = { ifAbsent: true } | { ifMatch: string };

/** Somebody else has written the object since it was read. */
export class ConflictError extends Error {
  override readonly name = "ConflictError";
}

/** The operations of the provider itself on the state store. Keys are relative to the store's prefix. */
export interface ObjectStore {
  readonly url: string;
  get(key: string): Promise<StoredObject | undefined>;
  put(key: string, body: string, condition?: Condition): Promise<string>;
  /** With an ETag it deletes only the object that has it; else {@link ConflictError}, also if there is none. */
  delete(key: string, ifMatch?: string): Promise<void>;
  list(prefix: string): Promise<{ key: string; etag: string }[]>;
  /** Names of the folders directly below a prefix, which ends with a slash; their contents are not listed. */
  folders(prefix: string): Promise<string[]>;
  /** Lets S3 copy one object inside the store: its content never reaches this machine. */
  copy(from: string, to: string): Promise<void>;
}

/** Splits `s3://bucket/prefix`; the prefix ends with a slash or is empty. */
export function parseStoreUrl(url: string): { bucket: string; prefix: string } {
  const rest = url.replace(/^s3:\/\//, "");
  const slash = rest.indexOf("/");
  if (slash < 0) return { bucket: rest, prefix: "" };
  const prefix = rest.slice(slash + 1).replace(/^\/+|\/+$/g, "");
  return { bucket: rest.slice(0, slash), prefix: prefix ? `${prefix}/` : "" };
}

/** The message of an error. An answer without a body, as to a HEAD or from a proxy, has only its HTTP status. */
export function storeReason(error: unknown): string {
  const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
  const text = messageOf(error);
  return status !== undefined && /^Unknown/.test(text) ? `S3 answered with HTTP status ${status}` : text;
}

/** How old an object is by the headers of the answer, so by the clock of the store and of no other machine. */
export function ageOf(date: string | undefined, lastModified: Date | undefined): number | undefined {
  const age = Date.parse(date ?? "") - (lastModified?.getTime() ?? NaN);
  return Number.isNaN(age) ? undefined : age;
}

/** 412: the condition does not hold. 409: another conditional write won. 404 with a condition: the object is gone. */
function isConflict(error: unknown): boolean {
  const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
  const missingBucket = error instanceof S3ServiceException && error.name === "NoSuchBucket";
  return !missingBucket && (status === 412 || status === 409 || status === 404);
}

/**
 * The S3 client of a store. Like kOps it takes the endpoint and keys from kOps's own variables, so both see one store.
 */
export function storeClient(identity: AwsIdentity, env: NodeJS.ProcessEnv): S3Client {
  const {
    S3_ENDPOINT: endpoint,
    S3_REGION: region,
    S3_ACCESS_KEY_ID: accessKeyId,
    S3_SECRET_ACCESS_KEY: secretAccessKey,
  } = env;
  return awsClient(
    S3Client,
    identity,
    {
      ...(region === undefined ? {} : { region }),
      followRegionRedirects: true,
      ...(endpoint ? { endpoint, forcePathStyle: true } : {}),
      ...(accessKeyId && secretAccessKey ? { credentials: { accessKeyId, secretAccessKey } } : {}),
    },
    env,
  );
}

/** Value of the header that names the source of a copy: each segment of the key is encoded, the slashes are not. */
export function copySource(bucket: string, key: string): string {
  return [bucket, ...key.split("/")].map(encodeURIComponent).join("/");
}

/** Whether access to a store failed because its bucket does not exist. */
export function isNoBucket(error: unknown): boolean {
  return (
    error instanceof ConfigError && error.cause instanceof S3ServiceException && error.cause.name === "NoSuchBucket"
  );
}

/** Opens the state store as this identity. The client follows S3 to the region of the bucket. */
export function openStore(url: string, identity: AwsIdentity, env: NodeJS.ProcessEnv = process.env): ObjectStore {
  const { bucket, prefix } = parseStoreUrl(url);
  const client = storeClient(identity, env);

  /** Only a missing object counts as absent. All else throws, so that "access denied" never looks like "deleted". */
  const failure = (action: string, key: string, thrown: unknown): Error => {
    // The body of an object is read after the call: only here does the reason of a stop show.
    const stop = currentStop();
    const error: unknown = stop?.aborted === true ? stop.reason : thrown;
    if (error instanceof ExplainedError) return error;
    if (error instanceof S3ServiceException && error.name === "NoSuchBucket") {
      return new ConfigError(
        {
          what: `The kOps state store ${url} cannot be used`,
          why: `the bucket ${bucket} does not exist`,
          next: "correct stateStore; if the bucket was lost, bring it back first (docs/guide/losses.md)",
        },
        error,
      );
    }
    return new KopsError(
      {
        what: `Could not ${action} s3://${bucket}/${prefix}${key}`,
        why: storeReason(error),
        next: "check the AWS credentials of this run and the bucket's policy, then run the same command again",
      },
      error,
    );
  };

  const store: ObjectStore = {
    url,
    async get(key) {
      try {
        const command = new GetObjectCommand({ Bucket: bucket, Key: prefix + key });
        let date: string | undefined;
        // The SDK shows no header but those that its model of S3 names.
        command.middlewareStack.add(
          (next) => async (args) => {
            const result = await next(args);
            if (HttpResponse.isInstance(result.response)) date = result.response.headers["date"];
            return result;
          },
          { step: "deserialize", name: "readDate" },
        );
        const answer = await client.send(command);
        const age = ageOf(date, answer.LastModified);
        return {
          body: (await answer.Body?.transformToString()) ?? "",
          etag: answer.ETag ?? "",
          ...(age === undefined ? {} : { age }),
        };
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw failure("read", key, error);
      }
    },
    async put(key, body, condition) {
      try {
        const answer = await client.send(
          new PutObjectCommand({
            Bucket: bucket,
            Key: prefix + key,
            Body: body,
            ...(condition && "ifAbsent" in condition ? { IfNoneMatch: "*" } : {}),
            ...(condition && "ifMatch" in condition ? { IfMatch: condition.ifMatch } : {}),
          }),
        );
        return answer.ETag ?? "";
      } catch (error) {
        if (condition && isConflict(error))
          throw new ConflictError(`s3://${bucket}/${prefix}${key} was written by somebody else`, { cause: error });
        throw failure("write", key, error);
      }
    },
    async delete(key, ifMatch) {
      const where = { Bucket: bucket, Key: prefix + key };
      try {
        await client.send(
          new DeleteObjectCommand({ ...where, ...(ifMatch === undefined ? {} : { IfMatch: ifMatch }) }),
        );
      } catch (error) {
        if (ifMatch === undefined) throw failure("delete", key, error);
        if (isConflict(error))
          throw new ConflictError(`s3://${bucket}/${prefix}${key} was changed by somebody else`, { cause: error });
        if (!(error instanceof S3ServiceException) || error.$metadata.httpStatusCode !== 501)
          throw failure("delete", key, error);
        // Not S3 itself: a store without conditional deletes. Only a look right before is left.
        if ((await store.get(key))?.etag !== ifMatch)
          throw new ConflictError(`s3://${bucket}/${prefix}${key} was changed by somebody else`, { cause: error });
        await store.delete(key);
      }
    },
    async copy(from, to) {
      try {
        await client.send(
          new CopyObjectCommand({ Bucket: bucket, CopySource: copySource(bucket, prefix + from), Key: prefix + to }),
        );
      } catch (error) {
        throw failure(`copy s3://${bucket}/${prefix}${from} to`, to, error);
      }
    },
    async list(under) {
      const found: { key: string; etag: string }[] = [];
      let token: string | undefined;
      try {
        do {
          const page = await client.send(
            new ListObjectsV2Command({
              Bucket: bucket,
              Prefix: prefix + under,
              ...(token ? { ContinuationToken: token } : {}),
            }),
          );
          for (const object of page.Contents ?? []) {
            if (object.Key) found.push({ key: object.Key.slice(prefix.length), etag: object.ETag ?? "" });
          }
          token = page.NextContinuationToken;
        } while (token);
      } catch (error) {
        throw failure("list", under, error);
      }
      return found;
    },
    async folders(under) {
      const found: string[] = [];
      try {
        for await (const page of paginateListObjectsV2(
          { client },
          { Bucket: bucket, Prefix: prefix + under, Delimiter: "/" },
        )) {
          for (const { Prefix } of page.CommonPrefixes ?? [])
            if (Prefix !== undefined) found.push(Prefix.slice((prefix + under).length, -1));
        }
      } catch (error) {
        throw failure("list", under, error);
      }
      return found;
    },
  };
  return store;
}
