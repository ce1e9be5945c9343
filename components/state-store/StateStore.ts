import * as aws from "../aws/services.mjs";
import * as pulumi from "@pulumi/pulumi";
import { BucketContents } from "../../providers/state-store/BucketContents.ts";
import { partitionOf } from "../../providers/kops/aws/partition.ts";
import type { StackIdentity } from "../aws/config.ts";
import type { Tags } from "../tags/subnet-tags.ts";
import type { BucketNames } from "./bucket-names.ts";
import { createDistribution } from "./distribution.ts";
import { oldVersionsRule } from "./keep-versions.ts";
import { logAccess, unfinishedUploadDays } from "./log-bucket.ts";
import { retryOpenedBlock } from "./opened-block.ts";
import {
  discoveryPolicy,
  keyPolicy,
  statePolicy,
  type BucketPolicy,
  type DiscoveryReader,
  type ForeignAccount,
} from "./policies.ts";
import { createReplica, lockObjects, type ReplicaPlace } from "./replica.ts";
import type { StateStoreRequest } from "./request.ts";

export interface StateStoreArgs {
  buckets: BucketNames;
  region: string;
  /** Account of the buckets, twelve digits. */
  accountId: string;
  /** Id of the bucket policies: it names the stack. */
  policyId: string;
  /** What `pulumi destroy` does with the buckets. @default "retain" */
  onDestroy?: StateStoreRequest["onDestroy"] | undefined;
  /** How AWS reads the public keys of clusters. @default "public" */
  discovery?: StateStoreRequest["discovery"] | undefined;
  /** Days that replaced or deleted versions of objects are kept. @default 90 */
  keepOldVersionsDays?: number | undefined;
  /** Of the state bucket. @default S3's own keys */
  encryption?: StateStoreRequest["encryption"] | undefined;
  /** Of the state bucket. @default none */
  accessLogs?: StateStoreRequest["accessLogs"] | undefined;
  /** Copy of the state bucket. @default none */
  replica?: ReplicaPlace | undefined;
  /** Of the state bucket and its copy. @default none */
  objectLock?: StateStoreRequest["objectLock"];
  /** The only principals that may end versions of state. @default whoever has the rights */
  versionsDeletableBy?: readonly string[] | undefined;
  /** Other accounts that use the store. @default none */
  accounts?: readonly ForeignAccount[] | undefined;
  /** Buckets that an earlier destroy retained and this run adopts. @default none */
  adopted?: readonly (keyof BucketNames)[] | undefined;
  tags?: Tags | undefined;
  /** Role in the account of the buckets. @default none */
  role?: string | undefined;
  /** External id of the role. @default none */
  externalId?: string | undefined;
  /** Identity of the stack. @default AWS's own order */
  identity?: StackIdentity | undefined;
  /** The other parts of the environment: they stay if a cluster blocks the store's destruction. @default none */
  environment?: StoreEnvironment | undefined;
}

/** The other parts of a store's environment. */
export interface StoreEnvironment {
  vpcId: pulumi.Input<string>;
  /** Whether the VPC was made elsewhere. @default false */
  existingVpc?: boolean | undefined;
  zoneId?: pulumi.Input<string> | undefined;
  /** Destroyed only after the store allowed its own destruction. */
  resources: readonly pulumi.Resource[];
  /** Whether Pulumi refuses a destroy, already in its preview. @default false */
  protect?: boolean | undefined;
}

/** A state store for clusters. */
export interface StateStoreOutputs {
  /** kOps's `--state`. */
  stateStore: string;
  /** Bucket of the OIDC discovery documents; absent if there are none. */
  discoveryBucket?: string | undefined;
  /** Address below which AWS finds each cluster's documents. @default the bucket's own, which is public */
  issuer?: pulumi.Input<string> | undefined;
  /** Known once the state bucket exists; absent if it existed before. */
  made?: pulumi.Output<string> | undefined;
}

const oldVersionDays = 90;
/** Days in which the deletion of a KMS key can be undone: AWS's maximum. */
const keyDeletionDays = 30;

/** The kOps state bucket, and the bucket with the public half of each cluster's service account keys. */
export class StateStore extends pulumi.ComponentResource implements StateStoreOutputs {
  readonly stateStore: string;
  readonly discoveryBucket?: string;
  readonly issuer?: pulumi.Input<string>;
  readonly made: pulumi.Output<string>;
  /** ARN of the state bucket's key; absent if S3 encrypts with its own keys. */
  readonly keyArn?: pulumi.Output<string>;

