import { keepVersions } from "./keep-versions.ts";
import { keyUse, tlsOnly } from "./policies.ts";
import type { BucketPolicy, Policy } from "./policies.ts";

/** The policy of a replica: TLS only, and open to the replication's role, which may be of another account. */
export function replicaPolicy({
  id,
  bucketArn,
  roleArn,
  versionsDeletableBy,
}: {
  id: string;
  bucketArn: string;
  roleArn: string;
  versionsDeletableBy?: readonly string[] | undefined;
}): BucketPolicy {
  return {
    Version: "2012-10-17",
    Id: id,
    Statement: [
      tlsOnly(bucketArn),
      ...keepVersions(bucketArn, versionsDeletableBy),
      {
        Sid: "Replicate",
        Effect: "Allow",
        Principal: { AWS: roleArn },
        Action: ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"],
        Resource: `${bucketArn}/*`,
      },
    ],
  };
}

/** Who may assume the role of the replication: S3. */
export const replicationTrust = {
  Version: "2012-10-17",
  Statement: [{ Sid: "S3", Effect: "Allow", Principal: { Service: "s3.amazonaws.com" }, Action: "sts:AssumeRole" }],
};

/** Rights of the role as which S3 copies from one bucket to another; all are ARNs. */
export function replicationPolicy({
  from,
  to,
  keyArn,
  replicaKeyArn,
}: {
  from: string;
  to: string;
  keyArn?: string | undefined;
  replicaKeyArn?: string | undefined;
}): Policy {
  return {
    Version: "2012-10-17",
    Statement: [
      { Sid: "Source", Effect: "Allow", Action: ["s3:GetReplicationConfiguration", "s3:ListBucket"], Resource: from },
      {
        Sid: "Versions",
        Effect: "Allow",
        Action: [
          "s3:GetObjectVersionForReplication",
          "s3:GetObjectVersionAcl",
          "s3:GetObjectVersionTagging",
          "s3:GetObjectRetention",
          "s3:GetObjectLegalHold",
        ],
        Resource: `${from}/*`,
      },
      {
        Sid: "Copies",
        Effect: "Allow",
        Action: ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"],
        Resource: `${to}/*`,
      },
      ...keyUse(keyArn, ["kms:Decrypt"]),
      ...(replicaKeyArn === undefined
        ? []
        : [{ Sid: "ReplicaKey", Effect: "Allow" as const, Action: ["kms:Encrypt"], Resource: replicaKeyArn }]),
    ],
  };
}
