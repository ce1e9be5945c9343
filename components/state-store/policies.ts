import { endpointOf } from "../../providers/kops/aws/partition.ts";
import { keepVersions } from "./keep-versions.ts";

/** An AWS policy. */
export interface Policy {
  Version: "2012-10-17";
  /** Free text. It tells which stack a bucket belongs to. */
  Id?: string;
  Statement: Statement[];
}

export interface Statement {
  Sid: string;
  Effect: "Allow" | "Deny";
  Principal?: unknown;
  Action: string | string[];
  Resource: string | string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

/** A statement on everything but some objects. */
export type StatementButFor = Omit<Statement, "Resource"> & { NotResource: string };

/** The policy of a bucket. */
export type BucketPolicy = Omit<Policy, "Statement"> & { Statement: (Statement | StatementButFor)[] };

/** Another account that uses the buckets. */
export interface ForeignAccount {
  /** Twelve digits. */
  id: string;
  /** Full names of its clusters; `*` stands for any text. */
  clusters: readonly string[];
}

/** Rights of kOps and Pilot on the bucket itself. */
const bucketReads = ["s3:GetBucketLocation", "s3:GetEncryptionConfiguration", "s3:ListBucket", "s3:ListBucketVersions"];
const objectReads = ["s3:GetObject", "s3:GetObjectVersion"];
/** No version: only etcd-managers delete those of their old backups, with the rights that kOps gives nodes. */
const objectWrites = ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"];

const arnOf = (bucket: string, partition: string): string => `arn:${partition}:s3:::${bucket}`;

/** A later run that does not know the bucket adopts it only with this id. */
export function policyId(project: string, stack: string): string {
  return `pilot ${project}/${stack}`;
}

/** TLS only, for everybody. */
export function tlsOnly(bucketArn: string): Statement {
  return {
    Sid: "TlsOnly",
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Resource: [bucketArn, `${bucketArn}/*`],
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
}

/** Folders of a cluster: that of kOps and that of Pilot. */
const foldersOf = (cluster: string): string[] => [`${cluster}/*`, `_pilot/${cluster}/*`];

/**
 * Lets another account use only the folders of its clusters. That account decides who may: kOps gives its nodes' roles
 * their rights, and pipelines and operators get the policies below. The principal is the account's root, because a
 * policy cannot name roles that do not exist yet, such as those of nodes of a new cluster.
 */
function foreignStatements(bucketArn: string, account: ForeignAccount, partition: string): Statement[] {
  const Principal = { AWS: `arn:${partition}:iam::${account.id}:root` };
  const folders = account.clusters.flatMap(foldersOf);
  return [
    {
      Sid: `Bucket${account.id}`,
      Effect: "Allow",
      Principal,
      Action: bucketReads.filter((action) => !action.startsWith("s3:List")),
      Resource: bucketArn,
    },
    {
      Sid: `List${account.id}`,
      Effect: "Allow",
      Principal,
      Action: bucketReads.filter((action) => action.startsWith("s3:List")),
      Resource: bucketArn,
      // kOps also lists the names of all clusters (an empty prefix), and Pilot those of all archives: only names.
      Condition: {
        StringLike: {
          "s3:prefix": [
            "",
            "_pilot/",
            ...account.clusters,
            ...folders,
            ...account.clusters.map((cluster) => `_pilot/${cluster}`),
          ],
        },
      },
    },
    {
      Sid: `Objects${account.id}`,
      Effect: "Allow",
      Principal,
      Action: [...objectReads, ...objectWrites],
      Resource: folders.map((folder) => `${bucketArn}/${folder}`),
    },
    {
      Sid: `Backups${account.id}`,
      Effect: "Allow",
      Principal,
      Action: "s3:DeleteObjectVersion",
      Resource: account.clusters.map((cluster) => `${bucketArn}/${cluster}/backups/etcd/*`),
    },
  ];
}

export interface BucketPolicyArgs {
  id: string;
  bucketArn: string;
  partition: string;
  /** @default none */
  accounts?: readonly ForeignAccount[] | undefined;
}

/** Who reads the discovery documents beside the accounts with clusters: everybody, or one CloudFront distribution. */
export type DiscoveryReader = "public" | { distribution: string };

export function statePolicy({
  id,
  bucketArn,
  partition,
  accounts = [],
  versionsDeletableBy,
}: BucketPolicyArgs & { versionsDeletableBy?: readonly string[] | undefined }): BucketPolicy {
  return {
    Version: "2012-10-17",
    Id: id,
    Statement: [
      tlsOnly(bucketArn),
      ...keepVersions(bucketArn, versionsDeletableBy),
      ...accounts.flatMap((account) => foreignStatements(bucketArn, account, partition)),
    ],
  };
}

/** The two documents that kOps writes for each cluster (pkg/model/issuerdiscovery.go). */
const discoveryDocuments = [".well-known/openid-configuration", "openid/v1/jwks"];

/** Lets the reader of the discovery documents read exactly two documents per cluster. */
function readStatement(bucketArn: string, reader: DiscoveryReader): Statement {
  const isPublic = reader === "public";
  return {
    Sid: isPublic ? "PublicDiscovery" : "Distribution",
    Effect: "Allow",
    Principal: isPublic ? "*" : { Service: "cloudfront.amazonaws.com" },
    Action: "s3:GetObject",
    Resource: discoveryDocuments.map((document) => `${bucketArn}/*/${document}`),
    ...(!isPublic && { Condition: { StringEquals: { "aws:SourceArn": reader.distribution } } }),
  };
}

/**
 * The policy of the discovery bucket. If the bucket is public, AWS fetches documents without credentials: kOps asks S3
 * whether it is public and, because of this policy, does not set object ACLs (they are disabled). With an issuer of
 * another address kOps neither asks nor sets any (pkg/model/issuerdiscovery.go).
 */
export function discoveryPolicy({
  id,
  bucketArn,
  partition,
  accounts = [],
  reader,
}: BucketPolicyArgs & { reader: DiscoveryReader | undefined }): Policy {
  const writers = accounts.map((account): Statement[] => [
    {
      Sid: `Bucket${account.id}`,
      Effect: "Allow",
      Principal: { AWS: `arn:${partition}:iam::${account.id}:root` },
      Action: ["s3:GetBucketLocation", "s3:GetEncryptionConfiguration", "s3:GetBucketPolicyStatus"],
      Resource: bucketArn,
    },
    {
      Sid: `Documents${account.id}`,
      Effect: "Allow",
      Principal: { AWS: `arn:${partition}:iam::${account.id}:root` },
      Action: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
      Resource: account.clusters.flatMap((cluster) =>
        discoveryDocuments.map((document) => `${bucketArn}/${cluster}/${document}`),
      ),
    },
  ]);
  return {
    Version: "2012-10-17",
    Id: id,
    Statement: [
      tlsOnly(bucketArn),
      ...(reader === undefined ? [] : [readStatement(bucketArn, reader)]),
      ...writers.flat(),
    ],
  };
}

/** Lets only S3 write, and only the access logs of one bucket. */
export function logPolicy(bucketArn: string, sourceArn: string, accountId: string): Policy {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "AccessLogs",
        Effect: "Allow",
        Principal: { Service: "logging.s3.amazonaws.com" },
        Action: "s3:PutObject",
        Resource: `${bucketArn}/*`,
        Condition: { ArnLike: { "aws:SourceArn": sourceArn }, StringEquals: { "aws:SourceAccount": accountId } },
      },
      tlsOnly(bucketArn),
    ],
  };
}