  readonly #args: StateStoreArgs;
  readonly #options: pulumi.CustomResourceOptions;
  /** Resources of each bucket: deleted after the bucket's contents. */
  readonly #parts: Partial<Record<"state" | "discovery", pulumi.Resource[]>> = {};
  readonly #key?: aws.kms.Key;
  readonly #partition: string;
  /** Name of the distribution that serves the documents, if one is made here. */
  #domainName?: pulumi.Output<string>;

  constructor(name: string, args: StateStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("pilot:store:StateStore", name, {}, opts);
    this.#args = args;
    this.#partition = partitionOf(args.region);
    // A retained bucket keeps its settings: without them it would be neither private nor TLS only.
    this.#options = { parent: this, retainOnDelete: !this.#purges };
    const { buckets, accounts, policyId, discovery = "public", versionsDeletableBy } = args;

    const key = this.#createKey(name);
    if (key) this.#key = key;
    const keyArn = key?.arn ?? givenKey(args.encryption);
    if (keyArn !== undefined) this.keyArn = keyArn;
    const partition = this.#partition;
    const state = this.#createBucket(name, "state");
    this.#configure(name, "state", state, {
      policy: state.arn.apply((bucketArn) =>
        statePolicy({ id: policyId, bucketArn, partition, accounts, versionsDeletableBy }),
      ),
      public: false,
      keyArn,
    });
    const issuer = discovery === "none" ? undefined : this.#createDiscovery(name, discovery);
    if (issuer !== undefined) this.issuer = issuer;
    if (args.accessLogs) {
      const { policyId: id, adopted, tags, accountId } = args;
      const logs = { name: buckets.logs, adopted: adopted?.includes("logs") ?? false, id, purges: this.#purges };
      const logging = logAccess(
        name,
        state,
        { ...args.accessLogs, stateName: buckets.state, logs, accountId, tags },
        this.#options,
      );
      this.#parts.state?.push(logging);
    }
    this.#keepCopies(name, state, keyArn);
    this.#createContents(name);

    this.stateStore = `s3://${buckets.state}`;
    if (discovery !== "none") this.discoveryBucket = buckets.discovery;
    this.made = state.id;
    this.registerOutputs({
      stateStore: this.stateStore,
      discoveryBucket: this.discoveryBucket,
      ...(this.issuer !== undefined && { issuer: this.issuer }),
    });
  }

  /** The bucket of the documents, and what serves it. Returns the issuer's address unless it is the bucket's own. */
  #createDiscovery(
    name: string,
    discovery: Exclude<StateStoreRequest["discovery"], "none">,
  ): pulumi.Input<string> | undefined {
    const { policyId: id, accounts, tags, buckets } = this.#args;
    const bucket = this.#createBucket(name, "discovery");
    // A distribution is not retained: after the last cluster nobody needs its address.
    const distribution =
      discovery === "cloudfront"
        ? createDistribution(
            `${name}-discovery`,
            bucket,
            { bucketName: buckets.discovery, tags },
            { ...this.#options, retainOnDelete: false },
          )
        : undefined;
    const reader: pulumi.Output<DiscoveryReader | undefined> = pulumi
      .output(distribution?.arn ?? (typeof discovery === "string" ? undefined : discovery.distribution))
      .apply((arn) => (discovery === "public" ? discovery : arn === undefined ? undefined : { distribution: arn }));
    this.#configure(name, "discovery", bucket, {
      policy: pulumi
        .all([bucket.arn, reader])
        .apply(([bucketArn, one]) =>
          discoveryPolicy({ id, bucketArn, partition: this.#partition, accounts, reader: one }),
        ),
      public: discovery === "public",
    });
    if (distribution) {
      this.#parts.discovery?.push(...distribution.resources);
      this.#domainName = distribution.domainName;
    }
    return typeof discovery === "string"
      ? distribution?.domainName.apply((domain) => `https://${domain}`)
      : discovery.issuer;
  }

  /** Object Lock and the replica. */
  #keepCopies(name: string, state: aws.s3.Bucket, keyArn: pulumi.Output<string> | undefined): void {
    const { replica, objectLock, keepOldVersionsDays = oldVersionDays, ...others } = this.#args;
    const parts = this.#parts.state ?? [];
    const lock =
      objectLock && lockObjects(`${name}-state`, state.bucket, objectLock, { ...this.#options, dependsOn: parts });
    if (!replica) return;
    const after = [...parts, ...(lock ? [lock] : [])];
    createReplica(
      `${name}-replica`,
      { ...others, place: replica, state, keyArn, objectLock, keepOldVersionsDays, after },
      { parent: this },
    );
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
   * The contents of both buckets, and the environment, which is checked first on a destroy. AWS deletes only empty
   * buckets, and the AWS plugin empties neither (`forceDestroy`): only the contents' resource does, after it has looked
   * for clusters. It depends on all resources of the bucket, so it is deleted before any of them.
   */
  #createContents(name: string): void {
    const { buckets, region, role, externalId, identity, environment } = this.#args;
    const given = {
      stateBucket: buckets.state,
      onDestroy: this.#purges ? ("purge" as const) : ("retain" as const),
      region,
      ...(role !== undefined && { role }),
      ...(externalId !== undefined && { externalId }),
      ...identity,
    };
    const contents = (["state", "discovery"] as const).flatMap((kind) => {
      const parts = this.#parts[kind];
      return parts
        ? [
            new BucketContents(
              `${name}-${kind}`,
              {
                ...given,
                bucket: buckets[kind],
                kind,
                ...(kind === "discovery" && this.#domainName && { domainName: this.#domainName }),
              },
              { parent: this, dependsOn: [...parts, ...(kind === "state" && this.#key ? [this.#key] : [])] },
            ),
          ]
        : [];
    });
    if (!environment) return;
    const { vpcId, existingVpc, zoneId, resources, protect } = environment;
    new BucketContents(
      name,
      {
        ...given,
        bucket: buckets.state,
        kind: "environment",
        vpcId,
        ...(existingVpc === true && { network: "existing" as const }),
        ...(zoneId !== undefined && { zoneId }),
      },
      { parent: this, dependsOn: [...contents, ...resources], ...(protect === true && { protect }) },
    );
  }

  #createBucket(stack: string, kind: "state" | "discovery"): aws.s3.Bucket {
    const { buckets, tags, adopted } = this.#args;
    const bucketName = buckets[kind];
    return new aws.s3.Bucket(
      `${stack}-${kind}`,
      { bucket: bucketName, forceDestroy: false, tags: { ...tags, Name: bucketName } },
      // The engine imports a bucket that is not in its state, and ignores this if it is.
      { ...this.#options, ...(adopted?.includes(kind) === true && { import: bucketName }) },
    );
  }

  /** The settings of a bucket. */
  #configure(
    stack: string,
    kind: "state" | "discovery",
    bucket: aws.s3.Bucket,
    {
      policy,
      public: isPublic,
      keyArn,
    }: { policy: pulumi.Output<BucketPolicy>; public: boolean; keyArn?: pulumi.Output<string> | undefined },
  ): void {
    const { keepOldVersionsDays = oldVersionDays } = this.#args;
    const name = `${stack}-${kind}`;
    // Direct children of the component, so that resources that depend on the store also wait for the settings. In an
    // adopted bucket they overwrite the old settings.
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
            : // A bucket key needs one KMS request for many objects, at a hundredth of the cost.
              {
                applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: keyArn },
                bucketKeyEnabled: true,
              },
        ],
      },
      this.#options,
    );
    const lifecycle = new aws.s3.BucketLifecycleConfiguration(
      name,
      {
        bucket: bucket.bucket,
        // Current objects never expire: one of them is the CA of a live cluster.
        rules: [
          oldVersionsRule(keepOldVersionsDays),
          {
            id: "unfinished-uploads",
            status: "Enabled",
            filter: {},
            abortIncompleteMultipartUpload: { daysAfterInitiation: unfinishedUploadDays },
          },
        ],
      },
      // S3 allows rules about old versions only once versioning is on.
      { ...this.#options, dependsOn: [versioning] },
    );
    // The policy may deny to change these two.
    const closing = this.#close(name, bucket, policy, isPublic, [versioning, lifecycle]);
    this.#parts[kind] = [bucket, versioning, encryption, ...closing, lifecycle];
  }

  /** No object ACLs, no public access except by the policy of a public bucket. */
  #close(
    name: string,
    bucket: aws.s3.Bucket,
    policy: pulumi.Output<BucketPolicy>,
    isPublic: boolean,
    before: pulumi.Resource[],
  ): pulumi.Resource[] {
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
      { bucket: bucket.bucket, policy: policy.apply((document) => JSON.stringify(document)) },
      // New buckets block public policies by default, and S3 refuses two such changes at the same time.
      {
        ...this.#options,
        dependsOn: [block, ...before],
        ...(isPublic && { hooks: { onError: [retryOpenedBlock(`${name}-policy`, this.#args.buckets.discovery)] } }),
      },
    );
    return [ownership, block, bucketPolicy];
  }
}

/** ARN of a key made elsewhere. */
function givenKey(encryption: StateStoreArgs["encryption"]): pulumi.Output<string> | undefined {
  return encryption?.type === "kms" && encryption.keyArn !== undefined ? pulumi.output(encryption.keyArn) : undefined;
}
