/** A policy as AWS reads it. */
export interface Policy {
  Version: "2012-10-17";
  /** Free text. Whoever finds the bucket learns by it which stack's it is. */
  Id?: string;
  Statement: Statement[];
}

interface Statement {
  Sid: string;
  Effect: "Allow" | "Deny";
  Principal?: unknown;
  Action: string | string[];
  Resource: string | string[];
  Condition?: unknown;
}

/** Who else than the bucket's own account uses it. */
export interface ForeignAccount {
  /** Twelve digits. */
  id: string;
  /** Full names of its clusters; `*` stands for any text. */
  clusters: readonly string[];
}

/** What kOps and Pilot do with the bucket itself. */
const bucketReads = ["s3:GetBucketLocation", "s3:GetEncryptionConfiguration", "s3:ListBucket", "s3:ListBucketVersions"];
const objectReads = ["s3:GetObject", "s3:GetObjectVersion"];
const objectWrites = ["s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:AbortMultipartUpload"];

const arnOf = (bucket: string, partition: string): string => `arn:${partition}:s3:::${bucket}`;

export function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}

/** By this a later run, which knows nothing of the bucket, tells that it may take it over. */
export function policyId(project: string, stack: string): string {
  return `pilot ${project}/${stack}`;
}

/** Nothing but TLS, for anybody. */
function tlsOnly(bucketArn: string): Statement {
  return {
    Sid: "TlsOnly",
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Resource: [bucketArn, `${bucketArn}/*`],
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
}

/** Folders of a cluster: kOps's own, and Pilot's beside it. */
const foldersOf = (cluster: string): string[] => [`${cluster}/*`, `_pilot/${cluster}/*`];

/**
 * Lets another account use the folders of its clusters, and no others. Who of that account may is said there: kOps
 * gives its nodes' roles what they need, and pipelines and operators get the policies below. The account's root stands
 * for the account: a role that is not there yet, as those of nodes before a cluster is made, cannot be named.
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
      // kOps also lists the names of all clusters (an empty prefix), Pilot those of all archives: names, and no
      // content.
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
  ];
}

export interface BucketPolicyArgs {
  id: string;
  bucketArn: string;
  partition: string;
  /** @default none */
  accounts?: readonly ForeignAccount[] | undefined;
}

export function statePolicy({ id, bucketArn, partition, accounts = [] }: BucketPolicyArgs): Policy {
  return {
    Version: "2012-10-17",
    Id: id,
    Statement: [tlsOnly(bucketArn), ...accounts.flatMap((account) => foreignStatements(bucketArn, account, partition))],
  };
}

/** The two documents that kOps writes for each cluster (pkg/model/issuerdiscovery.go). */
const discoveryDocuments = [".well-known/openid-configuration", "openid/v1/jwks"];

/**
 * AWS fetches exactly two documents per cluster without credentials. kOps asks S3 whether the bucket is public and,
 * because of this policy, leaves object ACLs alone (they are disabled).
 */
export function discoveryPolicy({ id, bucketArn, partition, accounts = [] }: BucketPolicyArgs): Policy {
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
      {
        Sid: "PublicDiscovery",
        Effect: "Allow",
        Principal: "*",
        Action: "s3:GetObject",
        Resource: discoveryDocuments.map((document) => `${bucketArn}/*/${document}`),
      },
      ...writers.flat(),
    ],
  };
}

/** Lets S3 write access logs of one bucket, and nobody else. */
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
 * A key for the state bucket: its own account administers it, and whoever S3 lets at an object may use it for that, as
 * with AWS's own key for S3. So nodes and people need no KMS permission of their own within the account.
 */
export function keyPolicy({
  accountId,
  accounts,
  region,
  partition,
}: {
  accountId: string;
  accounts: readonly string[];
  region: string;
  partition: string;
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
        Action: ["kms:Decrypt", "kms:GenerateDataKey*", "kms:DescribeKey"],
        Resource: "*",
        Condition: {
          StringEquals: {
            "kms:CallerAccount": [...accounts],
            "kms:ViaService": `s3.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`,
          },
        },
      },
    ],
  };
}

export interface StoreUse {
  buckets: { state: string; discovery: string };
  partition: string;
  /** Of a store encrypted by KMS. */
  keyArn?: string | undefined;
}

function keyUse(keyArn: string | undefined, actions: string[]): Statement[] {
  return keyArn === undefined ? [] : [{ Sid: "Key", Effect: "Allow", Action: actions, Resource: keyArn }];
}

/**
 * What a pipeline that runs this program and kOps needs of the store: no deletion of buckets, no change of their
 * settings.
 */
export function pipelinePolicy({ buckets, partition, keyArn }: StoreUse): Policy {
  const [state, discovery] = [arnOf(buckets.state, partition), arnOf(buckets.discovery, partition)];
  return {
    Version: "2012-10-17",
    Statement: [
      { Sid: "StateBucket", Effect: "Allow", Action: bucketReads, Resource: state },
      { Sid: "StateObjects", Effect: "Allow", Action: [...objectReads, ...objectWrites], Resource: `${state}/*` },
      {
        Sid: "DiscoveryBucket",
        Effect: "Allow",
        Action: ["s3:GetBucketLocation", "s3:GetEncryptionConfiguration", "s3:GetBucketPolicyStatus", "s3:ListBucket"],
        Resource: discovery,
      },
      {
        Sid: "DiscoveryDocuments",
        Effect: "Allow",
        Action: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
        Resource: discoveryDocuments.map((document) => `${discovery}/*/${document}`),
      },
      ...keyUse(keyArn, ["kms:Decrypt", "kms:GenerateDataKey*", "kms:DescribeKey"]),
    ],
  };
}

/**
 * Name of a manifest snapshot: a time stamp. Anything looser would take in the keys in archives of deleted clusters:
 * `*` stands for slashes, too.
 */
const snapshot = "????-??-??T??-??-??-???Z.yaml";

/**
 * What an operator may read: manifests, what Pilot notes beside them, and earlier manifests; no key, no secret, no etcd
 * backup.
 */
export function operatorPolicy({ buckets, partition, keyArn }: StoreUse): Policy {
  const state = arnOf(buckets.state, partition);
  const readable = [
    "*/config",
    "*/instancegroup/*",
    "*/kops-version.txt",
    "_pilot/*/journal.json",
    "_pilot/*/lock.json",
    "_pilot/*/pause.json",
    "_pilot/*/moved.json",
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
 * What `kops helpers kubectl-auth` reads beside the manifests: the key of the cluster's CA, with which it signs an
 * admin certificate. Whoever has this is administrator of every cluster in the store: for pipelines and emergencies.
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
