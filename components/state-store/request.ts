import { z } from "zod";
import { strict } from "../config/problems.ts";
import { longestBucketName } from "./bucket-names.ts";

const discovery = z
  .union(
    [
      z.enum(["public", "cloudfront", "none"]),
      strict({
        issuer: z
          .string()
          .max(150)
          .regex(/^https:\/\/[a-z0-9-]+(\.[a-z0-9-]+)+(\/[\w.~-]+)*$/, {
            error: "must be an https address without port, query or final slash, such as https://oidc.example.com",
          })
          .describe(
            "Address of yours that serves the documents, by a certificate of a public authority: each cluster's " +
              "below its full name. kOps writes them to the discovery bucket, which stays private.",
          ),
        distribution: z
          .string()
          .regex(/^arn:[a-z-]+:cloudfront::\d{12}:distribution\/\w+$/, {
            error: "must be the ARN of a CloudFront distribution",
          })
          .optional()
          .describe("CloudFront distribution of yours that may read the documents from the bucket. Default: none."),
      }),
    ],
    { error: "must be public, cloudfront, none, or a mapping with issuer: https://…" },
  )
  .default("public");

const bucketName = z.string().regex(new RegExp(`^[a-z0-9][a-z0-9-]{1,${longestBucketName - 2}}[a-z0-9]$`), {
  error: "must be a bucket name of lower case letters, digits and hyphens, without dots",
});

const days = z.int().min(1).max(3650);

const encryption = z.discriminatedUnion("type", [
  strict({
    type: z
      .literal("s3")
      .describe(
        "s3: with S3's own keys, free of charge. kms: with a KMS key. Changed in place; existing objects keep their " +
          "encryption.",
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
        "Key made elsewhere; its key policy must allow the store's users. Default: a key is made here, about USD 1 a " +
          "month.",
      ),
  }),
]);

const accessLogs = strict({
  bucket: bucketName
    .optional()
    .describe(
      "Bucket made elsewhere, in the same account and region, to which logging.s3.amazonaws.com may write. " +
        "Default: a " +
        "bucket is made here.",
    ),
  keepDays: days.optional().describe("Days that logs are kept in a bucket made here. Default: 365."),
});

const objectLock = strict({
  mode: z
    .enum(["governance", "compliance"])
    .describe(
      "governance: whoever has s3:BypassGovernanceRetention may still delete a version. compliance: nobody, not even " +
        "the account's root.",
    ),
  days: days.describe("Days that S3 keeps each new version, at least."),
});

const roleArn = z.string().regex(/^arn:[a-z-]+:iam::\d{12}:role\/.+$/, { error: "must be the ARN of a role" });

const replica = strict({
  region: z
    .string()
    .regex(/^[a-z]{2,4}(-[a-z]+)+-\d$/, { error: "must be a region" })
    .optional()
    .describe("Region of the copy. Default: that of the stack."),
  bucket: bucketName.optional().describe("Name of its bucket. Default: computed likewise, with `replica`."),
  role: roleArn
    .optional()
    .describe("Role of another account that makes bucket and key there. Default: the store's own account."),
  externalId: z.string().min(2).optional().describe("External id of that role. Default: none."),
  keyArn: z
    .string()
    .regex(/^arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key\/[a-zA-Z0-9-]+$/, { error: "must be the ARN of a KMS key" })
    .optional()
    .describe(
      "Key in its region, made elsewhere; its key policy must let the replication's role encrypt. Default: with " +
        "`encryption` of type kms a key is made there, about USD 1 a month; else S3's own keys.",
    ),
});

/** Full names of clusters; `*` matches any text. */
const clusterPatterns = z
  .array(z.string().regex(/^[a-z0-9.*-]+$/, { error: "must be the full name of a cluster, with * for any text" }))
  .min(1);

/** The `stateStore` part of a stack's config. */
const request = strict({
  onDestroy: z
    .enum(["retain", "purge"])
    .default("retain")
    .describe(
      "What a destroy does with the buckets. retain: they stay, and the next up adopts them. purge: they are deleted " +
        "with every version of every object (cluster CAs, etcd backups, everything), once no cluster is in them. " +
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
        "while there are clusters. Default: computed likewise.",
    ),
  discovery: discovery.describe(
    "How AWS reads the public keys of clusters, by which it checks tokens of service accounts. public: in a public " +
      "bucket; impossible where S3 Block Public Access of the account or its organisation is on. cloudfront: in a " +
      "private bucket behind a CloudFront distribution made here, some minutes the first time. none: not at all, so " +
      "there are no IAM roles for service accounts. A change is refused while clusters need it. Default: public.",
  ),
  keepOldVersionsDays: days
    .default(90)
    .describe("Days that replaced or deleted versions of objects are kept, and paid for. Default: 90."),
  encryption: encryption
    .default({ type: "s3" })
    .describe(
      "Encryption of the state bucket. The discovery bucket always uses S3's own keys: the public cannot decrypt " +
        "others. Default: type s3.",
    ),
  accessLogs: accessLogs
    .optional()
    .describe("One line for each access to the state bucket, some hours later; you pay for storage. Default: none."),
  replica: replica
    .optional()
    .describe(
      "A second bucket to which S3 copies every new version and every deletion of the state bucket, never the " +
        "deletion of a version; storage and transfer cost. Default: none.",
    ),
  objectLock: objectLock
    .optional()
    .describe(
      "S3 keeps each new version of an object for so long, whoever deletes it. Cannot be turned off again, only for " +
        "later versions. Default: none.",
    ),
  versionsDeletableBy: z
    .array(
      z.string().regex(/^arn:[a-z-]+:(iam|sts)::(\d{12}|\*):.+$/, {
        error: "must be the ARN of a principal, with * for any text",
      }),
    )
    .optional()
    .describe(
      "Only these principals may delete old versions of state, suspend versioning, change the lifecycle or delete " +
        "the bucket; the bucket's policy denies it to everybody else. Nodes may still remove old etcd backups. " +
        "Default: whoever has the rights.",
    ),
  managedPolicies: z
    .boolean()
    .default(false)
    .describe(
      "Whether to make IAM policies for pipelines and operators in the clusters' account, for you to attach. Their " +
        "texts are outputs in any case. Default: false.",
    ),
  role: roleArn
    .optional()
    .describe(
      "Role of a central account for the buckets and the key. Default: none, they are in the clusters' account.",
    ),
  externalId: z
    .string()
    .min(2)
    .optional()
    .describe("External id that the trust policy of `role` asks for. Default: none."),
  accounts: z
    .record(
      z.string().regex(/^\d{12}$/, { error: "must be an AWS account in twelve digits, in quotation marks" }),
      clusterPatterns,
    )
    .optional()
    .describe("Other accounts with clusters in this store, each with the names of its clusters. Default: none."),
});

/** These keep versions, and purge deletes them. */
const keepers = ["replica", "objectLock", "versionsDeletableBy"] as const;

export const stateStoreRequest = request.superRefine((value, context) => {
  if (value.onDestroy !== "purge") return;
  for (const key of keepers)
    if (value[key] !== undefined)
      context.addIssue({
        code: "custom",
        path: [key],
        message: "keeps versions that `onDestroy: purge` would delete: remove it first, or set retain",
      });
});

export type StateStoreRequest = z.output<typeof stateStoreRequest>;
