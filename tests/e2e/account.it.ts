import { EC2 } from "@aws-sdk/client-ec2";
import { S3 } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { clientIn } from "./accounts.ts";
import type { Ran } from "./checkout.ts";
import { inventory } from "./inventory.ts";
import { clientOf } from "./network/index.ts";
import { makeWholeCheckout, smallCluster } from "./whole/index.ts";
import type { WholeCheckout } from "./whole/index.ts";

const own = "123456789012";
const other = "222222222222";
const config = {
  network: { cidr: "10.20.0.0/16", zones: ["ap-southeast-2a"], nat: "none" },
  dns: { type: "private", name: "sbx.pilot.internal" },
  stateStore: { onDestroy: "purge" },
  sandbox: true,
};
const unchanged = /Resources:\s+\d+ unchanged/;

describe("a stack in one AWS account, run with the credentials of another", function () {
  this.timeout(900_000);
  let checkout: WholeCheckout;
  let s3: S3;
  let ec2: EC2;

  /** Pulumi as somebody with another AWS_PROFILE runs it. */
  const elsewhere = async (fails: boolean, ...words: string[]): Promise<Ran> => {
    const { accessKeyId, secretAccessKey, sessionToken } = (await clientIn(checkout.endpoint, other)).credentials;
    const inShell = (...args: string[]): Promise<Ran> =>
      fails ? checkout.localFails(...args) : checkout.local(...args);
    return await inShell(
      "env",
      `AWS_ACCESS_KEY_ID=${accessKeyId}`,
      `AWS_SECRET_ACCESS_KEY=${secretAccessKey}`,
      `AWS_SESSION_TOKEN=${sessionToken}`,
      ...words,
    );
  };
  const run = (command: string): string[] => [
    ...["pulumi", command, "--stack", "sbx", "--non-interactive"],
    ...(command === "preview" ? [] : ["--yes", "--skip-preview"]),
  ];
  const look = async () => ({
    buckets: ((await s3.listBuckets({})).Buckets ?? []).map(({ Name = "" }) => Name).sort(),
    vpcs: ((await ec2.describeVpcs({})).Vpcs ?? []).map(({ VpcId = "" }) => VpcId).sort(),
    instances: await checkout.instances(),
  });
  const inState = async (): Promise<string[]> => {
    const { output } = await checkout.local("pulumi", "stack", "export", "--stack", "sbx");
    const { deployment } = JSON.parse(output) as { deployment: { resources: { urn: string }[] } };
    return deployment.resources.map(({ urn }) => urn).sort();
  };
  const allowed = (text: string): string => text.replace("config:\n", `config:\n  aws:allowedAccountIds: ["${own}"]\n`);
  const inOther = async () =>
    await inventory(checkout.endpoint, "ap-southeast-2", (await clientIn(checkout.endpoint, other)).credentials);

  before(async () => {
    checkout = await makeWholeCheckout();
    s3 = new S3({ ...clientOf(checkout.endpoint), forcePathStyle: true });
    ec2 = new EC2(clientOf(checkout.endpoint));
  });
  after(async () => {
    await checkout.remove();
    expect(await checkout.processes()).to.deep.equal([]);
  });

  it("makes nothing in its first run, if pilot:accountId or aws:allowedAccountIds names the own account", async () => {
    await checkout.stack("sbx", { ...config, accountId: own });
    const before = await inOther();
    expect((await elsewhere(true, ...run("up"))).output).to.contain(
      `they are for the account ${other}; pilot:accountId is ${own}, and the stack has nothing yet`,
    );
    await checkout.stack("sbx", config);
    const text = await checkout.read("Pulumi.sbx.yaml");
    await checkout.write("Pulumi.sbx.yaml", allowed(text));
    expect((await elsewhere(true, ...run("up"))).output).to.match(new RegExp(`${other}[^]*allowedAccountIds`, "i"));
    await checkout.write("Pulumi.sbx.yaml", text);
    expect(await inOther()).to.deep.equal(before);
  });

  it("is refused by preview and up: buckets, network and cluster stay, and nothing is made elsewhere", async () => {
    await checkout.stack("sbx", config);
    await checkout.write(
      "clusters/sbx/k1.yaml",
      smallCluster("k1", "nodeGroups:\n  nodes: { machineType: t3.large, count: 1 }\n"),
    );
    await checkout.pulumi("up", "sbx");
    const [before, beforeElsewhere] = [await look(), await inOther()];
    expect(before.buckets).to.include(`pilot-sbx-state-${own}-ap-southeast-2`);
    for (const command of ["preview", "up"])
      expect((await elsewhere(true, ...run(command))).output, command).to.contain(
        `they are for the account ${other}; what the stack has is in the account ${own}, by its output \`environment\``,
      );
    expect(await look()).to.deep.equal(before);
    expect(await inOther()).to.deep.equal(beforeElsewhere);
    expect((await checkout.pulumi("up", "sbx")).output).to.match(unchanged);
  });

  it("neither destroys nor refreshes a cluster, and plans no destroy of it", async () => {
    const before = await look();
    const urns = await inState();
    const words = `it is in the AWS account ${own} by its journal, and they are for the account ${other}`;
    const [store] = before.buckets.filter((name) => name.includes("-state-"));
    expect((await elsewhere(true, ...run("destroy"))).output).to.contain(words);
    const [cluster = ""] = urns.filter((urn) => urn.endsWith("kops:Cluster::k1"));
    expect((await elsewhere(true, ...run("refresh"), "--target", cluster)).output).to.contain(words);
    expect(await inState()).to.deep.equal(urns);
    expect(
      (await elsewhere(true, "npx", "--no", "pilot", "destroy-plan", `s3://${store ?? ""}`, "k1.sbx.pilot.internal"))
        .output,
    ).to.contain(words);
    expect(await look()).to.deep.equal(before);
    expect((await checkout.pulumi("up", "sbx")).output).to.match(unchanged);
  });

  it("is not refreshed either with aws:allowedAccountIds: the AWS plugin would forget what it does not find", async () => {
    const text = await checkout.read("Pulumi.sbx.yaml");
    await checkout.write("Pulumi.sbx.yaml", allowed(text));
    await checkout.pulumi("up", "sbx");
    const urns = await inState();
    expect((await elsewhere(true, ...run("refresh"))).output).to.match(
      new RegExp(`${other}[^]*allowedAccountIds`, "i"),
    );
    expect(await inState()).to.deep.equal(urns);
    await checkout.write("Pulumi.sbx.yaml", text);
    await checkout.pulumi("up", "sbx");
  });

  it("destroys no environment: the engine forgets no network that lives on", async () => {
    await checkout.local("rm", "clusters/sbx/k1.yaml");
    await checkout.pulumi("up", "sbx");
    const before = await look();
    expect((await elsewhere(true, ...run("destroy"))).output).to.match(
      new RegExp(`the VPC is not in the account ${other} of these credentials, in ap-southeast-2`),
    );
    expect(await look()).to.deep.equal(before);
    expect((await checkout.pulumi("up", "sbx")).output).to.match(unchanged);
    await checkout.pulumi("destroy", "sbx");
    expect((await look()).buckets).to.deep.equal([]);
  });
});
