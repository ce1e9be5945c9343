import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import {
  discoveryProblems,
  refuseBlockedAccount,
  stateStoreRequest,
  type AccountBlock,
  type StateStoreRequest,
} from "../../../components/state-store/index.ts";
import { readAccountBlock } from "../../../components/state-store/account-block.ts";
import { pauseAfter } from "../../../components/state-store/opened-block.ts";
import { accountId, ofType, record, valueOf } from "../mocks.ts";
import { s3, statements, store } from "./stores.ts";

const documents = [".well-known/openid-configuration", "openid/v1/jwks"].map(
  (path) => `arn:aws:s3:::the-oidc/*/${path}`,
);
const address = "https://oidc.example.com";
const ofOwn = "arn:aws:cloudfront::123456789012:distribution/E9";

describe("the discovery documents of a store", () => {
  const made = async (discovery: StateStoreRequest["discovery"], onDestroy: "retain" | "purge" = "retain") => {
    const { result, resources } = await store({ discovery, onDestroy });
    const block = s3(resources, "BucketPublicAccessBlock")["env-discovery"]?.inputs;
    const policy = s3(resources, "BucketPolicy")["env-discovery"];
    return { store: result, resources, block, policy };
  };
  const open = { blockPublicPolicy: false, restrictPublicBuckets: false };
  const closed = { blockPublicPolicy: true, restrictPublicBuckets: true };

  it("are public by default, and the policy is tried again while S3 does not see the opened block", async () => {
    const { store: of, block, policy, resources } = await made("public");
    expect(block).to.include(open);
    expect(policy && statements(policy)[1]).to.deep.include({ Sid: "PublicDiscovery", Principal: "*" });
    expect(policy?.errorHooks).to.deep.equal(["env-discovery-policy"]);
    expect(s3(resources, "BucketPolicy")["env-state"]?.errorHooks).to.deep.equal([]);
    expect(of.discoveryBucket).to.equal("the-oidc");
    expect(of.issuer).to.equal(undefined);
  });

  it("behind a distribution are readable by it alone, and it is the issuer", async () => {
    const { store: of, block, policy, resources } = await made("cloudfront");
    const distribution = ofType(resources, "aws:cloudfront/distribution:Distribution")["env-discovery"];
    expect(distribution?.inputs).to.deep.include({
      enabled: true,
      origins: [
        {
          originId: "the-oidc",
          domainName: "the-oidc.s3.ap-southeast-2.amazonaws.com",
          originAccessControlId: "env-discovery-id",
        },
      ],
    });
    expect(distribution?.inputs["defaultCacheBehavior"]).to.include({ viewerProtocolPolicy: "https-only" });
    expect(block).to.include(closed);
    expect(policy?.errorHooks).to.deep.equal([]);
    expect(policy && statements(policy).slice(1)).to.deep.equal([
      {
        Sid: "Distribution",
        Effect: "Allow",
        Principal: { Service: "cloudfront.amazonaws.com" },
        Action: "s3:GetObject",
        Resource: documents,
        Condition: { StringEquals: { "aws:SourceArn": `arn:aws:cloudfront::${accountId}:distribution/E1` } },
      },
    ]);
    expect(await valueOf(pulumi.output(of.issuer))).to.equal("https://d1.cloudfront.test");
  });

  it("keep no distribution after a destroy, and let nobody destroy it while a cluster's issuer is there", async () => {
    const { resources } = await made("cloudfront");
    for (const type of ["distribution:Distribution", "originAccessControl:OriginAccessControl"])
      expect(ofType(resources, `aws:cloudfront/${type}`)["env-discovery"]?.retainOnDelete).to.equal(false);
    const contents = ofType(resources, "pulumi-nodejs:dynamic/store:BucketContents")["env-discovery"];
    expect(contents?.inputs["domainName"]).to.equal("d1.cloudfront.test");
    expect(contents?.dependencies).to.include("aws:cloudfront/distribution:Distribution::env-discovery");
  });

  it("at another address are in a private bucket, which a distribution of one's own may read", async () => {
    const own = await made({ issuer: address });
    expect(own.block).to.include(closed);
    expect(own.policy && statements(own.policy).map(({ Sid }) => Sid)).to.deep.equal(["TlsOnly"]);
    expect(own.store).to.include({ issuer: address, discoveryBucket: "the-oidc" });
    const read = await made({ issuer: address, distribution: ofOwn });
    expect(read.policy && statements(read.policy)[1]).to.deep.include({
      Sid: "Distribution",
      Condition: { StringEquals: { "aws:SourceArn": ofOwn } },
    });
    expect(ofType(read.resources, "aws:cloudfront/distribution:Distribution")).to.deep.equal({});
  });

  it("that nobody publishes have no bucket", async () => {
    const { store: of, resources } = await made("none");
    expect(Object.keys(s3(resources, "Bucket"))).to.deep.equal(["env-state"]);
    expect(Object.keys(ofType(resources, "pulumi-nodejs:dynamic/store:BucketContents"))).to.deep.equal(["env-state"]);
    expect([of.discoveryBucket, of.issuer]).to.deep.equal([undefined, undefined]);
  });
});