/**
 * A key for the state bucket. Its own account administers it; whoever may access an object through S3 may use the key
 * for it, as with AWS's own key for S3. So nodes and people in the account need no KMS rights.
 */
export function keyPolicy({
  accountId,
  accounts,
  region,
  partition,
  more = [],
}: {
  accountId: string;
  accounts: readonly string[];
  region: string;
  partition: string;
  /** Further rights through S3. @default none */
  more?: readonly string[] | undefined;
}): Policy {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "Account",
        Effect: "Allow",
        Principal: { AWS: `arn:${partition}:iam::${accountId}:root` },
        Action: "kms:*",
        Resource: "*",
      },
      {
        Sid: "ThroughS3",
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: ["kms:Decrypt", "kms:GenerateDataKey*", "kms:DescribeKey", ...more],
        Resource: "*",
        Condition: {
          StringEquals: {
            "kms:CallerAccount": [...accounts],
            "kms:ViaService": endpointOf("s3", region),
          },
        },
      },
    ],
  };
}

export interface StoreUse {
  /** `discovery`: absent if no documents are published. */
  buckets: { state: string; discovery?: string | undefined };
  partition: string;
  /** ARN of the key of a store encrypted with KMS. */
  keyArn?: string | undefined;
}

export function keyUse(keyArn: string | undefined, actions: string[]): Statement[] {
  return keyArn === undefined ? [] : [{ Sid: "Key", Effect: "Allow", Action: actions, Resource: keyArn }];
}

