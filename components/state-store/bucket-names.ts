/** The buckets of an environment. */
export interface BucketNames {
  state: string;
  discovery: string;
  /** Of access logs, where they are desired. */
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
 * Bucket names are one namespace for everybody on AWS: account and region make ours unique, and being computed they
 * are known in a preview. No dots: kOps refuses them in a discovery bucket, whose certificate is a wildcard.
 */
export function defaultBucketNames({ project, stack, accountId, region }: BucketOwner): BucketNames {
  const name = (kind: string) =>
    `${project}-${stack}-${kind}-${accountId}-${region}`.toLowerCase().replaceAll(/[^a-z0-9-]+/g, "-");
  return { state: name("state"), discovery: name("oidc"), logs: name("logs") };
}
