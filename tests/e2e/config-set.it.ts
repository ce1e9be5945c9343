import { EC2 } from "@aws-sdk/client-ec2";
import { expect } from "chai";
import type { Ran } from "./checkout.ts";
import { clientOf } from "./network/index.ts";
import { unchanged } from "./summary.ts";
import { makeWholeCheckout, smallCluster } from "./whole/index.ts";
import type { WholeCheckout } from "./whole/index.ts";

const account = "123456789012";

describe("config that `pulumi config set --path` has written", function () {
  this.timeout(600_000);
  let checkout: WholeCheckout;

  before(async () => {
    checkout = await makeWholeCheckout();
    await checkout.stack("sbx", {
      network: { cidr: "10.20.0.0/16", zones: ["ap-southeast-2a"], nat: "none" },
      dns: { type: "private", name: "sbx.pilot.internal" },
      stateStore: { onDestroy: "purge" },
      sandbox: true,
    });
    await checkout.write(
      "clusters/sbx/k1.yaml",
      smallCluster("k1", "nodeGroups:\n  nodes: { machineType: t3.large, count: 1 }\n"),
    );
  });
  after(async () => {
    await checkout.remove();
    expect(await checkout.processes()).to.deep.equal([]);
  });

  const set = (...words: string[]): Promise<Ran> =>
    checkout.local("pulumi", "config", "set", "--stack", "sbx", "--path", ...words);

  it("is taken as text where it became a number or boolean, in mappings and lists, also by the AWS plugin", async () => {
    await set("pilot:tags.nightly", "true");
    await set("pilot:tags.build", "7");
    await set('pilot:tags["cost.centre"]', "007");
    await set("pilot:stateStore.accounts.222222222222[0]", "*");
    await set("pilot:clusterDefaults.tags.team", "4711");
    await set("aws:defaultTags.tags.owner", "12");
    await set("aws:allowedAccountIds[0]", account);
    const { output } = await checkout.local("pulumi", "config", "--stack", "sbx", "--json");
    const written = JSON.parse(output) as Record<string, { objectValue: unknown }>;
    expect(written["pilot:tags"]?.objectValue).to.deep.include({ nightly: true, build: 7, "cost.centre": "007" });
    expect(written["aws:allowedAccountIds"]?.objectValue).to.deep.equal([Number(account)]);

    await checkout.pulumi("up", "sbx");
    const ec2 = new EC2(clientOf(checkout.endpoint));
    const [vpc] = (await ec2.describeVpcs({ Filters: [{ Name: "tag:Name", Values: ["sbx"] }] })).Vpcs ?? [];
    expect(Object.fromEntries((vpc?.Tags ?? []).map(({ Key = "", Value }) => [Key, Value]))).to.include({
      nightly: "true",
      build: "7",
      "cost.centre": "007",
    });
    const nodes = await ec2.describeInstances({ Filters: [{ Name: "tag:team", Values: ["4711"] }] });
    const [tags = []] = (nodes.Reservations ?? []).flatMap(({ Instances = [] }) => Instances.map(({ Tags }) => Tags));
    expect(tags).to.deep.include({ Key: "owner", Value: "12" });
    expect((await checkout.pulumi("up", "sbx")).output).to.match(unchanged);
  });

  it("is refused where a text may be lost, with a command that keeps it", async () => {
    await set("pilot:network.peerings.shared.vpcId", "vpc-0123456789abcdef0");
    await set("pilot:network.peerings.shared.cidrs[0]", "10.99.0.0/16");
    // As YAML reads `accountId: 012345678901` without quotation marks.
    await set("pilot:network.peerings.shared.accountId", "12345678901");
    const preview = ["pulumi", "preview", "--stack", "sbx", "--non-interactive"];
    const { output } = await checkout.localFails(...preview);
    const [, path = ""] = /run `pulumi config set --path --type string '(.*)' TEXT`/.exec(output) ?? [];
    expect(path).to.equal("pilot:network.peerings.shared.accountId");
    await set("--type", "string", path, "012345678901");
    expect((await checkout.local(...preview)).output).to.contain("VpcPeeringConnection");
  });
});
