import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetBucketReplicationCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketEncryptionCommand,
  PutBucketReplicationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import { clientsOf, errorCode, given, region } from "./clients.ts";
import { awsOfSuite } from "./suite.ts";

describe("S3", function () {
  this.timeout(120_000);
  const suite = awsOfSuite();
  const s3 = () => suite.clients.s3;

  const make = async (bucket: string, place = region): Promise<string> => {
    const CreateBucketConfiguration = { LocationConstraint: place as "ap-southeast-2" };
    const there = clientsOf(suite.aws.endpoint).s3;
    there.config.region = () => Promise.resolve(place);
    await there.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration }));
    await s3().send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } }));
    return bucket;
  };
  const put = (bucket: string, key: string, body: string): Promise<unknown> =>
    s3().send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
  const bodyOf = async (bucket: string, key: string): Promise<string | undefined> =>
    await (await s3().send(new GetObjectCommand({ Bucket: bucket, Key: key }))).Body?.transformToString();
  /** Keys with version ids; delete markers have a sign. */
  const versions = async (bucket: string): Promise<string[]> => {
    const { Versions = [], DeleteMarkers = [] } = await s3().send(new ListObjectVersionsCommand({ Bucket: bucket }));
    return [
      ...Versions.map(({ Key, VersionId }) => `${Key} ${VersionId}`),
      ...DeleteMarkers.map(({ Key, VersionId }) => `-${Key} ${VersionId}`),
    ].sort();
  };
  const replicate = (from: string, to: string, kms = false): Promise<unknown> =>
    s3().send(
      new PutBucketReplicationCommand({
        Bucket: from,
        ReplicationConfiguration: {
          Role: "arn:aws:iam::123456789012:role/replication",
          Rules: [
            {
              ID: "all",
              Priority: 0,
              Status: "Enabled",
              Filter: { Prefix: "" },
              DeleteMarkerReplication: { Status: "Enabled" },
              ...(kms && { SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: "Enabled" } } }),
              Destination: {
                Bucket: `arn:aws:s3:::${to}`,
                ...(kms && {
                  EncryptionConfiguration: { ReplicaKmsKeyID: "arn:aws:kms:eu-west-1:123456789012:key/r" },
                }),
              },
            },
          ],
        },
      }),
    );

  it("replicates what is written and deleted from then on, with version ids, into another region", async () => {
    const [from, to] = [await make("source"), await make("copy", "eu-west-1")];
    await put(from, "before", "1");
    await replicate(from, to);
    await put(from, "one", "1");
    await put(from, "one", "2");
    await put(from, "two", "1");
    await s3().send(new DeleteObjectCommand({ Bucket: from, Key: "two" }));
    expect(await versions(to)).to.deep.equal((await versions(from)).filter((line) => !line.startsWith("before")));
    expect(await bodyOf(to, "one")).to.equal("2");
    const [here, there] = await Promise.all(
      [from, to].map((Bucket) => s3().send(new GetObjectCommand({ Bucket, Key: "one" }))),
    );
    expect(there?.ETag).to.equal(here?.ETag);
    // The deletion of a version is not copied.
    const [first] = (await s3().send(new ListObjectVersionsCommand({ Bucket: from, Prefix: "one" }))).Versions ?? [];
    const kept = await versions(to);
    await s3().send(new DeleteObjectCommand({ Bucket: from, Key: "one", VersionId: given(first?.VersionId) }));
    expect(await versions(to)).to.deep.equal(kept);
  });

  it("answers the rules of a replication as they were put", async () => {
    const { ReplicationConfiguration } = await s3().send(new GetBucketReplicationCommand({ Bucket: "source" }));
    expect(ReplicationConfiguration?.Rules?.[0]).to.deep.include({
      ID: "all",
      Priority: 0,
      DeleteMarkerReplication: { Status: "Enabled" },
      Destination: { Bucket: "arn:aws:s3:::copy" },
    });
  });

  it("replicates objects under a KMS key only if the rule selects them", async () => {
    const [from, to] = [await make("kms-source"), await make("kms-copy")];
    await s3().send(
      new PutBucketEncryptionCommand({
        Bucket: from,
        ServerSideEncryptionConfiguration: {
          Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: "key" } }],
        },
      }),
    );
    await replicate(from, to);
    await put(from, "one", "1");
    expect(await versions(to)).to.deep.equal([]);
    await replicate(from, to, true);
    await put(from, "two", "2");
    const copy = await s3().send(new GetObjectCommand({ Bucket: to, Key: "two" }));
    expect(copy.SSEKMSKeyId).to.equal("arn:aws:kms:eu-west-1:123456789012:key/r");
  });

  it("locks new versions also in a bucket that has objects; overwriting and deleting keep the version", async () => {
    const bucket = await make("locked");
    await put(bucket, "one", "0");
    await s3().send(
      new PutObjectLockConfigurationCommand({
        Bucket: bucket,
        ObjectLockConfiguration: {
          ObjectLockEnabled: "Enabled",
          Rule: { DefaultRetention: { Mode: "COMPLIANCE", Days: 1 } },
        },
      }),
    );
    await put(bucket, "one", "1");
    await put(bucket, "one", "2");
    await s3().send(new CopyObjectCommand({ Bucket: bucket, Key: "copied", CopySource: `${bucket}/one` }));
    await s3().send(new DeleteObjectCommand({ Bucket: bucket, Key: "one" }));
    const { Versions = [] } = await s3().send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: "one" }));
    expect(Versions).to.have.length(3);
    const [newest] = Versions;
    const remove = new DeleteObjectCommand({
      Bucket: bucket,
      Key: "one",
      VersionId: given(newest?.VersionId),
      BypassGovernanceRetention: true,
    });
    expect(await errorCode(s3().send(remove))).to.equal("AccessDenied");
  });

  it("refuses to suspend versions under Object Lock, and a write without a checksum", async () => {
    const suspend = new PutBucketVersioningCommand({
      Bucket: "locked",
      VersioningConfiguration: { Status: "Suspended" },
    });
    expect(await errorCode(s3().send(suspend))).to.equal("InvalidBucketState");
    const bare = clientsOf(suite.aws.endpoint).s3;
    bare.config.requestChecksumCalculation = () => Promise.resolve("WHEN_REQUIRED");
    // AWS: InvalidRequest. moto has a code of its own.
    expect(await errorCode(bare.send(new PutObjectCommand({ Bucket: "locked", Key: "two", Body: "2" })))).to.match(
      /ObjectLock|InvalidRequest/,
    );
  });
});
