import * as aws from "../aws/services.mjs";
import * as pulumi from "@pulumi/pulumi";
import { BucketContents } from "../../providers/state-store/BucketContents.ts";
import type { Tags } from "../tags/makers.ts";
import type { BucketNames } from "./bucket-names.ts";
import {
  discoveryPolicy,
  keyPolicy,
  logPolicy,
  partitionOf,
  statePolicy,
  type ForeignAccount,
  type Policy,
} from "./policies.ts";
import type { StateStoreRequest } from "./request.ts";

export interface StateStoreArgs {
  buckets: BucketNames;
  region: string;
  /** Account that has the buckets, twelve digits. */
  accountId: string;
  /** By this the bucket policies name the stack. */
  policyId: string;
  /** What `pulumi destroy` does with the buckets. @default "retain" */
  onDestroy?: StateStoreRequest["onDestroy"] | undefined;
  /** Days that replaced or deleted versions of objects are kept. @default 90 */
  keepOldVersionsDays?: number | undefined;
  /** Of the state bucket. @default S3's own keys */
  encryption?: StateStoreRequest["encryption"] | undefined;
  /** Of the state bucket. @default none */
  accessLogs?: StateStoreRequest["accessLogs"] | undefined;
  /** Other accounts that use the store. @default none */
  accounts?: readonly ForeignAccount[] | undefined;
  /** Buckets that a destroy left behind, and this run takes over: by their place. @default none */
  adopted?: readonly (keyof BucketNames)[] | undefined;
  tags?: Tags | undefined;
  /** Role by which the account that has the buckets is reached. @default none */
  role?: string | undefined;
  /** Profile of the AWS configuration. @default AWS's own order */
  profile?: string | undefined;
  /**
   * The rest of the environment: it stays where a living cluster keeps the store from being destroyed. @default none
   */
  environment?: StoreEnvironment | undefined;
}

/** What clusters of the store live in. */
export interface StoreEnvironment {
  vpcId: pulumi.Input<string>;
  zoneId?: pulumi.Input<string> | undefined;
  /** Destroyed only after the store has agreed to its own end. */
  resources: readonly pulumi.Resource[];
}

/** What a cluster needs to know of the store. */
export interface StateStoreOutputs {
  /** kOps's `--state`. */
  stateStore: string;
  /** Bucket of the public OIDC discovery documents. */
  discoveryBucket: string;
  /** Known once the state bucket is there; absent where it was there before. */
  made?: pulumi.Output<string> | undefined;
}

/** Days that uploads which never end are kept. */
const unfinishedUploadDays = 7;
const oldVersionDays = 90;
const logDays = 365;
/** Days in which the deletion of a KMS key can still be undone: AWS's longest. */
const keyDeletionDays = 30;

/** The kOps state bucket, and the bucket with the public half of each cluster's service account keys. */
export class StateStore extends pulumi.ComponentResource implements StateStoreOutputs {
  readonly stateStore: string;
  readonly discoveryBucket: string;
  readonly made: pulumi.Output<string>;
  /** Of the key that the state bucket is encrypted by; absent where S3 encrypts by its own. */
  readonly keyArn?: pulumi.Output<string>;

  readonly #args: StateStoreArgs;
  readonly #options: pulumi.CustomResourceOptions;
  /** What is made of each bucket: it goes after the bucket's contents. */
  readonly #parts: Partial<Record<"state" | "discovery", pulumi.Resource[]>> = {};
  readonly #key?: aws.kms.Key;
  readonly #partition: string;