const discoveryUse = (bucketArn: string): Statement[] => [
  {
    Sid: "DiscoveryBucket",
    Effect: "Allow",
    Action: ["s3:GetBucketLocation", "s3:GetEncryptionConfiguration", "s3:GetBucketPolicyStatus", "s3:ListBucket"],
    Resource: bucketArn,
  },
  {
    Sid: "DiscoveryDocuments",
    Effect: "Allow",
    Action: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
    Resource: discoveryDocuments.map((document) => `${bucketArn}/*/${document}`),
  },
];

/** Rights on the store for a pipeline that runs this program and kOps; it cannot delete buckets or change settings. */
export function pipelinePolicy({ buckets, partition, keyArn }: StoreUse): Policy {
  const state = arnOf(buckets.state, partition);
  const discovery = buckets.discovery === undefined ? undefined : arnOf(buckets.discovery, partition);
  return {
    Version: "2012-10-17",
    Statement: [
      { Sid: "StateBucket", Effect: "Allow", Action: bucketReads, Resource: state },
      { Sid: "StateObjects", Effect: "Allow", Action: [...objectReads, ...objectWrites], Resource: `${state}/*` },
      ...(discovery === undefined ? [] : discoveryUse(discovery)),
      ...keyUse(keyArn, ["kms:Decrypt", "kms:GenerateDataKey*", "kms:DescribeKey"]),
    ],
  };
}

/**
 * Name of a manifest snapshot: a time stamp. `*` also matches slashes, so a looser pattern would include the keys in
 * archives of deleted clusters.
 */
const snapshot = "????-??-??T??-??-??-???Z.yaml";

/** Operators may read current and earlier manifests and Pilot's notes, but no keys, secrets or etcd backups. */
export function operatorPolicy({ buckets, partition, keyArn }: StoreUse): Policy {
  const state = arnOf(buckets.state, partition);
  const readable = [
    "*/config",
    "*/instancegroup/*",
    "*/clusteraddons/*",
    "*/kops-version.txt",
    "_pilot/*/journal.json",
    "_pilot/*/lock.json",
    "_pilot/*/pause.json",
    "_pilot/*/history/*",
    "_pilot/*/moved.json",
    "_pilot/*/history/*",
    `_pilot/*/archive/${snapshot}`,
  ];
  return {
    Version: "2012-10-17",
    Statement: [
      { Sid: "StateBucket", Effect: "Allow", Action: bucketReads, Resource: state },
      {
        Sid: "Manifests",
        Effect: "Allow",
        Action: ["s3:GetObject"],
        Resource: readable.map((path) => `${state}/${path}`),
      },
      ...keyUse(keyArn, ["kms:Decrypt"]),
    ],
  };
}

/**
 * Lets `kops helpers kubectl-auth` read the key of a cluster's CA, with which it signs an admin certificate. Its users
 * are administrators of every cluster in the store: for pipelines and emergencies.
 */
export function breakGlassPolicy({ buckets, partition, keyArn }: StoreUse): Policy {
  const state = arnOf(buckets.state, partition);
  return {
    Version: "2012-10-17",
    Statement: [
      { Sid: "StateBucket", Effect: "Allow", Action: bucketReads, Resource: state },
      {
        Sid: "AdminCertificates",
        Effect: "Allow",
        Action: ["s3:GetObject"],
        Resource: [`${state}/*/config`, `${state}/*/pki/private/kubernetes-ca/keyset.yaml`],
      },
      ...keyUse(keyArn, ["kms:Decrypt"]),
    ],
  };
}
