import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { checkConfig, diffConfig, resolveConfig } from "../../../../../local/plugins/aws/shared/config.ts";
import { providerSchema } from "../../../../../local/plugins/aws/shared/schema.ts";
import { temporaryFolders } from "../../../temporary.ts";

const env = { AWS_ENDPOINT_URL: "http://127.0.0.1:1", AWS_ACCESS_KEY_ID: "env", AWS_SECRET_ACCESS_KEY: "word" };

describe("the configuration of the stand-in for the AWS plugin", () => {
  const temporary = temporaryFolders();

  it("accepts what the program can set, as JSON texts", () => {
    const settings = resolveConfig(
      {
        region: "eu-west-1",
        accessKey: "1234567890",
        secretKey: "other",
        defaultTags: '{"tags":{"owner":"pilot"}}',
        ignoreTags: '{"keys":["a"],"keyPrefixes":["kubernetes.io/"]}',
        assumeRoles: '[{"roleArn":"arn:aws:iam::1:role/a","externalId":"x"}]',
        allowedAccountIds: '["123"]',
        maxRetries: "2",
        skipRegionValidation: "true",
        s3UsePathStyle: "true",
        version: "7.48.0",
      },
      env,
    );
    expect(settings).to.deep.include({
      region: "eu-west-1",
      credentials: { accessKeyId: "1234567890", secretAccessKey: "other" },
      assumeRoles: [{ roleArn: "arn:aws:iam::1:role/a", sessionName: "pulumi", externalId: "x" }],
      tags: { defaults: { owner: "pilot" }, ignoredKeys: ["a"], ignoredPrefixes: ["kubernetes.io/"] },
      allowedAccountIds: ["123"],
      maxAttempts: 3,
    });
  });

  it("takes a number or boolean for the text that `pulumi config set --path` made it of", () => {
    const { tags, allowedAccountIds, assumeRoles } = resolveConfig(
      {
        region: "ap-southeast-2",
        defaultTags: '{"tags":{"cost":7,"nightly":true}}',
        allowedAccountIds: "[123456789012]",
        assumeRoles: '[{"roleArn":"arn:aws:iam::123456789012:role/r","externalId":4711}]',
      },
      { AWS_ENDPOINT_URL: "http://127.0.0.1:1", AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "s" },
    );
    expect(tags.defaults).to.deep.equal({ cost: "7", nightly: "true" });
    expect(allowedAccountIds).to.deep.equal(["123456789012"]);
    expect(assumeRoles[0]?.externalId).to.equal("4711");
  });

  it("uses the environment's region and keys if it has none of its own", () => {
    const settings = resolveConfig({}, { ...env, AWS_REGION: "us-east-2", AWS_SESSION_TOKEN: "t" });
    expect(settings).to.deep.include({
      region: "us-east-2",
      credentials: { accessKeyId: "env", secretAccessKey: "word", sessionToken: "t" },
    });
    expect(() => resolveConfig({}, env)).to.throw("no AWS region is set");
  });

  it("uses a profile's static keys, and refuses other kinds of profiles", async () => {
    const folder = await temporary();
    const file = join(folder, "credentials");
    await writeFile(
      file,
      "[default]\naws_access_key_id = d\naws_secret_access_key = e\n[team]\naws_access_key_id = " +
        "f\naws_secret_access_key = g\n[sso]\nsso_session = x\n",
    );
    const files = {
      AWS_ENDPOINT_URL: env.AWS_ENDPOINT_URL,
      AWS_SHARED_CREDENTIALS_FILE: file,
      AWS_CONFIG_FILE: join(folder, "none"),
    };
    expect(resolveConfig({ region: "x", profile: "team" }, { ...env, ...files }).credentials.accessKeyId).to.equal("f");
    expect(resolveConfig({ region: "x" }, files).credentials.accessKeyId).to.equal("d");
    expect(() => resolveConfig({ region: "x", profile: "sso" }, files)).to.throw(
      'the AWS profile "sso" has no access key',
    );
    expect(() =>
      resolveConfig({ region: "x" }, { ...files, AWS_SHARED_CREDENTIALS_FILE: join(folder, "none") }),
    ).to.throw("no AWS credentials are set");
  });

  it("names every unknown or unsupported argument", async () => {
    const failures = checkConfig(
      {
        regoin: "x",
        httpProxy: "http://proxy",
        useFipsEndpoint: "true",
        endpoints: '[{"ec2":"https://ec2.amazonaws.com"}]',
      },
      await providerSchema(),
    );
    expect(failures.map(({ property }) => property)).to.deep.equal([
      "regoin",
      "httpProxy",
      "useFipsEndpoint",
      "endpoints",
    ]);
    expect(
      checkConfig({ region: "x", skipMetadataApiCheck: "true", useFipsEndpoint: "false" }, await providerSchema()),
    ).to.deep.equal([]);
  });

  it("replaces a provider when its region changes, and applies every other change in place", () => {
    const olds = { region: "a", defaultTags: '{"tags":{"x":"1"}}', version: "1" };
    expect(diffConfig(olds, { ...olds, version: "2", defaultTags: '{ "tags": { "x": "1" } }' })).to.deep.equal([]);
    expect(diffConfig(olds, { ...olds, defaultTags: '{"tags":{"x":"2"}}' })).to.deep.equal([
      { path: "defaultTags", kind: "update", replace: false },
    ]);
    expect(diffConfig(olds, { ...olds, region: "b" })).to.deep.equal([
      { path: "region", kind: "update", replace: true },
    ]);
  });
});
