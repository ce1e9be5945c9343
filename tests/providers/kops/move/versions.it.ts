import { GetBucketPolicyCommand, S3 } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { makeBucketBack } from "../../../../providers/kops/move/make-bucket.ts";
import { openMovable } from "../../../../providers/kops/move/movable-store.ts";
import type { MovableStore } from "../../../../providers/kops/move/movable-store.ts";
import { planRestore } from "../../../../providers/kops/move/plan-restore.ts";
import { restore } from "../../../../providers/kops/move/restore.ts";
import { openVersions } from "../../../../providers/kops/move/versions.ts";
import { startAws } from "../../../local/aws/server.ts";
import type { Aws } from "../../../local/aws/server.ts";
import { storeVariables } from "../state-bucket.ts";

const region = "ap-southeast-2";

describe("versions of a state store on S3", function () {
  this.timeout(120_000);
  let aws: Aws;
  let s3: S3;
  const env = (): Record<string, string> => storeVariables(aws.endpoint);
  const open = (url: string): MovableStore => openMovable(url, { region }, env());

  before(async () => {
    aws = await startAws();
    const credentials = { accessKeyId: "local", secretAccessKey: "local" };
    s3 = new S3({ endpoint: aws.endpoint, region, credentials, forcePathStyle: true });
    await s3.createBucket({ Bucket: "store", CreateBucketConfiguration: { LocationConstraint: region } });
    await s3.putBucketVersioning({ Bucket: "store", VersioningConfiguration: { Status: "Enabled" } });
    await s3.putBucketPolicy({
      Bucket: "store",
      Policy: JSON.stringify({
        Version: "2012-10-17",
        Id: "pilot pilot/sbx",
        Statement: [
          { Sid: "Theirs", Effect: "Deny", Principal: "*", Action: "s3:DeleteBucket", Resource: "arn:aws:s3:::store" },
        ],
      }),
    });
  });
  after(() => aws.stop());

  const bring = async (from: string, to: string, at?: Date): Promise<number> => {
    const [source, target] = [openVersions(from, { region }, env()), open(to)];
    const plan = planRestore({ versions: await source.versions(), there: await target.entries(), at });
    await restore({
      store: target,
      from: source,
      plan,
      progress: { say: () => undefined },
      assertLocks: () => undefined,
    });
    return plan.copy.length;
  };

  it("are listed page by page, below a prefix, the newest of a key first", async () => {
    const below = open("s3://store/team");
    // More than one page of a thousand.
    for (let batch = 0; batch < 1020; batch += 60)
      await Promise.all(Array.from({ length: 60 }, (_, one) => below.put(`many/${batch + one}`, "1")));
    await below.put("k1/config", "kind: Cluster");
    await below.put("k1/config", "kind: Cluster\n");
    await below.delete("k1/config");
    const versions = await openVersions("s3://store/team", { region }, env()).versions();
    expect(versions.filter(({ key }) => key.startsWith("many/"))).to.have.length(1020);
    const own = versions.filter(({ key }) => key === "k1/config");
    expect(own).to.have.length(3);
    expect(own.map(({ object }) => object?.size)).to.deep.equal([undefined, 14, 13]);
  });

  it("bring back what was deleted, as it was, with keys that S3 must encode", async () => {
    const store = open("s3://store");
    const keys = ["k2/config", "k2/pki/private/kubernetes-ca/keyset.yaml", "k2/a b+c/ä?.yaml"];
    for (const key of keys) await store.put(key, key);
    const then = new Date();
    // S3's times have seconds.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    for (const key of keys) await store.delete(key);
    expect(await bring("s3://store", "s3://store", new Date(then.getTime() + 500))).to.equal(keys.length);
    for (const key of keys) expect((await store.get(key))?.body, key).to.equal(key);
  });

  it("fill a bucket that was made again: private, versioned, of the same stack, without others' statements", async () => {
    await makeBucketBack(
      "s3://store",
      "s3://again",
      { region },
      "arn:aws:kms:ap-southeast-2:123456789012:key/1",
      env(),
    );
    await makeBucketBack(
      "s3://store",
      "s3://again",
      { region },
      "arn:aws:kms:ap-southeast-2:123456789012:key/1",
      env(),
    );
    expect(await open("s3://again").settings()).to.deep.equal({
      versioned: true,
      private: true,
      policyId: "pilot pilot/sbx",
    });
    const { Policy = "" } = await s3.send(new GetBucketPolicyCommand({ Bucket: "again" }));
    expect(Policy).to.contain("TlsOnly").and.to.not.contain("Theirs");
    const { ServerSideEncryptionConfiguration } = await s3.getBucketEncryption({ Bucket: "again" });
    expect(JSON.stringify(ServerSideEncryptionConfiguration)).to.contain(":key/1");
    await bring("s3://store", "s3://again");
    expect((await open("s3://again").get("k2/a b+c/ä?.yaml"))?.body).to.equal("k2/a b+c/ä?.yaml");
    expect(await bring("s3://store", "s3://again")).to.equal(0);
  });
});
