import * as aws from "../aws/services.mjs";
import * as pulumi from "@pulumi/pulumi";
import type { Tags } from "../tags/subnet-tags.ts";
import { logPolicy } from "./policies.ts";

export interface LogBucketArgs {
  bucketName: string;
  /** ARN of the bucket whose accesses are logged. */
  source: pulumi.Output<string>;
  keepDays: number;
  /** Whether a destroy deletes the logs. */
  purge: boolean;
  accountId: string;
  policyId: string;
  /** Buckets that an earlier destroy retained and this run adopts. @default none */
  adopted?: readonly string[] | undefined;
  tags?: Tags | undefined;
}

/** Days that unfinished uploads are kept. */
export const unfinishedUploadDays = 7;

/**
 * The bucket of access logs: no versions, and its objects expire. It has nothing of a cluster, and S3 writes to it for
 * hours after logging stops: so the AWS plugin may empty this bucket.
 */
export function createLogBucket(
  name: string,
  { bucketName, source, keepDays, purge, accountId, policyId, adopted, tags }: LogBucketArgs,
  options: pulumi.CustomResourceOptions,
): { name: pulumi.Output<string>; policy: pulumi.Resource } {
  const bucket = new aws.s3.Bucket(
    name,
    { bucket: bucketName, forceDestroy: purge, tags: { ...tags, Name: bucketName } },
    { ...options, ...(adopted?.includes("logs") === true && { import: bucketName }) },
  );
  // S3 cannot write logs with a custom KMS key by default; logs contain names of objects, not their contents.
  new aws.s3.BucketServerSideEncryptionConfiguration(
    name,
    { bucket: bucket.bucket, rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] },
    options,
  );
  const policy = new aws.s3.BucketPolicy(
    name,
    {
      bucket: bucket.bucket,
      policy: pulumi
        .all([bucket.arn, source])
        .apply(([arn, logged]) => JSON.stringify({ ...logPolicy(arn, logged, accountId), Id: policyId })),
    },
    options,
  );
  new aws.s3.BucketOwnershipControls(
    name,
    { bucket: bucket.bucket, rule: { objectOwnership: "BucketOwnerEnforced" } },
    options,
  );
  new aws.s3.BucketPublicAccessBlock(
    name,
    {
      bucket: bucket.bucket,
      blockPublicAcls: true,
      ignorePublicAcls: true,
      blockPublicPolicy: true,
      restrictPublicBuckets: true,
    },
    { ...options, dependsOn: [policy] },
  );
  new aws.s3.BucketLifecycleConfiguration(
    name,
    {
      bucket: bucket.bucket,
      rules: [
        { id: "logs", status: "Enabled", filter: {}, expiration: { days: keepDays } },
        {
          id: "unfinished-uploads",
          status: "Enabled",
          filter: {},
          abortIncompleteMultipartUpload: { daysAfterInitiation: unfinishedUploadDays },
        },
      ],
    },
    options,
  );
  return { name: bucket.bucket, policy };
}
