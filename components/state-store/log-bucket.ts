import * as aws from "../aws/services.mjs";
import { all, type CustomResourceOptions, type Output, type Resource } from "@pulumi/pulumi";
import type { Tags } from "../tags/subnet-tags.ts";
import { logPolicy } from "./policies.ts";

const logDays = 365;
/** Days that unfinished uploads are kept. */
export const unfinishedUploadDays = 7;

export interface LogArgs {
  /** A bucket made elsewhere. @default one is made */
  bucket?: string | undefined;
  /** @default 365 */
  keepDays?: number | undefined;
  /** Name of the state bucket. */
  stateName: string;
  /** The bucket that is made. */
  logs: { name: string; adopted: boolean; id: string; purges: boolean };
  /** Account of the buckets. */
  accountId: string;
  tags?: Tags | undefined;
}

/** Has S3 write a line for each access to the state bucket. */
export function logAccess(name: string, state: aws.s3.Bucket, args: LogArgs, options: CustomResourceOptions): Resource {
  const target =
    args.bucket === undefined
      ? createLogBucket(`${name}-logs`, state, args, options)
      : { name: args.bucket, policy: undefined };
  return new aws.s3.BucketLogging(
    `${name}-state`,
    { bucket: state.bucket, targetBucket: target.name, targetPrefix: `${args.stateName}/` },
    { ...options, ...(target.policy && { dependsOn: [target.policy] }) },
  );
}

/**
 * The bucket of access logs: no versions, and its objects expire. It has nothing of a cluster, and S3 writes to it
 * for hours after logging stops: so the AWS plugin may empty this bucket.
 */
function createLogBucket(
  name: string,
  state: aws.s3.Bucket,
  { logs, keepDays = logDays, accountId, tags }: LogArgs,
  options: CustomResourceOptions,
): { name: Output<string>; policy: Resource } {
  const bucket = new aws.s3.Bucket(
    name,
    { bucket: logs.name, forceDestroy: logs.purges, tags: { ...tags, Name: logs.name } },
    { ...options, ...(logs.adopted && { import: logs.name }) },
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
      policy: all([bucket.arn, state.arn]).apply(([arn, source]) =>
        JSON.stringify({ ...logPolicy(arn, source, accountId), Id: logs.id }),
      ),
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
