/** The buckets of an environment. */
export interface BucketNames {
  state: string;
  discovery: string;
  /** Bucket of access logs, if they are on. */
  logs: string;
}

export interface BucketOwner {
  project: string;
  stack: string;
  /** Twelve digits. */
  accountId: string;
  region: string;
}

/** S3's own limit. */
export const longestBucketName = 63;

/**
 * Bucket names are global on AWS: account and region make them unique. They are computed, so a preview knows them. No
 * dots: kOps refuses them in a discovery bucket, whose certificate is a wildcard.
 */
export function defaultBucketNames(owner: BucketOwner): BucketNames {
  return { state: named("state", owner), discovery: named("oidc", owner), logs: named("logs", owner) };
}

/** Of its own account and region. */
export const replicaName = (owner: BucketOwner): string => named("replica", owner);

function named(kind: string, { project, stack, accountId, region }: BucketOwner): string {
  return `${project}-${stack}-${kind}-${accountId}-${region}`.toLowerCase().replaceAll(/[^a-z0-9-]+/g, "-");
}
