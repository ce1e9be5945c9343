import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Tags } from "../tags.ts";
import type { BucketNames } from "./bucket-names.ts";
import { discoveryPolicy, statePolicy, type Policy } from "./policies.ts";

/**
 * What `pulumi destroy` does with the buckets.
 *
 * - `retain`: buckets, their settings and all their objects stay. A later `pulumi up` of the same stack finds them
 *   taken and must import them (`pulumi import aws:s3/bucket:Bucket …`).
 * - `purge`: deleted with every version of every object: cluster CAs, etcd backups, everything.
 */
export type OnDestroy = "retain" | "purge";

export interface StateStoreArgs {
  buckets: BucketNames;
  /** @default "retain" */
  onDestroy?: OnDestroy | undefined;
  /** Days that replaced or deleted versions of objects are kept. @default 90 */
  keepOldVersionsDays?: number | undefined;
  tags?: Tags | undefined;
}

/** What a cluster needs to know of the store. */
export interface StateStoreOutputs {
  /** kOps's `--state`. */
  stateStore: string;
  /** Bucket of the public OIDC discovery documents. */
  discoveryBucket: string;
}

/** The kOps state bucket, and the bucket with the public half of each cluster's service account keys. */
export class StateStore extends pulumi.ComponentResource implements StateStoreOutputs {
  readonly stateStore: string;
  readonly discoveryBucket: string;

  readonly #args: StateStoreArgs;
  readonly #options: pulumi.CustomResourceOptions;

  constructor(name: string, args: StateStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("pilot:store:StateStore", name, {}, opts);
    this.#args = args;
    // The settings stay with a retained bucket: without them it would be left neither private nor TLS only.
    this.#options = { retainOnDelete: (args.onDestroy ?? "retain") === "retain" };

    this.#createBucket(`${name}-state`, args.buckets.state, statePolicy, { public: false });
    this.#createBucket(`${name}-discovery`, args.buckets.discovery, discoveryPolicy, { public: true });

    this.stateStore = `s3://${args.buckets.state}`;
    this.discoveryBucket = args.buckets.discovery;
    this.registerOutputs({ stateStore: this.stateStore, discoveryBucket: this.discoveryBucket });
  }

  #createBucket(name: string, bucketName: string, policy: (arn: string) => Policy, access: { public: boolean }): void {
    const bucket = new aws.s3.Bucket(
      name,
      { bucket: bucketName, forceDestroy: this.#args.onDestroy === "purge", tags: { ...this.#args.tags, Name: bucketName } },
      { ...this.#options, parent: this },
    );
    // Direct children of the component, so that what depends on the store waits for the settings, too.
    const settings = { ...this.#options, parent: this };
    const versioning = new aws.s3.BucketVersioning(
      name,
      { bucket: bucket.bucket, versioningConfiguration: { status: "Enabled" } },
      settings,
    );
    new aws.s3.BucketServerSideEncryptionConfiguration(
      name,
      { bucket: bucket.bucket, rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] },
      settings,
    );
    new aws.s3.BucketOwnershipControls(name, { bucket: bucket.bucket, rule: { objectOwnership: "BucketOwnerEnforced" } }, settings);
    const block = new aws.s3.BucketPublicAccessBlock(
      name,
      {
        bucket: bucket.bucket,
        blockPublicAcls: true,
        ignorePublicAcls: true,
        blockPublicPolicy: !access.public,
        restrictPublicBuckets: !access.public,
      },
      settings,
    );
    new aws.s3.BucketPolicy(
      name,
      { bucket: bucket.bucket, policy: bucket.arn.apply((arn) => JSON.stringify(policy(arn))) },
      // New buckets block public policies until told otherwise, and S3 refuses two such changes at the same time.
      { ...settings, dependsOn: [block] },
    );
    new aws.s3.BucketLifecycleConfiguration(
      name,
      {
        bucket: bucket.bucket,
        // Current objects never expire: one of them is the CA of a live cluster.
        rules: [
          {
            id: "old-versions",
            status: "Enabled",
            filter: {},
            noncurrentVersionExpiration: { noncurrentDays: this.#args.keepOldVersionsDays ?? 90 },
          },
          { id: "unfinished-uploads", status: "Enabled", filter: {}, abortIncompleteMultipartUpload: { daysAfterInitiation: 7 } },
        ],
      },
      // S3 takes rules about old versions only once versioning is on.
      { ...settings, dependsOn: [versioning] },
    );
  }
}
