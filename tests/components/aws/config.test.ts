import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect } from "chai";
import { awsKeys, type AwsKey } from "../../../components/aws/config-keys.ts";
import { identityFor, readAwsConfig } from "../../../components/aws/config.ts";

const role = "arn:aws:iam::222222222222:role/deployer";
const last = "arn:aws:iam::222222222222:role/last";

/** A value of each key, as the engine passes it, and what becomes of it. */
const values: Record<keyof typeof awsKeys, { text: string; identity?: object; provider?: unknown }> = {
  accessKey: { text: "AKIA" },
  allowedAccountIds: { text: '["111111111111"]' },
  assumeRoleWithWebIdentity: {
    text: JSON.stringify({ roleArn: role, webIdentityTokenFile: "/token", duration: "1h" }),
    identity: { aws: { webIdentity: { roleArn: role, tokenFile: "/token", duration: "1h" } } },
    provider: { roleArn: role, webIdentityTokenFile: "/token", duration: "1h" },
  },
  assumeRoles: {
    text: JSON.stringify([{ roleArn: role, externalId: "x1", tags: { team: "a" } }, { roleArn: last }]),
    identity: { aws: { roles: [{ roleArn: role, externalId: "x1", tags: { team: "a" } }, { roleArn: last }] } },
    provider: [{ roleArn: role, externalId: "x1", tags: { team: "a" } }, { roleArn: last }],
  },
  customCaBundle: { text: "/ca.pem" },
  defaultTags: { text: '{"tags":{"cost-centre":"7"}}', identity: {}, provider: { tags: { "cost-centre": "7" } } },
  ec2MetadataServiceEndpoint: { text: "http://127.0.0.1" },
  ec2MetadataServiceEndpointMode: { text: "IPv4" },
  endpoints: {
    text: '[{"ec2":"https://ec2.example.com","budgets":"https://b.example.com"}]',
    identity: { aws: { endpoints: { ec2: "https://ec2.example.com", budgets: "https://b.example.com" } } },
    provider: [{ ec2: "https://ec2.example.com", budgets: "https://b.example.com" }],
  },
  forbiddenAccountIds: { text: '["111111111111"]' },
  httpProxy: { text: "http://proxy" },
  httpsProxy: { text: "http://proxy" },
  ignoreTags: { text: '{"keyPrefixes":["backup:"]}', identity: {}, provider: { keyPrefixes: ["backup:"] } },
  insecure: { text: "true" },
  maxRetries: { text: "7", identity: { aws: { maxAttempts: 7 } }, provider: 7 },
  noProxy: { text: "example.com" },
  profile: { text: "team", identity: { profile: "team" }, provider: "team" },
  region: { text: "ap-southeast-2" },
  retryMode: { text: "adaptive", identity: { aws: { retryMode: "adaptive" } }, provider: "adaptive" },
  s3UsEast1RegionalEndpoint: { text: "regional", identity: {}, provider: "regional" },
  s3UsePathStyle: { text: "true", identity: {}, provider: true },
  secretKey: { text: "s" },
  sharedConfigFiles: { text: '["/config"]', identity: { aws: { configFile: "/config" } }, provider: ["/config"] },
  sharedCredentialsFiles: { text: '["/keys"]', identity: { aws: { credentialsFile: "/keys" } }, provider: ["/keys"] },
  skipCredentialsValidation: { text: "true", identity: {}, provider: true },
  skipMetadataApiCheck: { text: "false", identity: {}, provider: false },
  skipRegionValidation: { text: "true", identity: {}, provider: true },
  skipRequestingAccountId: { text: "true", identity: {}, provider: true },
  stsRegion: { text: "us-east-1", identity: { aws: { stsRegion: "us-east-1" } }, provider: "us-east-1" },
  tagPolicyCompliance: { text: "warning", identity: {}, provider: "warning" },
  token: { text: "t" },
  tokenBucketRateLimiterCapacity: { text: "10", identity: {}, provider: 10 },
  useDualstackEndpoint: { text: "true", identity: { aws: { useDualstackEndpoint: true } }, provider: true },
  useFipsEndpoint: { text: "true", identity: { aws: { useFipsEndpoint: true } }, provider: true },
  userAgents: { text: '["ours/1"]', identity: {}, provider: ["ours/1"] },
};

