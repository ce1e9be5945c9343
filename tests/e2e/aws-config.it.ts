import { join } from "node:path";
import { AutoScaling } from "@aws-sdk/client-auto-scaling";
import { EC2 } from "@aws-sdk/client-ec2";
import { IAM } from "@aws-sdk/client-iam";
import { S3 } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { clientIn, roleIn } from "./accounts.ts";
import { inventory } from "./inventory.ts";
import { unchanged } from "./summary.ts";
import { makeWholeCheckout, smallCluster } from "./whole/index.ts";
import type { WholeCheckout } from "./whole/index.ts";

const shell = "123456789012";
const profile = "222222222222";
const account = "333333333333";
const region = "ap-southeast-2";
const tag = { Key: "cost-centre", Value: "7" };

describe("a stack with a profile, roles and default tags in its aws:* config", function () {
  this.timeout(900_000);
  let checkout: WholeCheckout;

  before(async () => {
    checkout = await makeWholeCheckout();
    const { accessKeyId, secretAccessKey, sessionToken } = (await clientIn(checkout.endpoint, profile)).credentials;
    await checkout.write("own/config", "[profile team]\n");
    await checkout.write(
      "own/credentials",
      `[team]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n` +
        `aws_session_token = ${sessionToken}\n`,
    );
    await checkout.stack("sbx", {
      network: { cidr: "10.20.0.0/16", zones: [`${region}a`], nat: "none" },
      dns: { type: "private", name: "sbx.pilot.internal" },
      stateStore: { onDestroy: "purge" },
      sandbox: true,
    });
    const own = (file: string): string => JSON.stringify([join(checkout.folder, "own", file)]);
    await checkout.edit(
      "Pulumi.sbx.yaml",
      "config:\n",
      `config:
  aws:profile: team
  aws:sharedConfigFiles: ${own("config")}
  aws:sharedCredentialsFiles: ${own("credentials")}
  aws:assumeRoles: [{ roleArn: "${roleIn(account, "deployer")}", externalId: ours }]
  aws:defaultTags: { tags: { ${tag.Key}: "${tag.Value}" } }
  aws:allowedAccountIds: ["${account}"]
  aws:maxRetries: 5
`,
    );
    await checkout.write(
      "clusters/sbx/k1.yaml",
      smallCluster("k1", "nodeGroups:\n  nodes: { machineType: t3.large, count: 1 }\n"),
    );
  });
  after(async () => {
    await checkout.remove();
    expect(await checkout.processes()).to.deep.equal([]);
  });

  const inAccount = async (id: string): Promise<Record<string, string[]>> =>
    await inventory(checkout.endpoint, region, (await clientIn(checkout.endpoint, id)).credentials);

  it("makes environment and cluster in the account of the last role, and nothing as the shell or the profile", async () => {
    const before = [await inAccount(shell), await inAccount(profile)];
    const { output } = await checkout.pulumi("up", "sbx");
    expect(output)
      .to.contain("the cluster is up to date")
      .and.to.contain("aws:maxRetries does not reach kOps: kOps repeats calls in its own way");
    expect(await inAccount(account)).to.include.keys("vpcs", "instances", "autoScalingGroups", "roles", "buckets");
    expect([await inAccount(shell), await inAccount(profile)]).to.deep.equal(before);
  });

  it("has its default tags on what Pulumi makes and on what kOps makes", async () => {
    const client = await clientIn(checkout.endpoint, account);
    const { Tags: found = [] } = await new EC2(client).describeTags({
      Filters: [{ Name: "key", Values: [tag.Key] }],
    });
    expect([...new Set(found.map(({ ResourceType = "" }) => ResourceType))]).to.include.members([
      ...["vpc", "subnet", "route-table", "internet-gateway"],
      ...["instance", "volume", "launch-template", "security-group"],
    ]);
    const groups = (await new AutoScaling(client).describeTags({ Filters: [{ Name: "key", Values: [tag.Key] }] })).Tags;
    expect(groups?.map(({ Value }) => Value)).to.deep.equal([tag.Value, tag.Value]);
    const role = await new IAM(client).listRoleTags({ RoleName: "nodes.k1.sbx.pilot.internal" });
    expect(role.Tags).to.deep.include(tag);
    const bucket = await new S3({ ...client, forcePathStyle: true }).getBucketTagging({
      Bucket: `pilot-sbx-state-${account}-${region}`,
    });
    expect(bucket.TagSet).to.deep.include(tag);
  });

  it("has nothing to do afterwards, not after a refresh either, and a destroy leaves nothing", async () => {
    expect((await checkout.pulumi("up", "sbx")).output).to.match(unchanged);
    expect((await checkout.pulumi("refresh", "sbx")).output).to.match(unchanged);
    await checkout.pulumi("destroy", "sbx");
    expect(await inAccount(account)).to.not.have.any.keys("vpcs", "instances", "autoScalingGroups", "buckets");
  });
});
