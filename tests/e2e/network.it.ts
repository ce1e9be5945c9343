import {
  CreateTagsCommand,
  ModifyVpcAttributeCommand,
  CreateRouteCommand,
  CreateSubnetCommand,
  DeleteRouteCommand,
  DescribeVpcsCommand,
  ReplaceRouteCommand,
} from "@aws-sdk/client-ec2";
import { expect } from "chai";
import { defaultRoutes, expectNoChanges, expectNoneLeft, ids } from "./network/expectations.ts";
import { makeForeignNetwork, tagsOn } from "./network/foreign.ts";
import { makeNetworkCheckout, region, zonesOf } from "./network/index.ts";
import type { NetworkCheckout } from "./network/index.ts";
import { counts, unchanged } from "./summary.ts";

describe("a network on the local cloud", function () {
  this.timeout(10 * 60_000);
  let net: NetworkCheckout;

  before(async () => {
    net = await makeNetworkCheckout();
  });
  after(() => net.remove());

  it("with one public zone has no gateway to pay for, and becomes private without moving a subnet", async () => {
    await net.declare({ zones: zonesOf("a"), topology: "public", tags: { environment: "test" } });
    await net.up();
    const before = await net.picture();
    expect(before.subnets).to.deep.equal({
      "utility-a": {
        id: ids(before)["utility-a"],
        cidr: "10.20.224.0/22",
        out: "internet",
        peers: [],
        roles: ["elb", "internal-elb"],
      },
    });
    expect(before.gateways).to.deep.equal([]);
    expect(before.endpoints["s3"]?.reachedFrom).to.deep.equal(["utility-a"]);
    await expectNoChanges(net);

    await net.declare({ zones: zonesOf("a"), tags: { environment: "test" } });
    await net.up();
    const after = await net.picture();
    expect(defaultRoutes(after)).to.deep.equal({ "utility-a": "internet", "private-a": "nat a" });
    expect(ids(after)).to.deep.include(ids(before));
    expect([after.subnets["utility-a"]?.roles, after.subnets["private-a"]?.roles]).to.deep.equal([
      ["elb"],
      ["internal-elb"],
    ]);
    await expectNoChanges(net);
    await expectNoneLeft(net);
  });

  it("with three zones has a gateway in each, and moves to a single one by changing routes in place", async () => {
    await net.declare({ zones: zonesOf("abc") });
    await net.up();
    const before = await net.picture();
    const utility = { "utility-a": "internet", "utility-b": "internet", "utility-c": "internet" };
    expect(defaultRoutes(before)).to.deep.equal({
      ...utility,
      "private-a": "nat a",
      "private-b": "nat b",
      "private-c": "nat c",
    });
    expect(before.gateways).to.deep.equal(["a", "b", "c"]);
    expect(before.endpoints).to.deep.equal({
      s3: {
        type: "Gateway",
        privateDns: before.endpoints["s3"]?.privateDns,
        reachedFrom: Object.keys(before.subnets).toSorted(),
      },
    });
    await expectNoChanges(net);

    await net.declare({ zones: zonesOf("abc"), nat: "single" });
    const { output } = await net.preview();
    expect(counts(output)).to.have.members(["update", "delete"]);
    await net.up();
    const after = await net.picture();
    expect(defaultRoutes(after)).to.deep.equal({
      ...utility,
      "private-a": "nat a",
      "private-b": "nat a",
      "private-c": "nat a",
    });
    expect(after.gateways).to.deep.equal(["a"]);
    expect(ids(after)).to.deep.equal(ids(before));
    await expectNoChanges(net);
    await expectNoneLeft(net);
  });

  it("gains a zone by additions only, and moves no subnet, whether its range was given or computed", async () => {
    const subnets = { [`${region}b`]: { private: "10.20.128.0/18" } };
    await net.declare({ zones: zonesOf("ab"), nat: "single", subnets, endpoints: { dynamodb: true } });
    await net.up();
    const before = await net.picture();
    expect(before.subnets["private-b"]?.cidr).to.equal("10.20.128.0/18");
    const foreign = Object.values(ids(before));
    await net.ec2.send(
      new CreateTagsCommand({ Resources: foreign, Tags: [{ Key: "karpenter.sh/discovery", Value: "k1" }] }),
    );

    await net.declare({ zones: zonesOf("abc"), nat: "single", subnets, endpoints: { dynamodb: true } });
    expect(counts((await net.preview()).output)).to.deep.equal(["create"]);
    expect(counts((await net.up()).output)).to.deep.equal(["created"]);
    const after = await net.picture();
    expect(after.subnets).to.deep.include(before.subnets);
    expect(after.subnets["private-c"]).to.deep.include({ cidr: "10.20.64.0/19", out: "nat a" });
    expect(after.endpoints["s3"]?.reachedFrom).to.include("private-c");
    for (const tags of Object.values(await tagsOn(net.ec2, foreign)))
      expect(tags).to.include({ "karpenter.sh/discovery": "k1" });
    await expectNoChanges(net);
    await expectNoneLeft(net);
  });

  it("follows changes of default tags on VPC and subnets, keeps others' tags, and never flaps", async () => {
    const setDefault = (...words: string[]): Promise<unknown> =>
      net.local("pulumi", "config", ...words, "--path", "--stack", "sbx");
    const tagged = async (): Promise<Record<string, Record<string, string>>> => {
      const { Vpcs = [] } = await net.ec2.send(
        new DescribeVpcsCommand({ Filters: [{ Name: "tag:Name", Values: ["net"] }] }),
      );
      return tagsOn(net.ec2, [Vpcs[0]?.VpcId ?? "", ...Object.values(ids(await net.picture()))]);
    };
    await setDefault("set", "aws:defaultTags.tags.owner", "one");
    await net.declare({ zones: zonesOf("a"), topology: "public", tags: { team: "x" }, defaultTags: { owner: "one" } });
    await net.up();
    const found = await tagged();
    for (const tags of Object.values(found)) expect(tags).to.include({ owner: "one", team: "x" });
    const foreign = { Key: "karpenter.sh/discovery", Value: "k1" };
    await net.ec2.send(new CreateTagsCommand({ Resources: Object.keys(found), Tags: [foreign] }));

    await setDefault("set", "aws:defaultTags.tags.owner", "two");
    await net.declare({ zones: zonesOf("a"), topology: "public", tags: { team: "x" }, defaultTags: { owner: "two" } });
    await net.up("--refresh");
    for (const tags of Object.values(await tagged()))
      expect(tags).to.include({ owner: "two", team: "x", [foreign.Key]: foreign.Value });
    await expectNoChanges(net);
    expect((await net.up("--refresh")).output).to.match(unchanged);

    await setDefault("rm", "aws:defaultTags");
    await net.declare({ zones: zonesOf("a"), topology: "public", tags: { team: "x" } });
    await net.up("--refresh");
    for (const tags of Object.values(await tagged()))
      expect(tags)
        .to.include({ team: "x", [foreign.Key]: foreign.Value })
        .and.not.to.have.property("owner");
    await expectNoChanges(net);
    await expectNoneLeft(net);
  });
});

