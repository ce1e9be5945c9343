import { expect } from "chai";
import { accountId, ofType } from "../mocks.ts";
import { s3, statements, store } from "./stores.ts";

describe("StateStore with options", () => {
  it("encrypts the state bucket with its own key for all whom S3 admits, never the public bucket", async () => {
    const { resources } = await store({
      encryption: { type: "kms" },
      accounts: [{ id: "222222222222", clusters: ["*"] }],
    });
    const key = ofType(resources, "aws:kms/key:Key")["env-state"];
    expect(key?.inputs).to.deep.include({ enableKeyRotation: true, deletionWindowInDays: 30 });
    expect(key?.retainOnDelete).to.equal(true);
    const [own, throughS3] = (JSON.parse(String(key?.inputs["policy"])) as { Statement: Record<string, unknown>[] })
      .Statement;
    expect(own).to.deep.include({ Principal: { AWS: `arn:aws:iam::${accountId}:root` }, Action: "kms:*" });
    expect(throughS3).to.deep.include({
      Action: ["kms:Decrypt", "kms:GenerateDataKey*", "kms:DescribeKey"],
      Condition: {
        StringEquals: {
          "kms:CallerAccount": [accountId, "222222222222"],
          "kms:ViaService": "s3.ap-southeast-2.amazonaws.com",
        },
      },
    });
    const encryption = s3(resources, "BucketServerSideEncryptionConfiguration");
    expect(encryption["env-state"]?.inputs["rules"]).to.deep.equal([
      {
        applyServerSideEncryptionByDefault: {
          sseAlgorithm: "aws:kms",
          kmsMasterKeyId: `arn:aws:kms:ap-southeast-2:${accountId}:key/env-state`,
        },
        bucketKeyEnabled: true,
      },
    ]);
    expect(encryption["env-discovery"]?.inputs["rules"]).to.deep.equal([
      { applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } },
    ]);
  });

  it("uses a given key, and creates none", async () => {
    const keyArn = "arn:aws:kms:ap-southeast-2:222222222222:key/one";
    const { resources } = await store({ encryption: { type: "kms", keyArn } });
    expect(ofType(resources, "aws:kms/key:Key")).to.deep.equal({});
    expect(
      JSON.stringify(s3(resources, "BucketServerSideEncryptionConfiguration")["env-state"]?.inputs["rules"]),
    ).to.contain(keyArn);
  });

  it("logs access to its own bucket, which only S3 may write for this bucket, and expires the logs", async () => {
    const { resources } = await store({ accessLogs: { keepDays: 30 } });
    const logging = s3(resources, "BucketLogging")["env-state"];
    expect(logging?.inputs).to.deep.equal({
      bucket: "the-state",
      targetBucket: "the-logs",
      targetPrefix: "the-state/",
    });
    expect(logging?.dependencies).to.include("aws:s3/bucketPolicy:BucketPolicy::env-logs");
    const [allow, deny] = statements(s3(resources, "BucketPolicy")["env-logs"]);
    expect(allow).to.deep.include({
      Principal: { Service: "logging.s3.amazonaws.com" },
      Action: "s3:PutObject",
      Condition: {
        ArnLike: { "aws:SourceArn": "arn:aws:s3:::the-state" },
        StringEquals: { "aws:SourceAccount": accountId },
      },
    });
    expect(deny).to.deep.include({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } });
    expect(s3(resources, "BucketLifecycleConfiguration")["env-logs"]?.inputs["rules"]).to.deep.include({
      id: "logs",
      status: "Enabled",
      filter: {},
      expiration: { days: 30 },
    });
    expect(s3(resources, "BucketPublicAccessBlock")["env-logs"]?.inputs).to.include({
      blockPublicPolicy: true,
      restrictPublicBuckets: true,
    });
    expect(s3(resources, "BucketVersioning")).not.to.have.property("env-logs");
  });

  it("logs access to a given bucket, and creates none", async () => {
    const { resources } = await store({ accessLogs: { bucket: "company-logs" } });
    expect(s3(resources, "BucketLogging")["env-state"]?.inputs["targetBucket"]).to.equal("company-logs");
    expect(Object.keys(s3(resources, "Bucket"))).to.deep.equal(["env-state", "env-discovery"]);
  });

  it("gives another account access to the folders of its clusters, and no others", async () => {
    const { resources } = await store({ accounts: [{ id: "222222222222", clusters: ["k1.b.example.com"] }] });
    const root = { AWS: "arn:aws:iam::222222222222:root" };
    const state = statements(s3(resources, "BucketPolicy")["env-state"]).filter(({ Effect }) => Effect === "Allow");
    expect(state.map(({ Principal }) => Principal)).to.deep.equal([root, root, root, root]);
    expect(state[1]?.Condition).to.deep.equal({
      StringLike: {
        "s3:prefix": [
          "",
          "_pilot/",
          "k1.b.example.com",
          "k1.b.example.com/*",
          "_pilot/k1.b.example.com/*",
          "_pilot/k1.b.example.com",
        ],
      },
    });
    expect(state[2]?.Resource).to.deep.equal([
      "arn:aws:s3:::the-state/k1.b.example.com/*",
      "arn:aws:s3:::the-state/_pilot/k1.b.example.com/*",
    ]);
    const documents = statements(s3(resources, "BucketPolicy")["env-discovery"]).find(
      ({ Sid }) => Sid === "Documents222222222222",
    );
    expect(documents?.Resource).to.deep.equal([
      "arn:aws:s3:::the-oidc/k1.b.example.com/.well-known/openid-configuration",
      "arn:aws:s3:::the-oidc/k1.b.example.com/openid/v1/jwks",
    ]);
  });

  it("imports the buckets that it adopts, and no others", async () => {
    const { resources } = await store({ adopted: ["state"] });
    expect(Object.values(s3(resources, "Bucket")).map(({ importId }) => importId)).to.deep.equal(["the-state", ""]);
  });
});
