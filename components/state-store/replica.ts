import * as aws from "../aws/services.mjs";
import type * as pulumi from "@pulumi/pulumi";
import { all } from "@pulumi/pulumi";
import { partitionOf } from "../../providers/kops/aws/partition.ts";
import type { Tags } from "../tags/subnet-tags.ts";
import { oldVersionsRule } from "./keep-versions.ts";
import { keyPolicy } from "./policies.ts";
import { replicaPolicy, replicationPolicy, replicationTrust } from "./replica-policies.ts";
import type { StateStoreRequest } from "./request.ts";

/** Where the copy of a state bucket is. */
export interface ReplicaPlace {
  bucket: string;
  region: string;
  /** Account of its bucket, twelve digits. */
  accountId: string;
  /** Key made elsewhere. @default one is made if the state bucket has a key */
  keyArn?: string | undefined;
  /** Whether the stack made it before. @default false */
  adopted?: boolean | undefined;
  /** Works in its region and account. @default as the store */
  provider?: pulumi.ProviderResource | undefined;
}

export interface ReplicaArgs {
  place: ReplicaPlace;
  state: aws.s3.Bucket;
  /** Account of the state bucket. */
  accountId: string;
  /** ARN of the state bucket's key. */
  keyArn?: pulumi.Output<string> | undefined;
  policyId: string;
  keepOldVersionsDays: number;
  versionsDeletableBy?: readonly string[] | undefined;
  objectLock?: StateStoreRequest["objectLock"];
  tags?: Tags | undefined;
  /** Settings of the state bucket that replication needs: versions, and Object Lock. */
  after: readonly pulumi.Resource[];
}

/** New versions cannot be deleted for a time. Removing it from the program ends this for later versions only. */
export function lockObjects(
  name: string,
  bucket: pulumi.Input<string>,
  { mode, days }: NonNullable<StateStoreRequest["objectLock"]>,
  options: pulumi.CustomResourceOptions,
): pulumi.Resource {
  return new aws.s3.BucketObjectLockConfiguration(
    name,
    { bucket, rule: { defaultRetention: { mode: mode.toUpperCase(), days } } },
    { ...options, retainOnDelete: false },
  );
}

/**
 * A second bucket to which S3 copies every new version and delete marker. It has the policy `Id` of the stack, and is
 * always retained: it is there for the day on which everything else is gone.
 */
export function createReplica(name: string, args: ReplicaArgs, parent: pulumi.CustomResourceOptions): void {
  const { place, state, tags, keyArn, objectLock, versionsDeletableBy } = args;
  const there = { ...parent, retainOnDelete: true, ...(place.provider && { provider: place.provider }) };
  // Its configuration and role end with the state bucket's, by which S3 would copy to nowhere.
  const here = { ...parent, retainOnDelete: false };
  const key = keyArn === undefined ? undefined : (place.keyArn ?? createKey(name, args, there).arn);
  const bucket = new aws.s3.Bucket(
    name,
    { bucket: place.bucket, forceDestroy: false, tags: { ...tags, Name: place.bucket } },
    { ...there, ...(place.adopted === true && { import: place.bucket }) },
  );
  const versioning = new aws.s3.BucketVersioning(
    name,
    { bucket: bucket.bucket, versioningConfiguration: { status: "Enabled" } },
    there,
  );
  new aws.s3.BucketServerSideEncryptionConfiguration(
    name,
    {
      bucket: bucket.bucket,
      rules: [
        key === undefined
          ? { applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }
          : {
              applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: key },
              bucketKeyEnabled: true,
            },
      ],
    },
    there,
  );
  new aws.s3.BucketOwnershipControls(
    name,
    { bucket: bucket.bucket, rule: { objectOwnership: "BucketOwnerEnforced" } },
    there,
  );
  const block = new aws.s3.BucketPublicAccessBlock(
    name,
    {
      bucket: bucket.bucket,
      blockPublicAcls: true,
      ignorePublicAcls: true,
      blockPublicPolicy: true,
      restrictPublicBuckets: true,
    },
    there,
  );
  const lifecycle = new aws.s3.BucketLifecycleConfiguration(
    name,
    {
      bucket: bucket.bucket,
      rules: [oldVersionsRule(args.keepOldVersionsDays)],
    },
    { ...there, dependsOn: [versioning] },
  );
  // S3 copies nothing from a bucket with Object Lock to one without.
  const lock = objectLock && lockObjects(name, bucket.bucket, objectLock, { ...there, dependsOn: [versioning] });
  const role = createRole(name, state, bucket, { keyArn, replicaKeyArn: key, tags }, here);
  const policy = new aws.s3.BucketPolicy(
    name,
    {
      bucket: bucket.bucket,
      policy: all([bucket.arn, role.arn]).apply(([bucketArn, roleArn]) =>
        JSON.stringify(replicaPolicy({ id: args.policyId, bucketArn, roleArn, versionsDeletableBy })),
      ),
    },
    { ...there, dependsOn: [block, versioning, lifecycle] },
  );
  new aws.s3.BucketReplicationConfig(
    name,
    {
      bucket: state.bucket,
      role: role.arn,
      rules: [
        {
          id: "replica",
          priority: 0,
          status: "Enabled",
          filter: { prefix: "" },
          // What is deleted here disappears there, too, and its versions stay.
          deleteMarkerReplication: { status: "Enabled" },
          ...(key !== undefined && { sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: "Enabled" } } }),
          destination: {
            bucket: bucket.arn,
            ...(key !== undefined && { encryptionConfiguration: { replicaKmsKeyId: key } }),
          },
        },
      ],
    },
    { ...here, dependsOn: [...args.after, versioning, policy, role.rights, ...(lock ? [lock] : [])] },
  );
}

function createKey(
  name: string,
  { place, accountId, tags }: ReplicaArgs,
  there: pulumi.CustomResourceOptions,
): aws.kms.Key {
  const { accountId: owner, region } = place;
  return new aws.kms.Key(
    name,
    {
      description: `Copy of the state of the clusters of ${name}`,
      enableKeyRotation: true,
      deletionWindowInDays: 30,
      policy: JSON.stringify(
        keyPolicy({
          accountId: owner,
          accounts: [...new Set([owner, accountId])],
          region,
          partition: partitionOf(region),
          more: ["kms:Encrypt"],
        }),
      ),
      tags: { ...tags, Name: name },
    },
    there,
  );
}

function createRole(
  name: string,
  state: aws.s3.Bucket,
  replica: aws.s3.Bucket,
  {
    keyArn,
    replicaKeyArn,
    tags,
  }: {
    keyArn?: pulumi.Output<string> | undefined;
    replicaKeyArn?: pulumi.Input<string> | undefined;
    tags?: Tags | undefined;
  },
  here: pulumi.CustomResourceOptions,
): { arn: pulumi.Output<string>; rights: pulumi.Resource } {
  const role = new aws.iam.Role(
    name,
    {
      description: "S3 copies the state of clusters",
      assumeRolePolicy: JSON.stringify(replicationTrust),
      tags: { ...tags },
    },
    here,
  );
  const rights = new aws.iam.RolePolicy(
    name,
    {
      role: role.name,
      policy: all([state.arn, replica.arn, keyArn, replicaKeyArn]).apply(([from, to, key, replicaKey]) =>
        JSON.stringify(replicationPolicy({ from, to, keyArn: key, replicaKeyArn: replicaKey })),
      ),
    },
    here,
  );
  return { arn: role.arn, rights };
}