  constructor(name: string, args: StateStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("pilot:store:StateStore", name, {}, opts);
    this.#args = args;
    this.#partition = partitionOf(args.region);
    // The settings stay with a retained bucket: without them it would be left neither private nor TLS only.
    this.#options = { parent: this, retainOnDelete: !this.#purges };
    const { buckets, accounts, policyId } = args;

    const key = this.#createKey(name);
    if (key) this.#key = key;
    const keyArn = key?.arn ?? givenKey(args.encryption);
    if (keyArn !== undefined) this.keyArn = keyArn;
    const partition = this.#partition;
    const state = this.#createBucket(name, "state", {
      takeOver: args.adopted?.includes("state") ?? false,
      policy: (bucketArn) => statePolicy({ id: policyId, bucketArn, partition, accounts }),
      public: false,
      keyArn,
    });
    this.#createBucket(name, "discovery", {
      takeOver: args.adopted?.includes("discovery") ?? false,
      policy: (bucketArn) => discoveryPolicy({ id: policyId, bucketArn, partition, accounts }),
      public: true,
    });
    if (args.accessLogs) this.#logAccess(name, state, args.accessLogs);
    this.#createEnds(name);

    this.stateStore = `s3://${buckets.state}`;
    this.discoveryBucket = buckets.discovery;
    this.made = state.id;
    this.registerOutputs({ stateStore: this.stateStore, discoveryBucket: this.discoveryBucket });
  }

  #createKey(name: string): aws.kms.Key | undefined {
    const { encryption, accountId, accounts = [], region, tags } = this.#args;
    if (encryption?.type !== "kms" || encryption.keyArn !== undefined) return undefined;
    return new aws.kms.Key(
      `${name}-state`,
      {
        description: `State of the clusters of ${name}`,
        enableKeyRotation: true,
        deletionWindowInDays: keyDeletionDays,
        policy: JSON.stringify(
          keyPolicy({
            accountId,
            accounts: [accountId, ...accounts.map(({ id }) => id)],
            region,
            partition: this.#partition,
          }),
        ),
        tags: { ...tags, Name: `${name}-state` },
      },
      this.#options,
    );
  }

  get #purges(): boolean {
    return this.#args.onDestroy === "purge";
  }

  /**
   * The end of both buckets, and that of the environment, which is asked first. AWS deletes no bucket that is not
   * empty, and the AWS plugin empties neither (`forceDestroy`): only its contents' own end does, after it has looked
   * for living clusters. It depends on all that is made of the bucket, and so is done with before any of that goes.
   */
  #createEnds(name: string): void {
    const { buckets, region, role, profile, environment } = this.#args;
    const given = {
      stateBucket: buckets.state,
      onDestroy: this.#purges ? ("purge" as const) : ("retain" as const),
      region,
      ...(role !== undefined && { role }),
      ...(profile !== undefined && { profile }),
    };
    const ends = (["state", "discovery"] as const).flatMap((kind) => {
      const parts = this.#parts[kind];
      return parts
        ? [
            new BucketContents(
              `${name}-${kind}`,
              { ...given, bucket: buckets[kind], kind },
              { parent: this, dependsOn: [...parts, ...(kind === "state" && this.#key ? [this.#key] : [])] },
            ),
          ]
        : [];
    });
    if (!environment) return;
    const { vpcId, zoneId, resources } = environment;
    new BucketContents(
      name,
      { ...given, bucket: buckets.state, kind: "environment", vpcId, ...(zoneId !== undefined && { zoneId }) },
      { parent: this, dependsOn: [...ends, ...resources] },
    );
  }

  #createBucket(
    stack: string,
    kind: "state" | "discovery",
    {
      takeOver,
      policy,
      public: isPublic,
      keyArn,
    }: {
      takeOver: boolean;
      policy: (arn: string) => Policy;
      public: boolean;
      keyArn?: pulumi.Output<string> | undefined;
    },
  ): aws.s3.Bucket {
    const { buckets, tags, keepOldVersionsDays = oldVersionDays } = this.#args;
    const [name, bucketName] = [`${stack}-${kind}`, buckets[kind]];
    const bucket = new aws.s3.Bucket(
      name,
      { bucket: bucketName, forceDestroy: false, tags: { ...tags, Name: bucketName } },
      // The engine imports a bucket that is not in its state, and passes over this where it is.
      { ...this.#options, ...(takeOver && { import: bucketName }) },
    );
    // Direct children of the component, so that what depends on the store waits for the settings, too. Of a bucket that
    // is taken over they are written over those it has.
    const versioning = new aws.s3.BucketVersioning(
      name,
      { bucket: bucket.bucket, versioningConfiguration: { status: "Enabled" } },
      this.#options,
    );
    const encryption = new aws.s3.BucketServerSideEncryptionConfiguration(
      name,
      {
        bucket: bucket.bucket,
        rules: [
          keyArn === undefined
            ? { applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }
            : // One request to KMS for many objects, at a hundredth of the cost.
              {
                applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: keyArn },
                bucketKeyEnabled: true,
              },
        ],
      },
      this.#options,
    );
    const closing = this.#close(name, bucket, policy, isPublic);
    const lifecycle = new aws.s3.BucketLifecycleConfiguration(
      name,
      {
        bucket: bucket.bucket,
        // Current objects never expire: one of them is the CA of a live cluster.
        rules: [
          {
            id: "old-versions",
            status: "Enabled",
            filter: {},
            noncurrentVersionExpiration: { noncurrentDays: keepOldVersionsDays },
          },
          {
            id: "unfinished-uploads",
            status: "Enabled",
            filter: {},
            abortIncompleteMultipartUpload: { daysAfterInitiation: unfinishedUploadDays },
          },
        ],
      },
      // S3 takes rules about old versions only once versioning is on.
      { ...this.#options, dependsOn: [versioning] },
    );
    this.#parts[kind] = [bucket, versioning, encryption, ...closing, lifecycle];
    return bucket;
  }

  /** No object ACLs, no public access but by a policy that is meant to give it, and the policy. */
  #close(name: string, bucket: aws.s3.Bucket, policy: (arn: string) => Policy, isPublic: boolean): pulumi.Resource[] {
    const ownership = new aws.s3.BucketOwnershipControls(
      name,
      { bucket: bucket.bucket, rule: { objectOwnership: "BucketOwnerEnforced" } },
      this.#options,
    );
    const block = new aws.s3.BucketPublicAccessBlock(
      name,
      {
        bucket: bucket.bucket,
        blockPublicAcls: true,
        ignorePublicAcls: true,
        blockPublicPolicy: !isPublic,
        restrictPublicBuckets: !isPublic,
      },
      this.#options,
    );
    const bucketPolicy = new aws.s3.BucketPolicy(
      name,
      { bucket: bucket.bucket, policy: bucket.arn.apply((arn) => JSON.stringify(policy(arn))) },
      // New buckets block public policies until told otherwise, and S3 refuses two such changes at the same time.
      { ...this.#options, dependsOn: [block] },
    );
    return [ownership, block, bucketPolicy];
  }

  #logAccess(
    name: string,
    state: aws.s3.Bucket,
    { bucket, keepDays = logDays }: NonNullable<StateStoreArgs["accessLogs"]>,
  ): void {
    const target =
      bucket === undefined
        ? this.#createLogBucket(`${name}-logs`, state, keepDays)
        : { name: bucket, policy: undefined };
    const logging = new aws.s3.BucketLogging(
      `${name}-state`,
      { bucket: state.bucket, targetBucket: target.name, targetPrefix: `${this.#args.buckets.state}/` },
      { ...this.#options, ...(target.policy && { dependsOn: [target.policy] }) },
    );
    this.#parts.state?.push(logging);
  }

  /**
   * Where access logs go. It has no versions, and its objects do expire. Nothing of a cluster is in it, and S3 writes
   * to it for hours after it was told to stop: so this one the AWS plugin may empty.
   */
  #createLogBucket(
    name: string,
    state: aws.s3.Bucket,
    keepDays: number,
  ): { name: pulumi.Output<string>; policy: pulumi.Resource } {
    const { buckets, tags, accountId, adopted: takeOver } = this.#args;
    const bucket = new aws.s3.Bucket(
      name,
      { bucket: buckets.logs, forceDestroy: this.#purges, tags: { ...tags, Name: buckets.logs } },
      { ...this.#options, ...(takeOver?.includes("logs") === true && { import: buckets.logs }) },
    );
    // S3 cannot write logs with a KMS key of ours unless that lets it; they name objects and hold nothing of them.
    new aws.s3.BucketServerSideEncryptionConfiguration(
      name,
      { bucket: bucket.bucket, rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] },
      this.#options,
    );
    const policy = new aws.s3.BucketPolicy(
      name,
      {
        bucket: bucket.bucket,
        policy: pulumi
          .all([bucket.arn, state.arn])
          .apply(([arn, source]) => JSON.stringify({ ...logPolicy(arn, source, accountId), Id: this.#args.policyId })),
      },
      this.#options,
    );
    new aws.s3.BucketOwnershipControls(
      name,
      { bucket: bucket.bucket, rule: { objectOwnership: "BucketOwnerEnforced" } },
      this.#options,
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
      { ...this.#options, dependsOn: [policy] },
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
      this.#options,
    );
    return { name: bucket.bucket, policy };
  }
}

/** The key made elsewhere. */
function givenKey(encryption: StateStoreArgs["encryption"]): pulumi.Output<string> | undefined {
  return encryption?.type === "kms" && encryption.keyArn !== undefined ? pulumi.output(encryption.keyArn) : undefined;
}
