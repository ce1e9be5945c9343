import { z } from "zod";
import { strict } from "../config/problems.ts";
import { longestBucketName } from "./bucket-names.ts";

const bucketName = z.string().regex(new RegExp(`^[a-z0-9][a-z0-9-]{1,${longestBucketName - 2}}[a-z0-9]$`), {
  error: "must be a bucket name of lower case letters, digits and hyphens, without dots",
});

const days = z.int().min(1).max(3650);

const encryption = z.discriminatedUnion("type", [
  strict({
    type: z
      .literal("s3")
      .describe(
        "s3: by S3's own keys, free of charge. kms: by a KMS key. Changed in place; what is there stays as it was " +
          "encrypted.",
      ),
  }),
  strict({
    type: z.literal("kms"),
    keyArn: z
      .string()
      .regex(/^arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key\/[a-zA-Z0-9-]+$/, {
        error: "must be the ARN of a KMS key (not of an alias)",
      })
      .optional()
      .describe(
        "Key made elsewhere; its own policy must let the store's users in. Default: a key is made here, about USD " +
          "1 a month.",
      ),
  }),
]);

const accessLogs = strict({
  bucket: bucketName
    .optional()
    .describe(
      "Bucket made elsewhere, of the same account and region, which lets logging.s3.amazonaws.com write. Default: " +
        "a bucket is made here.",
    ),
  keepDays: days.optional().describe("Days that logs are kept in a bucket made here. Default: 365."),
});

/** Full names of clusters; `*` stands for any text. */
const clusterPatterns = z
  .array(z.string().regex(/^[a-z0-9.*-]+$/, { error: "must be the full name of a cluster, with * for any text" }))
  .min(1);

/** The `stateStore` part of a stack's config. */
export const stateStoreRequest = strict({
  onDestroy: z
    .enum(["retain", "purge"])
    .default("retain")
    .describe(
      "What a destroy does with the buckets. retain: they stay, and the next up takes them over. purge: they go " +
        "with every version of every object (cluster CAs, etcd backups, everything), once no cluster lives in them. " +
        "Default: retain.",
    ),
  stateBucket: bucketName
    .optional()
    .describe(
      "Name of the state bucket. Changing it is another store: refused while clusters live in the first, until " +
        "`npx pilot move-store` has moved them; control planes then roll. Default: computed from project, stack, " +
        "account and region.",
    ),
  discoveryBucket: bucketName
    .optional()
    .describe(
      "Name of the bucket of OIDC discovery documents. Changing it changes the issuer of every cluster: refused " +
        "while clusters live. Default: computed likewise.",
    ),
  keepOldVersionsDays: days
    .default(90)
    .describe("Days that replaced or deleted versions of objects are kept, and paid for. Default: 90."),
  encryption: encryption
    .default({ type: "s3" })
    .describe(
      "How the state bucket is encrypted. The discovery bucket always is by S3's own keys: the public cannot " +
        "decrypt. Default: type s3.",
    ),
  accessLogs: accessLogs
    .optional()
    .describe("A line for every access to the state bucket, some hours later; storage is paid. Default: none."),
  managedPolicies: z
    .boolean()
    .default(false)
    .describe(
      "Whether IAM policies for pipelines and operators are made in the account of the clusters, to be attached. " +
        "Their texts are outputs in any case. Default: false.",
    ),
  role: z
    .string()
    .regex(/^arn:[a-z-]+:iam::\d{12}:role\/.+$/, { error: "must be the ARN of a role" })
    .optional()
    .describe(
      "Role of a central account that is to have the buckets, and the key. Default: none, the account of the " +
        "clusters has them.",
    ),
  accounts: z
    .record(
      z.string().regex(/^\d{12}$/, { error: "must be an AWS account in twelve digits, in quotation marks" }),
      clusterPatterns,
    )
    .optional()
    .describe(
      "Accounts that have clusters in this store beside the environment's own, each with the names of its " +
        "clusters. Default: none.",
    ),
});

export type StateStoreRequest = z.output<typeof stateStoreRequest>;
