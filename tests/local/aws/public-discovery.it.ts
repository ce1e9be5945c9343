import { CloudFront, type DistributionConfig } from "@aws-sdk/client-cloudfront";
import { S3 } from "@aws-sdk/client-s3";
import type { S3Control } from "@aws-sdk/client-s3-control";
import { expect } from "chai";
import { accountSettings } from "./account-settings.ts";
import { errorCode, given, region } from "./clients.ts";
import { endStates, keepStates } from "./keep-states.ts";
import { awsOfSuite } from "./suite.ts";

const account = "123456789012";
const open = { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: false, RestrictPublicBuckets: false };
const closed = { ...open, BlockPublicPolicy: true, RestrictPublicBuckets: true };

describe("public buckets and distributions in the local cloud", function () {
  this.timeout(60_000);
  const local = awsOfSuite();
  let s3: S3;
  let control: S3Control;
  let cloudFront: CloudFront;
  before(() => {
    const { endpoint } = local.aws;
    const config = { endpoint, region, credentials: { accessKeyId: "test", secretAccessKey: "test" } };
    s3 = new S3({ ...config, forcePathStyle: true });
    control = accountSettings(config);
    cloudFront = new CloudFront(config);
  });

  const policy = (bucket: string, Principal: unknown): string =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal, Action: "s3:GetObject", Resource: `arn:aws:s3:::${bucket}/*` }],
    });
  const publish = (Bucket: string): Promise<unknown> => s3.putBucketPolicy({ Bucket, Policy: policy(Bucket, "*") });
  const block = (Bucket: string, PublicAccessBlockConfiguration: typeof open): Promise<unknown> =>
    s3.putPublicAccessBlock({ Bucket, PublicAccessBlockConfiguration });
  const refused = async (publishing: Promise<unknown>): Promise<string> => {
    try {
      await publishing;
      return "not refused";
    } catch (error) {
      return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    }
  };
  const blocked =
    /^AccessDenied: .* s3:PutBucketPolicy .* blocked by the BlockPublicPolicy block public access setting/;

  it("block public policies in new buckets, and only those", async () => {
    await s3.createBucket({ Bucket: "new" });
    expect((await s3.getPublicAccessBlock({ Bucket: "new" })).PublicAccessBlockConfiguration).to.deep.equal(closed);
    expect(await refused(publish("new"))).to.match(blocked);
    await s3.putBucketPolicy({ Bucket: "new", Policy: policy("new", { AWS: `arn:aws:iam::${account}:root` }) });
    await block("new", open);
    await publish("new");
  });

  it("block them by the account too, while its block is on", async () => {
    await s3.createBucket({ Bucket: "of-account" });
    await block("of-account", open);
    const none = await errorCode(control.getPublicAccessBlock({ AccountId: account }));
    expect(none).to.equal("NoSuchPublicAccessBlockConfiguration");
    await control.putPublicAccessBlock({ AccountId: account, PublicAccessBlockConfiguration: closed });
    const { PublicAccessBlockConfiguration: seen } = await control.getPublicAccessBlock({ AccountId: account });
    expect(seen).to.deep.equal(closed);
    expect(await refused(publish("of-account"))).to.match(blocked);
    await control.deletePublicAccessBlock({ AccountId: account });
    await publish("of-account");
  });

  it("block them for a while after the block of a bucket was opened", async () => {
    await s3.createBucket({ Bucket: "later" });
    await keepStates(local.aws.endpoint, "public-access-blocks");
    await block("later", open);
    expect(await refused(publish("later"))).to.match(blocked);
    await endStates(local.aws.endpoint);
    await publish("later");
  });

  const distribution = (control: string): DistributionConfig => ({
    CallerReference: "one",
    Comment: "documents",
    Enabled: true,
    Origins: {
      Quantity: 1,
      Items: [
        {
          Id: "bucket",
          DomainName: `new.s3.${region}.amazonaws.com`,
          OriginAccessControlId: control,
          S3OriginConfig: { OriginAccessIdentity: "" },
        },
      ],
    },
    DefaultCacheBehavior: { TargetOriginId: "bucket", ViewerProtocolPolicy: "https-only", CachePolicyId: "none" },
  });

  it("keep the origin access control of a distribution, and delete neither while it is used", async () => {
    const { OriginAccessControl: made } = await cloudFront.createOriginAccessControl({
      OriginAccessControlConfig: {
        Name: "documents",
        OriginAccessControlOriginType: "s3",
        SigningBehavior: "always",
        SigningProtocol: "sigv4",
      },
    });
    const id = given(made?.Id);
    const { Distribution: created } = await cloudFront.createDistribution({ DistributionConfig: distribution(id) });
    const Id = given(created?.Id);
    const { DistributionConfig: config, ETag: etag } = await cloudFront.getDistributionConfig({ Id });
    expect(config?.Origins?.Items?.[0]).to.deep.include({
      OriginAccessControlId: id,
      S3OriginConfig: { OriginAccessIdentity: "" },
    });
    expect(await errorCode(cloudFront.deleteDistribution({ Id, IfMatch: etag }))).to.equal("DistributionNotDisabled");
    expect(await errorCode(cloudFront.deleteOriginAccessControl({ Id: id, IfMatch: "any" }))).to.equal(
      "OriginAccessControlInUse",
    );
    const { ETag } = await cloudFront.updateDistribution({
      Id,
      IfMatch: etag,
      DistributionConfig: { ...distribution(id), Enabled: false },
    });
    await cloudFront.deleteDistribution({ Id, IfMatch: ETag });
    await cloudFront.deleteOriginAccessControl({ Id: id, IfMatch: "any" });
    expect(await errorCode(cloudFront.getDistribution({ Id }))).to.equal("NoSuchDistribution");
    expect(await errorCode(cloudFront.deleteOriginAccessControl({ Id: id, IfMatch: "any" }))).to.equal(
      "NoSuchOriginAccessControl",
    );
  });
});
