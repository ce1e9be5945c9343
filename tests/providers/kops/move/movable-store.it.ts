import {
  GetBucketEncryptionCommand,
  GetBucketPolicyCommand,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  CreateBucketCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import { makeBucketLike } from "../../../../providers/kops/move/make-bucket.ts";
import { openMovable } from "../../../../providers/kops/move/movable-store.ts";
import type { MovableStore } from "../../../../providers/kops/move/movable-store.ts";
import { startAws } from "../../../local/aws/server.ts";
import type { Aws } from "../../../local/aws/server.ts";
import { storeVariables } from "../state-bucket.ts";
import { rejection } from "../../../local/rejection.ts";

const region = "ap-southeast-2";

describe("two state stores on S3", function () {
  this.timeout(60_000);
  let aws: Aws;
  let s3: S3Client;
  const env = (): Record<string, string> => storeVariables(aws.endpoint);
  const open = (url: string): MovableStore => openMovable(url, { region }, env());
  const encryption = {
    Rules: [
      {
        ApplyServerSideEncryptionByDefault: {
          SSEAlgorithm: "aws:kms" as const,
          KMSMasterKeyID: "arn:aws:kms:ap-southeast-2:123456789012:key/1",
        },
        BucketKeyEnabled: true,
      },
    ],
  };
  const policy = (bucket: string): string =>
    JSON.stringify({
      Version: "2012-10-17",
      Id: "pilot pilot/sbx",
      Statement: [
        {
          Sid: "TlsOnly",
          Effect: "Deny",
          Principal: "*",
          Action: "s3:*",
          Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
      ],
    });

  before(async () => {
    aws = await startAws();
    s3 = new S3Client({
      endpoint: aws.endpoint,
      region,
      forcePathStyle: true,
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    });
    await s3.send(
      new CreateBucketCommand({ Bucket: "old", CreateBucketConfiguration: { LocationConstraint: region } }),
    );
    await s3.send(new PutBucketEncryptionCommand({ Bucket: "old", ServerSideEncryptionConfiguration: encryption }));
    await s3.send(new PutBucketPolicyCommand({ Bucket: "old", Policy: policy("old") }));
  });
  after(() => aws.stop());

  it("have the same settings when one is made like the other: private, versioned, same key, same policy", async () => {
    expect(await open("s3://fresh").settings()).to.equal(undefined);
    for (let time = 0; time < 2; time += 1) {
      await makeBucketLike("s3://old", "s3://fresh", { region }, env());
      expect(await open("s3://fresh").settings()).to.deep.equal({
        versioned: true,
        private: true,
        policyId: "pilot pilot/sbx",
      });
      expect(JSON.parse((await s3.send(new GetBucketPolicyCommand({ Bucket: "fresh" }))).Policy ?? "")).to.deep.equal(
        JSON.parse(policy("fresh")),
      );
      expect(
        (await s3.send(new GetBucketEncryptionCommand({ Bucket: "fresh" }))).ServerSideEncryptionConfiguration
          ?.Rules?.[0],
      ).to.deep.include(encryption.Rules[0]);
    }
    expect((await open("s3://old").settings())?.versioned).to.equal(false);
  });

  it("copy objects of any name, list them with their sizes, and compare them by content", async () => {
    const [from, to] = [open("s3://old/deep"), open("s3://fresh")];
    const key = "k1.example.com/secrets/system:dns + ü";
    await from.put(key, "secret");
    expect(await from.copyTo(to, key)).to.equal(true);
    expect((await to.entries()).map(({ key: name, size }) => [name, size])).to.deep.equal([[key, 6]]);
    expect(await to.sha256(key))
      .to.equal(await from.sha256(key))
      .and.to.match(/^[0-9a-f]{64}$/);
    await to.put(key, "SECRET");
    expect(await to.sha256(key)).to.not.equal(await from.sha256(key));
  });

  it("tell a missing object, and throw when they cannot look", async () => {
    const [from, to] = [open("s3://old/deep"), open("s3://fresh")];
    expect(await from.copyTo(to, "nothing")).to.equal(false);
    expect(await from.sha256("nothing")).to.equal(undefined);
    expect((await rejection(open("s3://nowhere").entries())).message).to.contain("Could not list s3://nowhere");
    expect(
      (await rejection(from.copyTo(open("s3://nowhere"), "k1.example.com/secrets/system:dns + ü"))).message,
    ).to.contain("to s3://nowhere");
  });
});