describe("the aws:* config of a stack", () => {
  it("has exactly the keys of the pinned AWS plugin", () => {
    const vars = createRequire(import.meta.url).resolve("@pulumi/aws/config/vars.d.ts");
    const declared = [...readFileSync(vars, "utf8").matchAll(/declare const (\w+):/g)].map(([, name = ""]) => name);
    expect(Object.keys(awsKeys)).to.have.members(declared);
  });

  for (const [name, { text, identity, provider }] of Object.entries(values)) {
    const key: AwsKey = awsKeys[name as keyof typeof awsKeys];
    const full = `aws:${name}`;
    if (key.reaches === "refused") {
      it(`${name} is refused, with what reaches everything`, () => {
        const { problems } = readAwsConfig({ [full]: text });
        expect(problems).to.deep.equal([{ source: full, path: "", message: key.why }]);
        expect(key.why).to.match(/: (set|use) |nothing else works/);
      });
      continue;
    }
    it(`${name} reaches ${key.reaches === "plugin" ? "the plugin" : key.reaches === "all" ? "everything" : "all but kOps, and says so"}`, () => {
      const { aws, problems } = readAwsConfig({ [full]: text });
      expect(problems).to.deep.equal([]);
      expect(aws.identity).to.deep.equal(identity ?? {});
      expect(aws.provider).to.deep.equal(provider === undefined ? {} : { [name]: provider });
      expect(aws.notes).to.deep.equal(key.reaches === "notKops" ? [`${full} does not reach kOps: ${key.why}`] : []);
    });
  }

  const wrong: [what: string, config: Record<string, string>, problem: RegExp][] = [
    [
      "an unknown key",
      { "aws:assumeRole": "{}" },
      /aws:assumeRole {2}is not a setting .*did you mean aws:assumeRoles\?/,
    ],
    [
      "a role that is none",
      { "aws:assumeRoles": '[{"roleArn":"deployer"}]' },
      /\[0\]\.roleArn must be the ARN of an IAM/,
    ],
    [
      "a misspelt key of a role",
      { "aws:assumeRoles": `[{"roleArn":"${role}","externalid":"x"}]` },
      /did you mean "externalId"/,
    ],
    [
      "a token in clear text",
      { "aws:assumeRoleWithWebIdentity": `{"roleArn":"${role}","webIdentityTokenFile":"/t","webIdentityToken":"e"}` },
      /webIdentityToken cannot reach kOps/,
    ],
    ["two files", { "aws:sharedConfigFiles": '["/a","/b"]' }, /must be one file/],
    [
      "an endpoint of S3",
      { "aws:endpoints": '[{"s3":"https://s3.example.com"}]' },
      /\[0\]\.s3 cannot reach kOps: set S3_ENDPOINT/,
    ],
    [
      "a default tag that kOps reserves",
      { "aws:defaultTags": '{"tags":{"KubernetesCluster":"x"}}' },
      /aws:defaultTags tags\.KubernetesCluster/,
    ],
    ["a flag that is none", { "aws:useFipsEndpoint": "yes" }, /must be true or false/],
  ];
  for (const [what, config, problem] of wrong)
    it(`refuses ${what}`, () => {
      const texts = readAwsConfig(config).problems.map(({ source, path, message }) => `${source} ${path} ${message}`);
      expect(texts.join("\n")).to.match(problem);
    });

  it("gives way to the profile or role of a cluster's own file, and only there", () => {
    const stack = {
      profile: "team",
      aws: {
        roles: [{ roleArn: role }],
        webIdentity: { roleArn: role, tokenFile: "/token" },
        useFipsEndpoint: true,
      },
    };
    expect(identityFor({}, stack)).to.deep.equal(stack);
    expect(identityFor({ profile: "own" }, stack)).to.deep.equal({ profile: "own", aws: { useFipsEndpoint: true } });
    expect(identityFor({ assumeRole: { roleArn: last } }, stack)).to.deep.equal({
      profile: "team",
      aws: { webIdentity: stack.aws.webIdentity, useFipsEndpoint: true },
    });
    expect(identityFor({}, {})).to.deep.equal({});
  });
});