describe("an existing network", function () {
  this.timeout(10 * 60_000);
  let net: NetworkCheckout;

  before(async () => {
    net = await makeNetworkCheckout();
  });
  after(() => net.remove());

  it("is refused by preview and up with every problem for clusters, before anything changes", async () => {
    const foreign = await makeForeignNetwork(net.ec2, {
      name: "bad",
      prefix: "10.50",
      zones: "ab",
      dnsHostnames: false,
    });
    await net.ec2.send(new ModifyVpcAttributeCommand({ VpcId: foreign.vpcId, EnableDnsSupport: { Value: false } }));
    // Private subnets have a route to the internet gateway, utility subnets have no default route.
    await net.ec2.send(
      new ReplaceRouteCommand({
        RouteTableId: foreign.privateTable,
        DestinationCidrBlock: "0.0.0.0/0",
        GatewayId: foreign.internetGateway,
      }),
    );
    await net.ec2.send(
      new DeleteRouteCommand({ RouteTableId: foreign.utilityTable, DestinationCidrBlock: "0.0.0.0/0" }),
    );
    const { Subnet: small } = await net.ec2.send(
      new CreateSubnetCommand({ VpcId: foreign.vpcId, AvailabilityZone: `${region}c`, CidrBlock: "10.50.200.0/28" }),
    );
    const smallId = small?.SubnetId ?? "";
    const privateIds = [foreign.private["a"] ?? "", foreign.private["b"] ?? "", smallId];
    const utilityIds = [foreign.utility["a"] ?? "", foreign.utility["b"] ?? ""];
    await net.declare({
      zones: zonesOf("abc"),
      existing: { vpcId: foreign.vpcId, subnets: { private: { ids: privateIds }, utility: { ids: utilityIds } } },
    });

    const before = await net.changes();
    for (const refused of [await net.previewFails(), await net.upFails()]) {
      expect(refused.output).to.contain("The network of net cannot be used");
      for (const problem of [
        `the VPC ${foreign.vpcId} has enableDnsSupport off`,
        `the VPC ${foreign.vpcId} has enableDnsHostnames off`,
        `existing.subnets.private.ids[0]: ${privateIds[0] ?? ""} is not private: its default route goes to the ` +
          "internet gateway",
        `existing.subnets.private.ids[2]: ${smallId} has no default route, so nodes could not bootstrap`,
        `existing.subnets.private.ids[2]: ${smallId} (10.50.200.0/28) has 11 free addresses: a cluster needs 16`,
        `existing.subnets.utility.ids[1]: ${utilityIds[1] ?? ""} has no default route: a utility subnet needs one ` +
          "to an internet gateway",
        `existing.subnets.utility: there is no utility subnet in ${region}c`,
        `${utilityIds[0] ?? ""} does not have the tag kubernetes.io/role/elb`,
      ]) {
        expect(refused.output).to.contain(problem);
      }
    }
    expect(await net.changes()).to.deep.equal(before);
  });

  it("is refused when its VPC or subnets are missing, elsewhere or ambiguous", async () => {
    const foreign = await makeForeignNetwork(net.ec2, { name: "twin", prefix: "10.51", zones: "a" });
    const other = await makeForeignNetwork(net.ec2, { name: "twin", prefix: "10.52", zones: "a" });
    const subnets = { private: { tags: { tier: "private" } }, utility: { tags: { tier: "public" } } };
    const refusal = async (existing: Parameters<NetworkCheckout["declare"]>[0]["existing"]): Promise<string> => {
      await net.declare({ zones: zonesOf("a"), existing });
      const before = await net.changes();
      const { output } = await net.previewFails();
      expect(await net.changes()).to.deep.equal(before);
      return output;
    };
    expect(await refusal({ vpcId: "vpc-0123456789abcdef0", subnets })).to.contain(
      "existing.vpcId: the VPC cannot be looked up",
    );
    expect(await refusal({ tags: { Name: "twin" }, subnets })).to.contain("existing.tags: the VPC cannot be looked up");
    const mixed = await refusal({
      vpcId: foreign.vpcId,
      subnets: { private: { ids: ["subnet-0123456789abcdef0"] }, utility: { ids: [other.utility["a"] ?? ""] } },
      roleTags: "own",
    });
    expect(mixed).to.contain("there is no subnet subnet-0123456789abcdef0 in this account and region");
    expect(mixed).to.contain(`${other.utility["a"] ?? ""} is in ${other.vpcId}, not in the VPC ${foreign.vpcId}`);
    await net.ec2.send(
      new CreateSubnetCommand({
        VpcId: foreign.vpcId,
        AvailabilityZone: `${region}a`,
        CidrBlock: "10.51.250.0/24",
        TagSpecifications: [{ ResourceType: "subnet", Tags: [{ Key: "tier", Value: "private" }] }],
      }),
    );
    expect(await refusal({ vpcId: foreign.vpcId, subnets, roleTags: "own" })).to.match(
      /are both in ap-southeast-2a: one private subnet in each zone is used/,
    );
  });

  it("without default routes is accepted only with `egress: none`", async () => {
    const foreign = await makeForeignNetwork(net.ec2, { name: "closed", prefix: "10.61", zones: "a" });
    await net.ec2.send(
      new DeleteRouteCommand({ RouteTableId: foreign.privateTable, DestinationCidrBlock: "0.0.0.0/0" }),
    );
    const existing = {
      vpcId: foreign.vpcId,
      subnets: { private: { ids: Object.values(foreign.private) }, utility: { ids: Object.values(foreign.utility) } },
      roleTags: "ignore",
    } as const;
    await net.declare({ zones: zonesOf("a"), existing });
    expect((await net.previewFails()).output).to.contain("write egress: none");
    await net.declare({ zones: zonesOf("a"), existing: { ...existing, egress: "none" } });
    await net.up();
    await net.ec2.send(
      new CreateRouteCommand({
        RouteTableId: foreign.privateTable,
        DestinationCidrBlock: "0.0.0.0/0",
        NatGatewayId: foreign.natGateway,
      }),
    );
    await net.declare({ zones: zonesOf("a"), existing });
    expect((await net.up()).output).to.match(unchanged);
    await net.destroy();
  });
});
