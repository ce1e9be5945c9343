import type { Statement, StatementButFor } from "./policies.ts";

/**
 * Old versions bring back what was overwritten or deleted, so only the named principals may end them. Etcd backups are
 * exempt: etcd-manager removes old ones with all their versions.
 */
export function keepVersions(bucketArn: string, deleters?: readonly string[]): (Statement | StatementButFor)[] {
  if (deleters === undefined) return [];
  const toOthers = {
    Effect: "Deny" as const,
    Principal: "*",
    ...(deleters.length > 0 && { Condition: { ArnNotLike: { "aws:PrincipalArn": [...deleters] } } }),
  };
  return [
    {
      Sid: "KeepVersions",
      Action: "s3:DeleteObjectVersion",
      NotResource: `${bucketArn}/*/backups/etcd/*`,
      ...toOthers,
    },
    {
      Sid: "KeepBucket",
      Action: ["s3:DeleteBucket", "s3:PutBucketVersioning", "s3:PutLifecycleConfiguration"],
      Resource: bucketArn,
      ...toOthers,
    },
  ];
}

/** The rule of a bucket's lifecycle that ends versions which are no longer current. */
export const oldVersionsRule = (days: number) => ({
  id: "old-versions",
  status: "Enabled",
  filter: {},
  noncurrentVersionExpiration: { noncurrentDays: days },
});
