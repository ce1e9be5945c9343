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
import type { AwsIdentity } from "../aws/identity.ts";
import { partitionOf } from "../aws/partition.ts";
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

/** The policy of a bucket whose model has none: TLS only. */
function tlsOnly(bucket: string, partition: string): string {
  const arn = `arn:${partition}:s3:::${bucket}`;
  return JSON.stringify({
    Version: "2012-10-17",
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
  // us-east-1 has none.
  const location = place === undefined ? {} : { CreateBucketConfiguration: { LocationConstraint: place } };
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
        ServerSideEncryptionConfiguration: encryption?.ServerSideEncryptionConfiguration ?? {
          Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }],
        },
      }),
    ),
  );
  // Its own region may be the one without a location; the partition is the same.
  const partition = partitionOf(identity.region);
  await set("policy", () =>
    client.send(
      new PutBucketPolicyCommand({
        Bucket,
        Policy: policy?.Policy === undefined ? tlsOnly(Bucket, partition) : policyFor(policy.Policy, model, Bucket),
      }),
    ),
  );
}