describe("the key discovery", () => {
  const valid = (discovery: unknown): boolean => stateStoreRequest.safeParse({ discovery }).success;

  it("takes an https address without port, query or final slash", () => {
    for (const issuer of [address, `${address}/pilot/prod`]) expect(valid({ issuer }), issuer).to.equal(true);
    for (const issuer of [
      "http://a.example.com",
      `${address}/`,
      `${address}:8443`,
      `${address}?a=1`,
      "https://a",
      `${address}//a`,
    ])
      expect(valid({ issuer }), issuer).to.equal(false);
    for (const word of ["public", "cloudfront", "none"]) expect(valid(word), word).to.equal(true);
    expect(valid("private")).to.equal(false);
    expect(valid({ issuer: address, distribution: "E9" })).to.equal(false);
  });

  it("cannot be cloudfront where CloudFront has no addresses of its own, nor none with a named bucket", () => {
    const of = (discovery: StateStoreRequest["discovery"], region: string, discoveryBucket?: string): string[] =>
      discoveryProblems({ discovery, discoveryBucket }, region).map(({ path }) => path.join("."));
    expect(of("cloudfront", "ap-southeast-2")).to.deep.equal([]);
    for (const region of ["cn-north-1", "us-gov-west-1"]) expect(of("cloudfront", region)).to.deep.equal(["discovery"]);
    expect(of("none", "ap-southeast-2", "the-oidc")).to.deep.equal(["discoveryBucket"]);
    expect(of("public", "cn-north-1", "the-oidc")).to.deep.equal([]);
  });
});

describe("a public bucket in an account", () => {
  const heard = (block: AccountBlock, exists = false): string[] => {
    const said: string[] = [];
    refuseBlockedAccount({ stack: "sbx", account: accountId, block, exists, say: (line) => said.push(line) });
    return said;
  };
  const settings = ["BlockPublicPolicy", "RestrictPublicBuckets"];

  it("that blocks public access is refused before it is made, and told afterwards", () => {
    for (const one of settings) expect(() => heard({ settings: [one] })).to.throw(one);
    expect(() => heard({ settings })).to.throw(
      /blocks public access to S3 \(BlockPublicPolicy, RestrictPublicBuckets\)[\s\S]*set pilot:stateStore\.discovery/,
    );
    expect(heard({ settings }, true)).to.match(/can no longer check tokens/);
    expect(heard({ settings: [] })).to.deep.equal([]);
  });

  it("that does not say so is told before it is made, and never taken for open", () => {
    expect(heard({ unknown: "AccessDenied" })).to.match(
      /is not known: AccessDenied.*allow s3:GetAccountPublicAccessBlock/,
    );
    expect(heard({ unknown: "AccessDenied" }, true)).to.deep.equal([]);
  });

  const token = "aws:s3/getAccountPublicAccessBlock:getAccountPublicAccessBlock";
  const reading = async (answer: () => Record<string, unknown>): Promise<AccountBlock> =>
    (await record(() => readAccountBlock({}), { lookUps: { [token]: answer } })).result;

  it("is open if nothing was ever set, and unknown if the read is refused", async () => {
    const fail = (why: string) => () => {
      throw new Error(why);
    };
    expect(
      await reading(() => ({ blockPublicPolicy: true, restrictPublicBuckets: true, blockPublicAcls: true })),
    ).to.deep.equal({ settings });
    expect(
      await reading(() => ({ blockPublicPolicy: false, restrictPublicBuckets: false, blockPublicAcls: true })),
    ).to.deep.equal({ settings: [] });
    expect(await reading(fail("reading S3 Account Public Access Block (1): couldn't find resource"))).to.deep.equal({
      settings: [],
    });
    expect(await reading(fail("api error AccessDenied: User is not authorized"))).to.have.property("unknown");
  });
});

describe("a refused policy of a public bucket", () => {
  const blocked =
    "putting S3 Bucket (oidc) Policy: operation error S3: PutBucketPolicy, https response error StatusCode: 403, api " +
    "error AccessDenied: User: arn:aws:iam::1:user/a is not authorized to perform: s3:PutBucketPolicy on resource: " +
    '"arn:aws:s3:::oidc" because public policies are ';

  it("is tried again for two minutes at exactly the error of a block that was just opened", () => {
    for (const words of [
      "blocked by the BlockPublicPolicy block public access setting.",
      "prevented by the BlockPublicPolicy setting in S3 Block Public Access.",
    ]) {
      const pauses: number[] = [];
      const errors: string[] = [];
      for (;;) {
        errors.unshift(`${blocked}${words}`);
        const pause = pauseAfter(errors);
        if (pause === undefined) break;
        pauses.push(pause);
      }
      expect(pauses[0]).to.equal(2);
      expect(pauses.reduce((sum, one) => sum + one, 0)).to.equal(120);
    }
  });

  it("is not tried again at any other error, also after that one", () => {
    for (const other of [
      "api error AccessDenied: User is not authorized to perform: s3:PutBucketPolicy because no identity-based policy allows it",
      "api error MalformedPolicy: Invalid principal in policy",
      "api error AccessDenied: User is not authorized to perform: s3:PutBucketAcl, BlockPublicPolicy",
    ])
      expect(pauseAfter([other, `${blocked}blocked by the BlockPublicPolicy block public access setting.`])).to.equal(
        undefined,
      );
    expect(pauseAfter([])).to.equal(undefined);
  });
});
