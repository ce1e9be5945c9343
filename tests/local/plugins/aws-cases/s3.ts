import { region } from "../aws-harness.ts";
import type { Case } from "./case.ts";

export const s3Cases: readonly Case[] = [
  {
    type: "aws:s3/bucket:Bucket",
    inputs: () => ({ tags: { Name: "trial" } }),
    change: () => ({ forceDestroy: true, tags: { stage: "two" } }),
    drift: ({ s3 }, id) => s3.putBucketTagging({ Bucket: id, Tagging: { TagSet: [{ Key: "foreign", Value: "1" }] } }),
    shows: "tags",
    replace: () => ({ bucket: "another-name" }),
    outputs: () => ({
      arn: "arn:aws:s3:::trial-0102030",
      bucket: "trial-0102030",
      bucketRegionalDomainName: `trial-0102030.s3.${region}.amazonaws.com`,
      hostedZoneId: "Z1WCIGYICN2BYD",
    }),
  },
  {
    type: "aws:s3/bucketVersioning:BucketVersioning",
    inputs: ({ bucket }) => ({ bucket, versioningConfiguration: { status: "Enabled" } }),
    change: () => ({ versioningConfiguration: { status: "Suspended" } }),
    drift: ({ s3, bucket }) =>
      s3.putBucketVersioning({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } }),
    shows: "versioningConfiguration",
    replace: ({ versioned }) => ({ bucket: versioned }),
    outputs: ({ bucket }) => ({ bucket }),
    staysWhenDeleted: true,
  },
  {
    type: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    inputs: ({ bucket }) => ({ bucket, rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] }),
    change: ({ key }) => ({
      rules: [
        {
          applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: key },
          bucketKeyEnabled: true,
        },
      ],
    }),
    drift: ({ s3, bucket }) =>
      s3.putBucketEncryption({
        Bucket: bucket,
        ServerSideEncryptionConfiguration: {
          Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }],
        },
      }),
    shows: "rules",
    replace: ({ versioned }) => ({ bucket: versioned }),
    outputs: ({ bucket }) => ({ bucket }),
  },
  {
    type: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    inputs: ({ bucket }) => ({
      bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    }),
    change: () => ({ blockPublicPolicy: false }),
    drift: ({ s3, bucket }) =>
      s3.putPublicAccessBlock({ Bucket: bucket, PublicAccessBlockConfiguration: { BlockPublicAcls: false } }),
    shows: "blockPublicAcls",
    replace: ({ versioned }) => ({ bucket: versioned }),
    outputs: ({ bucket }) => ({ bucket, restrictPublicBuckets: true }),
  },
  {
    type: "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    inputs: ({ bucket }) => ({ bucket, rule: { objectOwnership: "BucketOwnerEnforced" } }),
    change: () => ({ rule: { objectOwnership: "BucketOwnerPreferred" } }),
    drift: ({ s3, bucket }) =>
      s3.putBucketOwnershipControls({
        Bucket: bucket,
        OwnershipControls: { Rules: [{ ObjectOwnership: "ObjectWriter" }] },
      }),
    shows: "rule.objectOwnership",
    replace: ({ versioned }) => ({ bucket: versioned }),
    outputs: ({ bucket }) => ({ bucket }),
  },
  {
    type: "aws:s3/bucketPolicy:BucketPolicy",
    inputs: ({ bucket }) => ({
      bucket,
      policy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "read",
            Effect: "Allow",
            Principal: "*",
            Action: ["s3:GetObject"],
            Resource: [`arn:aws:s3:::${bucket}/*`],
          },
        ],
      }),
    }),
    change: ({ bucket }) => ({
      // An object in the program, text on the wire.
      policy: {
        Version: "2012-10-17",
        Statement: [
          { Sid: "none", Effect: "Deny", Principal: "*", Action: "s3:*", Resource: `arn:aws:s3:::${bucket}/*` },
        ],
      },
    }),
    drift: ({ s3, bucket }) =>
      s3.putBucketPolicy({
        Bucket: bucket,
        Policy: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Sid: "theirs",
              Effect: "Allow",
              Principal: "*",
              Action: "s3:GetObject",
              Resource: `arn:aws:s3:::${bucket}/*`,
            },
          ],
        }),
      }),
    shows: "policy",
    replace: ({ versioned }) => ({ bucket: versioned }),
    outputs: ({ bucket }) => ({ bucket }),
  },
  {
    type: "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    inputs: ({ bucket }) => ({
      bucket,
      rules: [
        {
          id: "old",
          status: "Enabled",
          filter: {},
          noncurrentVersionExpiration: { noncurrentDays: 30 },
          abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
        },
        { id: "tmp", status: "Enabled", filter: { prefix: "tmp/" }, expiration: { days: 1 } },
      ],
    }),
    change: () => ({
      rules: [{ id: "old", status: "Enabled", filter: {}, noncurrentVersionExpiration: { noncurrentDays: 90 } }],
    }),
    drift: ({ s3, bucket }) =>
      s3.putBucketLifecycleConfiguration({
        Bucket: bucket,
        LifecycleConfiguration: {
          Rules: [
            {
              ID: "old",
              Status: "Disabled",
              Filter: { Prefix: "" },
              NoncurrentVersionExpiration: { NoncurrentDays: 90 },
            },
          ],
        },
      }),
    shows: "rules[0].status",
    replace: ({ versioned }) => ({ bucket: versioned }),
    outputs: ({ bucket }) => ({ bucket }),
  },
  {
    type: "aws:s3/bucketLogging:BucketLogging",
    inputs: ({ bucket, versioned }) => ({ bucket, targetBucket: versioned, targetPrefix: "here/" }),
    change: () => ({ targetPrefix: "there/" }),
    drift: ({ s3, bucket, versioned }) =>
      s3.putBucketLogging({
        Bucket: bucket,
        BucketLoggingStatus: { LoggingEnabled: { TargetBucket: versioned, TargetPrefix: "theirs/" } },
      }),
    shows: "targetPrefix",
    replace: ({ versioned }) => ({ bucket: versioned }),
    outputs: ({ bucket }) => ({ bucket }),
  },
  {
    type: "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
    inputs: ({ versioned }) => ({
      bucket: versioned,
      rule: { defaultRetention: { mode: "GOVERNANCE", days: 1 } },
    }),
    change: () => ({ rule: { defaultRetention: { mode: "COMPLIANCE", days: 2 } } }),
    drift: ({ s3, versioned }) =>
      s3.putObjectLockConfiguration({
        Bucket: versioned,
        ObjectLockConfiguration: {
          ObjectLockEnabled: "Enabled",
          Rule: { DefaultRetention: { Mode: "GOVERNANCE", Days: 9 } },
        },
      }),
    shows: "rule.defaultRetention.days",
    replace: ({ bucket }) => ({ bucket }),
    outputs: ({ versioned }) => ({ bucket: versioned, objectLockEnabled: "Enabled" }),
    staysWhenDeleted: true,
  },
  {
    type: "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
    inputs: ({ bucket, versioned }) => ({
      bucket: versioned,
      role: "arn:aws:iam::123456789012:role/replication",
      rules: [
        {
          id: "all",
          priority: 0,
          status: "Enabled",
          filter: { prefix: "" },
          deleteMarkerReplication: { status: "Enabled" },
          destination: { bucket: `arn:aws:s3:::${bucket}` },
        },
      ],
    }),
    change: ({ bucket }) => ({
      rules: [
        {
          id: "all",
          priority: 0,
          status: "Enabled",
          filter: { prefix: "" },
          deleteMarkerReplication: { status: "Disabled" },
          sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: "Enabled" } },
          destination: {
            bucket: `arn:aws:s3:::${bucket}`,
            encryptionConfiguration: { replicaKmsKeyId: "arn:aws:kms:eu-west-1:123456789012:key/r" },
          },
        },
      ],
    }),
    drift: ({ s3, versioned }) =>
      s3.putBucketReplication({
        Bucket: versioned,
        ReplicationConfiguration: {
          Role: "arn:aws:iam::123456789012:role/theirs",
          Rules: [
            {
              ID: "all",
              Priority: 0,
              Status: "Enabled",
              Filter: { Prefix: "" },
              Destination: { Bucket: "arn:aws:s3:::x" },
            },
          ],
        },
      }),
    shows: "role",
    replace: ({ bucket }) => ({ bucket }),
    outputs: ({ versioned }) => ({ bucket: versioned }),
  },
  {
    type: "aws:s3/bucketObjectv2:BucketObjectv2",
    inputs: ({ versioned }) => ({
      bucket: versioned,
      key: "folder/hello.txt",
      content: "hello",
      contentType: "text/plain",
      tags: { Name: "trial" },
    }),
    change: () => ({ content: "good bye", tags: { Name: "renamed" } }),
    drift: ({ s3, versioned }) =>
      s3.putObject({ Bucket: versioned, Key: "folder/hello.txt", Body: "theirs", ContentType: "text/plain" }),
    shows: "tags",
    replace: ({ bucket }) => ({ bucket, key: "another" }),
    outputs: ({ versioned }) => ({ arn: `arn:aws:s3:::${versioned}/folder/hello.txt`, contentType: "text/plain" }),
  },
];
