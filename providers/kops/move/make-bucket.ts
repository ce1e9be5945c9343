import {
  CreateBucketCommand,
  GetBucketEncryptionCommand,
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  PutBucketEncryptionCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
} from "@aws-sdk/client-s3";
import type { BucketLocationConstraint, S3Client, ServerSideEncryptionConfiguration } from "@aws-sdk/client-s3";
import type { AwsIdentity } from "../aws/identity.ts";
import { partitionOf } from "../aws/partition.ts";
import { isRecord } from "../model/spec.ts";
import { parseStoreUrl, storeClient } from "../store/object-store.ts";
import { ask, orNone } from "./movable-store.ts";

/** Rewrites a bucket policy for another bucket: each ARN of the bucket and of its objects. */
export function policyFor(policy: string, from: string, to: string): string {
  return JSON.stringify(JSON.parse(policy), (_key, value: unknown) => {
    if (typeof value !== "string") return value;
    const found = /^(arn:[a-z-]+:s3:::)([^/]+)(\/.*)?$/.exec(value);
    return found?.[2] === from ? `${found[1]}${to}${found[3] ?? ""}` : value;
  });
}

/** A policy of TLS only, with the id of another. */
function tlsOnly(bucket: string, partition: string, id?: unknown): string {
  const arn = `arn:${partition}:s3:::${bucket}`;
  return JSON.stringify({
    Version: "2012-10-17",
    ...(typeof id === "string" && { Id: id }),
    Statement: [
      {
        Sid: "TlsOnly",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: [arn, `${arn}/*`],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ],
  });
}

/**
 * Makes the bucket of a store like that of another: same region and encryption, versioned, private, with the same
 * policy. The stack adopts the bucket by the policy's `Id`. Every call is idempotent, so the next run continues an
 * interrupted one. No object is written before the bucket is private; S3 makes new buckets private by default.
 */
export async function makeBucketLike(
  from: string,
  to: string,
  identity: AwsIdentity,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const [model, { bucket: Bucket }] = [parseStoreUrl(from).bucket, parseStoreUrl(to)];
  const client = storeClient(identity, env);
  const { LocationConstraint: place } = await ask(`read the region of ${model}`, () =>
    client.send(new GetBucketLocationCommand({ Bucket: model })),
  );
  const encryption = await orNone(
    `read the encryption of ${model}`,
    ["ServerSideEncryptionConfigurationNotFoundError"],
    () => client.send(new GetBucketEncryptionCommand({ Bucket: model })),
  );
  const policy = await orNone(`read the policy of ${model}`, ["NoSuchBucketPolicy"], () =>
    client.send(new GetBucketPolicyCommand({ Bucket: model })),
  );
  // Its own region may be the one without a location; the partition is the same.
  const partition = partitionOf(identity.region);
  await makePrivate(client, Bucket, {
    region: place,
    encryption: encryption?.ServerSideEncryptionConfiguration,
    policy: policy?.Policy === undefined ? tlsOnly(Bucket, partition) : policyFor(policy.Policy, model, Bucket),
  });
}

/**
 * Makes the bucket of a store that was lost, in the region of this identity: versioned, private, and with the policy id
 * of its replica, by which the stack knows it. The next `pulumi up --refresh` sets everything else.
 */
export async function makeBucketBack(
  replica: string,
  to: string,
  identity: AwsIdentity,
  keyArn?: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const [model, { bucket: Bucket }] = [parseStoreUrl(replica).bucket, parseStoreUrl(to)];
  const client = storeClient(identity, env);
  const policy = await orNone(`read the policy of ${model}`, ["NoSuchBucketPolicy"], () =>
    client.send(new GetBucketPolicyCommand({ Bucket: model })),
  );
  const parsed: unknown = JSON.parse(policy?.Policy ?? "{}");
  const region = identity.region === "us-east-1" ? undefined : identity.region;
  await makePrivate(client, Bucket, {
    region,
    encryption: keyArn === undefined ? undefined : underKey(keyArn),
    policy: tlsOnly(Bucket, partitionOf(identity.region), isRecord(parsed) ? parsed["Id"] : undefined),
  });
}

const underKey = (keyArn: string): ServerSideEncryptionConfiguration => ({
  Rules: [
    {
      ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: keyArn },
      BucketKeyEnabled: true,
    },
  ],
});

async function makePrivate(
  client: S3Client,
  Bucket: string,
  {
    region,
    encryption,
    policy,
  }: {
    /** Undefined for us-east-1, which has no location. */
    region: string | undefined;
    /** @default S3's own keys */
    encryption: ServerSideEncryptionConfiguration | undefined;
    policy: string;
  },
): Promise<void> {
  const location =
    region === undefined
      ? {}
      : { CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint } };
  await orNone(`make the bucket ${Bucket}`, ["BucketAlreadyOwnedByYou"], () =>
    client.send(new CreateBucketCommand({ Bucket, ...location })),
  );
  const set = (what: string, work: () => Promise<unknown>): Promise<unknown> =>
    ask(`set the ${what} of ${Bucket}`, work);
  await set("public access block", () =>
    client.send(
      new PutPublicAccessBlockCommand({
        Bucket,
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          IgnorePublicAcls: true,
          BlockPublicPolicy: true,
          RestrictPublicBuckets: true,
        },
      }),
    ),
  );
  await set("ownership", () =>
    client.send(
      new PutBucketOwnershipControlsCommand({
        Bucket,
        OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
      }),
    ),
  );
  await set("versioning", () =>
    client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } })),
  );
  await set("encryption", () =>
    client.send(
      new PutBucketEncryptionCommand({
        Bucket,
        ServerSideEncryptionConfiguration: encryption ?? {
          Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }],
        },
      }),
    ),
  );
  await set("policy", () => client.send(new PutBucketPolicyCommand({ Bucket, Policy: policy })));
}
