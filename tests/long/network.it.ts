import {
  AcceptVpcPeeringConnectionCommand,
  DescribeRouteTablesCommand,
  DescribeSubnetsCommand,
  DescribeVpcPeeringConnectionsCommand,
  DisassociateSubnetCidrBlockCommand,
  EC2Client,
  ModifySubnetAttributeCommand,
} from "@aws-sdk/client-ec2";
import { CreateBucketCommand, DeleteBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { expect } from "chai";
import ipaddr from "ipaddr.js";
import { inventory } from "../e2e/inventory.ts";
import { defaultRoutes, expectNoChanges, expectNoneLeft, ids } from "../e2e/network/expectations.ts";
import { makeForeignVpc } from "../e2e/network/foreign.ts";
import { clientOf, makeNetworkCheckout, region, zonesOf } from "../e2e/network/index.ts";
import type { NetworkCheckout, Picture } from "../e2e/network/index.ts";
import { counts } from "../e2e/summary.ts";

describe("a network with optional parts", function () {
  this.timeout(10 * 60_000);
  let net: NetworkCheckout;

  before(async () => {
    net = await makeNetworkCheckout();
  });
  after(() => net.remove());

  it("with all zones of us-east-1 fits the smallest range, and drops one without touching the others", async () => {
    const zones = ["a", "b", "c", "d", "e", "f"].map((letter) => `us-east-1${letter}`);
    const far = { region: "us-east-1", cidr: "172.16.4.0/22", nat: "none" } as const;
    await net.local("pulumi", "config", "set", "aws:region", "us-east-1", "--stack", "sbx");
    try {
      await net.declare({ ...far, zones });
      await net.up();
      await expectNoChanges(net);
      await net.declare({ ...far, zones: zones.slice(0, 5) });
      expect(counts((await net.preview()).output)).to.deep.equal(["delete"]);
      await net.up();
      await expectNoChanges(net);
      const zonesThere = JSON.parse(
        (await net.local("pulumi", "stack", "output", "zones", "--json", "--stack", "sbx")).output,
      ) as { zone: string; privateCidr: string; utilityCidr: string }[];
      expect(
        zonesThere.map(({ zone, privateCidr, utilityCidr }) => `${zone.at(-1) ?? ""} ${privateCidr} ${utilityCidr}`),
      ).to.deep.equal([
        "a 172.16.4.0/25 172.16.7.128/28",
        "b 172.16.4.128/25 172.16.7.144/28",
        "c 172.16.5.0/25 172.16.7.160/28",
        "d 172.16.5.128/25 172.16.7.176/28",
        "e 172.16.6.0/25 172.16.7.192/28",
      ]);
      await net.destroy();
      expect(await inventory(net.endpoint, "us-east-1")).to.deep.equal({});
    } finally {
      await net.local("pulumi", "config", "set", "aws:region", region, "--stack", "sbx");
    }
  });

  it("without egress has endpoints that can change, and flow logs that move from log group to bucket", async () => {
    const s3 = new S3Client({ ...clientOf(net.endpoint), forcePathStyle: true });
    const common = { zones: zonesOf("ab"), nat: "none" } as const;
    await net.declare({
      ...common,
      endpoints: { dynamodb: true, interfaces: ["sts", "ec2"] },
      flowLogs: { to: "cloudwatch", retentionDays: 90, traffic: "rejected" },
    });
    await net.up();
    const before = await net.picture();
    const nodes = ["private-a", "private-b"];
    expect(defaultRoutes(before)).to.deep.include({ "private-a": "nothing", "private-b": "nothing" });
    expect(before.endpoints).to.deep.include({
      ec2: { type: "Interface", privateDns: true, reachedFrom: nodes },
      sts: { type: "Interface", privateDns: true, reachedFrom: nodes },
    });
    expect(before.endpoints["dynamodb"]?.reachedFrom).to.deep.equal([...nodes, "utility-a", "utility-b"]);
    expect(before.flowLogs).to.deep.equal([
      { to: "cloud-watch-logs", traffic: "REJECT", delivers: "SUCCESS", every: 600 },
    ]);
    expect(Object.keys(await inventory(net.endpoint))).to.include.members([
      "flowLogs",
      "logGroups",
      "networkInterfaces",
      "roles",
    ]);
    await expectNoChanges(net);

    await s3.send(
      new CreateBucketCommand({ Bucket: "flows", CreateBucketConfiguration: { LocationConstraint: region } }),
    );
    await net.declare({
      ...common,
      endpoints: { interfaces: ["sts", "ecr.api"] },
      flowLogs: { to: "s3", bucketArn: "arn:aws:s3:::flows/net", interval: 60 },
    });
    await net.up();
    const after = await net.picture();
    expect(Object.keys(after.endpoints)).to.have.members(["s3", "sts", "ecr.api"]);
    expect(after.flowLogs).to.deep.equal([
      { to: "arn:aws:s3:::flows/net", traffic: "ALL", delivers: "SUCCESS", every: 60 },
    ]);
    expect(Object.keys(await inventory(net.endpoint))).to.not.include.members(["logGroups"]);
    await expectNoChanges(net);
    await s3.send(new DeleteBucketCommand({ Bucket: "flows" }));
    await expectNoneLeft(net);
  });

  it("has DHCP options and a secondary range with a subnet, and gets others without other changes", async () => {
    const common = {
      zones: zonesOf("ab"),
      nat: "none",
      subnets: { [`${region}b`]: { private: "10.21.4.0/22" } },
    } as const;
    const corporate = {
      domainName: "corp.example.com",
      domainNameServers: ["10.20.0.53", "10.20.32.53"],
      ntpServers: ["10.20.0.123"],
    };
    await net.declare({ ...common, secondaryCidrs: ["10.21.0.0/20"], dhcpOptions: corporate });
    await net.up();
    const before = await net.picture();
    expect(before.ranges).to.deep.equal(["10.20.0.0/16", "10.21.0.0/20"]);
    expect([before.subnets["private-a"]?.cidr, before.subnets["private-b"]?.cidr]).to.deep.equal([
      "10.20.0.0/19",
      "10.21.4.0/22",
    ]);
    expect(before.dhcp).to.deep.equal({
      "domain-name": ["corp.example.com"],
      "domain-name-servers": ["10.20.0.53", "10.20.32.53"],
      "ntp-servers": ["10.20.0.123"],
    });
    const sets = async (): Promise<string[]> => (await inventory(net.endpoint))["dhcpOptions"] ?? [];
    const first = await sets();
    expect(first).to.have.length(1);
    await expectNoChanges(net);

    await net.declare({ ...common, secondaryCidrs: ["10.22.0.0/16", "10.21.0.0/20"], dhcpOptions: corporate });
    expect(counts((await net.preview()).output)).to.deep.equal(["create"]);
    await net.up();
    expect((await net.picture()).ranges).to.have.members(["10.20.0.0/16", "10.21.0.0/20", "10.22.0.0/16"]);

    await net.declare({
      ...common,
      secondaryCidrs: ["10.21.0.0/20"],
      dhcpOptions: { domainName: "other.example.com" },
    });
    expect(counts((await net.preview()).output)).to.have.members(["delete", "replace"]);
    await net.up();
    const after = await net.picture();
    expect(after).to.deep.equal({
      ...before,
      dhcp: { "domain-name": ["other.example.com"], "domain-name-servers": ["AmazonProvidedDNS"] },
    });
    const second = await sets();
    expect(second).to.have.length(1);
    expect(second).to.not.deep.equal(first);
    await expectNoChanges(net);

    await net.declare({ ...common, secondaryCidrs: ["10.23.0.0/16"] });
    expect((await net.previewFails()).output).to.contain(
      `subnets.${region}b.private: 10.21.4.0/22 is not inside the VPC's 10.20.0.0/16 or 10.23.0.0/16`,
    );
    await net.declare({ zones: zonesOf("a"), nat: "none" });
    expect(counts((await net.preview()).output)).to.deep.equal(["delete"]);
    await net.up();
    expect(await net.picture()).to.deep.include({ ranges: ["10.20.0.0/16"], dhcp: {} });
    expect(await sets()).to.deep.equal([]);
    await expectNoChanges(net);
    await expectNoneLeft(net);
  });

  it("gains IPv6 in place, with egress for private subnets, and loses it after a manual step", async () => {
    const common = { zones: zonesOf("bc"), nat: "none" as const, endpoints: { interfaces: ["sts"] } };
    await net.declare(common);
    await net.up();
    const before = await net.picture();
    expect(before.ipv6Ranges).to.deep.equal([]);

    await net.declare({ ...common, ipv6: true });
    expect(counts((await net.preview()).output)).to.have.members(["create", "update"]);
    expect(counts((await net.up()).output)).to.have.members(["created", "updated"]);
    const after = await net.picture();
    const [range = ""] = after.ipv6Ranges;
    expect(range).to.match(/^2[0-9a-f:]+00::\/56$/);
    const ipv6 = (part: string, out: string) => ({
      cidr: `${ipaddr.IPv6.parse(range.replace(/00::\/56$/, `${part}::`)).toString()}/64`,
      assigned: true,
      out,
    });
    expect(Object.fromEntries(Object.entries(after.subnets).map(([name, one]) => [name, one.ipv6]))).to.deep.equal({
      "private-b": ipv6("01", "egress only"),
      "private-c": ipv6("02", "egress only"),
      "utility-b": ipv6("11", "internet"),
      "utility-c": ipv6("12", "internet"),
    });
    const ipv4 = (picture: Picture): unknown =>
      JSON.parse(
        JSON.stringify({ ...picture, ipv6Ranges: [] }, (key, value: unknown) => (key === "ipv6" ? undefined : value)),
      );
    expect(ipv4(after)).to.deep.equal(ipv4(before));
    expect(Object.keys(await inventory(net.endpoint))).to.include("egressOnlyInternetGateways");
    const zonesThere = JSON.parse(
      (await net.local("pulumi", "stack", "output", "zones", "--json", "--stack", "sbx")).output,
    ) as { privateIpv6Cidr: string }[];
    expect(zonesThere.map(({ privateIpv6Cidr }) => privateIpv6Cidr)).to.deep.equal([
      ipv6("01", "").cidr,
      ipv6("02", "").cidr,
    ]);
    await expectNoChanges(net);

    await net.declare({ ...common, zones: zonesOf("abc"), ipv6: true });
    const { output } = await net.preview();
    // The update adds the subnet to the endpoint in place.
    expect(counts(output)).to.have.members(["create", "update"]);
    await net.up();
    const grown = await net.picture();
    expect(grown.subnets).to.deep.include(after.subnets);
    expect(grown.subnets["private-a"]?.ipv6).to.deep.equal(ipv6("00", "egress only"));
    await expectNoChanges(net);

    await net.declare({ ...common, zones: zonesOf("abc") });
    expect((await net.upFails()).output).to.contain("InvalidCidrBlock.InUse");
    expect(await net.picture()).to.deep.equal(grown);
    const { Subnets: subnets = [] } = await net.ec2.send(
      new DescribeSubnetsCommand({ SubnetIds: Object.values(ids(grown)) }),
    );
    for (const { SubnetId, Ipv6CidrBlockAssociationSet: [part] = [] } of subnets) {
      await net.ec2.send(new ModifySubnetAttributeCommand({ SubnetId, AssignIpv6AddressOnCreation: { Value: false } }));
      await net.ec2.send(new DisassociateSubnetCidrBlockCommand({ AssociationId: part?.AssociationId }));
    }
    await net.up("--refresh");
    const without = await net.picture();
    expect(without.ipv6Ranges).to.deep.equal([]);
    expect(Object.values(without.subnets).filter(({ ipv6: left }) => left !== undefined)).to.deep.equal([]);
    expect(ipv4(without)).to.deep.equal(ipv4(grown));
    expect(Object.keys(await inventory(net.endpoint))).to.not.include("egressOnlyInternetGateways");
    await expectNoChanges(net);
    await expectNoneLeft(net);
  });

  it("peers with VPCs of its own region, another region and other accounts, with routes both ways", async () => {
    const partner = "210987654321";
    const farEc2 = new EC2Client(clientOf(net.endpoint, "us-east-1"));
    const role = `arn:aws:iam::${partner}:role/peering`;
    const { Credentials: credentials } = await new STSClient(clientOf(net.endpoint)).send(
      new AssumeRoleCommand({ RoleArn: role, RoleSessionName: "test" }),
    );
    const partnerEc2 = new EC2Client({
      ...clientOf(net.endpoint),
      credentials: {
        accessKeyId: credentials?.AccessKeyId ?? "",
        secretAccessKey: credentials?.SecretAccessKey ?? "",
        sessionToken: credentials?.SessionToken ?? "",
      },
    });
    const office = await makeForeignVpc(net.ec2, "10.30.0.0/16", "office");
    const far = await makeForeignVpc(farEc2, "10.31.0.0/16", "far");
    const shared = await makeForeignVpc(partnerEc2, "10.32.0.0/16", "shared");
    const waiting = await makeForeignVpc(partnerEc2, "10.33.0.0/16", "waiting");
    const initial = await inventory(net.endpoint);

    const peerings = {
      office: { vpcId: office.vpcId, cidrs: ["10.30.0.0/16"], routeTableIds: [office.tableId] },
      far: { vpcId: far.vpcId, cidrs: ["10.31.0.0/16"], region: "us-east-1", routeTableIds: [far.tableId] },
      shared: {
        vpcId: shared.vpcId,
        cidrs: ["10.32.0.0/17"],
        accountId: partner,
        roleArn: role,
        routeTableIds: [shared.tableId],
      },
      waiting: { vpcId: waiting.vpcId, cidrs: ["10.33.0.0/16"], accountId: partner },
    };
    await net.declare({ zones: zonesOf("ab"), nat: "single", peerings });
    await net.up();

    const connections = async (): Promise<
      Record<string, { id: string; status: string | undefined; owner: string | undefined }>
    > => {
      const { VpcPeeringConnections: all = [] } = await net.ec2.send(new DescribeVpcPeeringConnectionsCommand({}));
      return Object.fromEntries(
        all
          .filter(({ Status }) => Status?.Code !== "deleted")
          .map(({ VpcPeeringConnectionId: id = "", Status, AccepterVpcInfo: peer }) => [
            peer?.CidrBlock ?? "?",
            { id, status: Status?.Code, owner: peer?.OwnerId },
          ]),
      );
    };
    const routesBack = async (ec2: EC2Client, table: string): Promise<(string | undefined)[]> => {
      const { RouteTables: [found] = [] } = await ec2.send(new DescribeRouteTablesCommand({ RouteTableIds: [table] }));
      return (found?.Routes ?? []).flatMap(({ VpcPeeringConnectionId, DestinationCidrBlock }) =>
        VpcPeeringConnectionId === undefined ? [] : `${DestinationCidrBlock ?? ""} ${VpcPeeringConnectionId}`,
      );
    };
    const made = await connections();
    expect(Object.fromEntries(Object.entries(made).map(([cidr, { status }]) => [cidr, status]))).to.deep.equal({
      "10.30.0.0/16": "active",
      "10.31.0.0/16": "active",
      "10.32.0.0/16": "active",
      "10.33.0.0/16": "pending-acceptance",
    });
    expect(made["10.32.0.0/16"]?.owner).to.equal(partner);
    for (const subnet of Object.values((await net.picture()).subnets)) {
      expect(subnet.peers).to.deep.equal(["10.30.0.0/16", "10.31.0.0/16", "10.32.0.0/17", "10.33.0.0/16"]);
    }
    expect(await routesBack(net.ec2, office.tableId)).to.deep.equal([`10.20.0.0/16 ${made["10.30.0.0/16"]?.id ?? ""}`]);
    expect(await routesBack(farEc2, far.tableId)).to.deep.equal([`10.20.0.0/16 ${made["10.31.0.0/16"]?.id ?? ""}`]);
    expect(await routesBack(partnerEc2, shared.tableId)).to.deep.equal([
      `10.20.0.0/16 ${made["10.32.0.0/16"]?.id ?? ""}`,
    ]);
    await expectNoChanges(net);

    // Somebody in the other account accepts it, which is no change here.
    await partnerEc2.send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId: made["10.33.0.0/16"]?.id }));
    await expectNoChanges(net);

    const { office: first, shared: second, waiting: third } = peerings;
    const fewer = { office: { ...first, cidrs: ["10.30.0.0/17", "10.30.128.0/17"] }, shared: second, waiting: third };
    await net.declare({ zones: zonesOf("ab"), nat: "single", peerings: fewer });
    await net.up();
    const changed = await connections();
    expect(Object.keys(changed)).to.have.members(["10.30.0.0/16", "10.32.0.0/16", "10.33.0.0/16"]);
    expect(changed["10.30.0.0/16"]).to.deep.equal(made["10.30.0.0/16"]);
    expect((await net.picture()).subnets["private-a"]?.peers).to.deep.equal([
      "10.30.0.0/17",
      "10.30.128.0/17",
      "10.32.0.0/17",
      "10.33.0.0/16",
    ]);
    expect(await routesBack(farEc2, far.tableId)).to.deep.equal([]);
    await expectNoChanges(net);

    await net.destroy();
    expect(await inventory(net.endpoint)).to.deep.equal(initial);
    expect([await routesBack(net.ec2, office.tableId), await routesBack(partnerEc2, shared.tableId)]).to.deep.equal([
      [],
      [],
    ]);
  });
});
