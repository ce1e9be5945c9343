import { expect } from "chai";
import { resourceTypes } from "../../../local/plugins/aws/resources/index.ts";
import { UNKNOWN, type Props } from "../../../local/plugins/protocol/values.ts";
import { environment, region, startAws, startPlugin, type AwsServer, type Plugin } from "./aws-harness.ts";
import { awsClients, farRegion, type Case, type World } from "./aws-cases/case.ts";
import { cases } from "./aws-cases.ts";

describe("the stand-in for the AWS plugin against the local cloud's AWS API", function () {
  this.timeout(60_000);
  let aws: AwsServer;
  let plugin: Plugin;
  let world: World;
  const made: { type: string; id: string; outputs: Props }[] = [];

  const make = async (type: string, name: string, news: Props): Promise<string> => {
    const { inputs, failures } = await plugin.client.check(type, name, news);
    expect(failures).to.deep.equal([]);
    const { id, outputs } = await plugin.client.create(type, name, inputs);
    made.push({ type, id, outputs });
    return id;
  };

  before(async function () {
    this.timeout(300_000);
    aws = await startAws();
    plugin = await startPlugin(environment(aws.endpoint));
    const vpc = await make("aws:ec2/vpc:Vpc", "vpc", { cidrBlock: "10.0.0.0/16", enableDnsHostnames: true });
    const otherVpc = await make("aws:ec2/vpc:Vpc", "otherVpc", { cidrBlock: "10.1.0.0/16", enableDnsHostnames: true });
    const policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}';
    const trust =
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow",' +
      '"Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}';
    const versioned = await make("aws:s3/bucket:Bucket", "versioned", { forceDestroy: true });
    await make("aws:s3/bucketVersioning:BucketVersioning", "versioned", {
      bucket: versioned,
      versioningConfiguration: { status: "Enabled" },
    });
    const farVpc = await make("aws:ec2/vpc:Vpc", "farVpc", { region: farRegion, cidrBlock: "10.2.0.0/16" });
    world = {
      ...awsClients(aws.endpoint),
      vpc,
      otherVpc,
      farVpc,
      farPeering: await make("aws:ec2/vpcPeeringConnection:VpcPeeringConnection", "farPeering", {
        vpcId: vpc,
        peerVpcId: farVpc,
        peerRegion: farRegion,
      }),
      logGroup: await make("aws:cloudwatch/logGroup:LogGroup", "flows", {}),
      dhcpOptions: await make("aws:ec2/vpcDhcpOptions:VpcDhcpOptions", "dhcpOptions", {
        domainName: "one.example.com",
      }),
      otherDhcpOptions: await make("aws:ec2/vpcDhcpOptions:VpcDhcpOptions", "otherDhcpOptions", {
        domainName: "two.example.com",
      }),
      subnet: await make("aws:ec2/subnet:Subnet", "subnet", {
        vpcId: vpc,
        cidrBlock: "10.0.0.0/24",
        availabilityZone: `${region}a`,
      }),
      otherSubnet: await make("aws:ec2/subnet:Subnet", "otherSubnet", {
        vpcId: vpc,
        cidrBlock: "10.0.1.0/24",
        availabilityZone: `${region}b`,
      }),
      gateway: await make("aws:ec2/internetGateway:InternetGateway", "gateway", { vpcId: vpc }),
      table: await make("aws:ec2/routeTable:RouteTable", "table", { vpcId: vpc }),
      otherTable: await make("aws:ec2/routeTable:RouteTable", "otherTable", { vpcId: vpc }),
      endpoint: await make("aws:ec2/vpcEndpoint:VpcEndpoint", "endpoint", {
        vpcId: vpc,
        serviceName: `com.amazonaws.${region}.dynamodb`,
      }),
      address: await make("aws:ec2/eip:Eip", "address", { domain: "vpc" }),
      group: await make("aws:ec2/securityGroup:SecurityGroup", "group", { vpcId: vpc }),
      zone: await make("aws:route53/zone:Zone", "zone", { name: "zone.example.com", forceDestroy: true }),
      privateZone: await make("aws:route53/zone:Zone", "privateZone", {
        name: "private.example.com",
        vpcs: [{ vpcId: vpc }],
      }),
      bucket: await make("aws:s3/bucket:Bucket", "bucket", { forceDestroy: true }),
      versioned,
      role: await make("aws:iam/role:Role", "role", { assumeRolePolicy: trust, forceDetachPolicies: true }),
      otherRole: await make("aws:iam/role:Role", "otherRole", { assumeRolePolicy: trust }),
      policy: await make("aws:iam/policy:Policy", "policy", { policy }),
      key: await make("aws:kms/key:Key", "key", {}),
      otherKey: await make("aws:kms/key:Key", "otherKey", {}),
      accessControl: await make("aws:cloudfront/originAccessControl:OriginAccessControl", "accessControl", {
        originAccessControlOriginType: "s3",
        signingBehavior: "always",
        signingProtocol: "sigv4",
      }),
    };
    // S3 writes access logs only where a policy allows it.
    await make("aws:s3/bucketPolicy:BucketPolicy", "versioned", {
      bucket: versioned,
      policy: {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: "logging.s3.amazonaws.com" },
            Action: "s3:PutObject",
            Resource: `arn:aws:s3:::${versioned}/*`,
          },
        ],
      },
    });
  });

  after(async function () {
    this.timeout(60_000);
    plugin.stop();
    await aws.stop();
  });

  it("tests each of its resource types", () => {
    expect(cases.map(({ type }) => type).toSorted()).to.deep.equal(resourceTypes.toSorted());
  });

  for (const trial of cases)
    describe(trial.type, () => {
      lifeOf(trial);
    });

  function lifeOf(trial: Case): void {
    const { type } = trial;
    const name = "trial";
    let inputs: Props;
    let id: string;
    let state: Props;

    it("previews what it knows, and marks the rest as unknown", async () => {
      const checked = await plugin.client.check(type, name, trial.inputs(world));
      expect(checked.failures).to.deep.equal([]);
      inputs = checked.inputs;
      const preview = await plugin.client.create(type, name, inputs, { preview: true });
      expect(preview.id).to.equal("");
      for (const [property, value] of Object.entries(inputs))
        if (!property.startsWith("__")) expect(preview.outputs[property]).to.deep.equal(value);
      expect(Object.values(preview.outputs).every((value) => value !== null)).to.equal(true);
    });

    it("is created, and reads back unchanged", async () => {
      const created = await plugin.client.create(type, name, inputs);
      ({ id } = created);
      state = created.outputs;
      expect(id).to.not.equal("");
      expect(state).to.deep.include({ ...trial.outputs(world, id), id });
      await sees(inputs, state);
    });

    if (trial.change) {
      it("is changed in place", async () => {
        const { inputs: news, failures } = await plugin.client.check(
          type,
          name,
          { ...withoutDefaulted(inputs), ...trial.change?.(world) },
          inputs,
        );
        expect(failures).to.deep.equal([]);
        const diff = await plugin.client.diff(type, name, id, state, news, inputs);
        expect(diff.changes).to.equal(true);
        expect(diff.replaces).to.deep.equal([]);
        const preview = await plugin.client.update(type, name, id, state, news, { preview: true });
        expect(Object.values(preview)).to.not.include(UNKNOWN);
        state = await plugin.client.update(type, name, id, state, news, { oldInputs: inputs });
        inputs = news;
        await sees(inputs, state);
      });
    }

    it("is replaced if a property that requires replacement changes", async () => {
      for (const [property, value] of Object.entries(trial.replace(world))) {
        const diff = await plugin.client.diff(type, name, id, state, { ...inputs, [property]: value }, inputs);
        expect(diff.replaces, property).to.deep.equal([property]);
        expect(Object.entries(diff.paths).filter(([, kind]) => kind.endsWith("_REPLACE"))).to.not.deep.equal([]);
      }
    });

    if (trial.drift) {
      it("shows outside changes", async () => {
        await trial.drift?.(world, id, state);
        const now = await plugin.client.read(type, name, id, state, inputs);
        if (trial.shows === undefined) {
          expect(now).to.equal(undefined);
          ({ id, outputs: state } = await plugin.client.create(type, name, inputs));
          return;
        }
        const diff = await plugin.client.diff(type, name, id, now?.state ?? {}, inputs, now?.inputs);
        expect(
          Object.keys(diff.paths).some((path) => path.startsWith(trial.shows ?? "?")),
          JSON.stringify(diff.paths),
        ).to.equal(true);
        expect(diff.replaces).to.deep.equal([]);
        state = await plugin.client.update(type, name, id, now?.state ?? {}, inputs, { oldInputs: inputs });
        await sees(inputs, state);
      });
    }

    it("is deleted, is then missing, and can be deleted again", async () => {
      await plugin.client.delete(type, name, id, state);
      if (!trial.staysWhenDeleted) expect(await plugin.client.read(type, name, id, state, inputs)).to.equal(undefined);
      await plugin.client.delete(type, name, id, state);
    });

    async function sees(wish: Props, seen: Props): Promise<void> {
      const back = await plugin.client.read(type, name, id, seen, wish);
      expect(back?.state).to.deep.equal(seen);
      expect(back?.inputs).to.deep.equal(wish);
      const diff = await plugin.client.diff(type, name, id, seen, wish, wish);
      expect(diff).to.deep.include({ changes: false, paths: {}, replaces: [] });
    }
  }

  describe("IPv6", () => {
    it("is added to VPC and subnet in place, routed and admitted; a preview does not know its range", async () => {
      const vpcType = "aws:ec2/vpc:Vpc";
      const subnetType = "aws:ec2/subnet:Subnet";
      const { client } = plugin;
      const own = async (type: string, news: Props): Promise<{ id: string; inputs: Props; outputs: Props }> => {
        const { inputs } = await client.check(type, "dual", news);
        const { id, outputs } = await client.create(type, "dual", inputs);
        made.push({ type, id, outputs });
        return { id, inputs, outputs };
      };
      const vpc = await own(vpcType, { cidrBlock: "10.13.0.0/16" });
      const subnet = await own(subnetType, {
        vpcId: vpc.id,
        cidrBlock: "10.13.0.0/24",
        availabilityZone: `${region}a`,
      });

      const dual = { ...vpc.inputs, assignGeneratedIpv6CidrBlock: true };
      expect((await client.diff(vpcType, "dual", vpc.id, vpc.outputs, dual, vpc.inputs)).replaces).to.deep.equal([]);
      const foreseen = await client.update(vpcType, "dual", vpc.id, vpc.outputs, dual, { preview: true });
      expect(foreseen).to.include({ ipv6CidrBlock: UNKNOWN, ipv6AssociationId: UNKNOWN, cidrBlock: "10.13.0.0/16" });
      const { ipv6CidrBlock: range } = await client.update(vpcType, "dual", vpc.id, vpc.outputs, dual, {
        oldInputs: vpc.inputs,
      });
      if (typeof range !== "string") throw new Error("the VPC got no range");
      expect(range).to.match(/^2[0-9a-f:]+00::\/56$/);

      const wish = {
        ...subnet.inputs,
        assignIpv6AddressOnCreation: true,
        ipv6CidrBlock: range.replace("/56", "/64"),
      };
      for (const ipv6CidrBlock of [UNKNOWN, wish.ipv6CidrBlock] as const) {
        expect(
          (await client.diff(subnetType, "dual", subnet.id, subnet.outputs, { ...wish, ipv6CidrBlock }, subnet.inputs))
            .replaces,
        ).to.deep.equal([]);
      }
      const state = await client.update(subnetType, "dual", subnet.id, subnet.outputs, wish, {
        oldInputs: subnet.inputs,
      });
      expect(state).to.include({ assignIpv6AddressOnCreation: true, ipv6CidrBlock: wish.ipv6CidrBlock });
      expect(await client.diff(subnetType, "dual", subnet.id, state, wish, wish)).to.deep.include({ changes: false });
      // As in the official plugin: addresses may be in use.
      expect(
        (
          await client.diff(
            subnetType,
            "dual",
            subnet.id,
            state,
            { ...wish, ipv6CidrBlock: range.replace("00::/56", "01::/64") },
            wish,
          )
        ).replaces,
      ).to.deep.equal(["ipv6CidrBlock"]);

      const table = await own("aws:ec2/routeTable:RouteTable", { vpcId: vpc.id });
      const gateway = await own("aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway", { vpcId: vpc.id });
      const route = await own("aws:ec2/route:Route", {
        routeTableId: table.id,
        destinationIpv6CidrBlock: "::/0",
        egressOnlyGatewayId: gateway.id,
      });
      expect(route.outputs).to.include({
        destinationIpv6CidrBlock: "::/0",
        egressOnlyGatewayId: gateway.id,
        state: "active",
      });
      const group = await own("aws:ec2/securityGroup:SecurityGroup", { vpcId: vpc.id });
      const ruleType = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
      const rule = await own(ruleType, {
        securityGroupId: group.id,
        ipProtocol: "tcp",
        fromPort: 443,
        toPort: 443,
        cidrIpv6: range,
      });
      expect(rule.outputs).to.include({ cidrIpv6: range });
      for (const one of [route, rule]) {
        const type = one === route ? "aws:ec2/route:Route" : ruleType;
        expect((await client.read(type, "dual", one.id, one.outputs, one.inputs))?.state).to.deep.equal(one.outputs);
      }
    });
  });

  // A separate suite, because mocha runs a suite's own tests before its nested suites.
  describe("at the end", () => {
    it("leaves nothing behind when all is deleted", async () => {
      for (const { type, id, outputs } of made.splice(0).toReversed())
        await plugin.client.delete(type, "any", id, outputs);
      const { ec2, farEc2, s3, route53, iam, kms, logs } = world;
      const [
        vpcs,
        farVpcs,
        peerings,
        flowLogs,
        logGroups,
        dhcpOptions,
        subnets,
        addresses,
        gateways,
        tables,
        endpoints,
        buckets,
        zones,
        roles,
        policies,
        keys,
      ] = await Promise.all([
        ec2.describeVpcs({ Filters: [{ Name: "isDefault", Values: ["false"] }] }),
        farEc2.describeVpcs({ Filters: [{ Name: "isDefault", Values: ["false"] }] }),
        ec2.describeVpcPeeringConnections({}),
        ec2.describeFlowLogs({}),
        logs.describeLogGroups({}),
        ec2.describeDhcpOptions({}),
        ec2.describeSubnets({ Filters: [{ Name: "default-for-az", Values: ["false"] }] }),
        ec2.describeAddresses({}),
        ec2.describeInternetGateways({}),
        ec2.describeRouteTables({ Filters: [{ Name: "association.main", Values: ["false"] }] }),
        ec2.describeVpcEndpoints({ Filters: [{ Name: "vpc-endpoint-state", Values: ["available"] }] }),
        s3.listBuckets({}),
        route53.listHostedZones({}),
        iam.listRoles({}),
        iam.listPolicies({ Scope: "Local" }),
        kms.listAliases({}),
      ]);
      expect({
        vpcs: vpcs.Vpcs,
        farVpcs: farVpcs.Vpcs,
        peerings: peerings.VpcPeeringConnections?.filter(({ Status }) => Status?.Code !== "deleted"),
        flowLogs: flowLogs.FlowLogs,
        logGroups: logGroups.logGroups,
        dhcpOptions: dhcpOptions.DhcpOptions,
        subnets: subnets.Subnets,
        addresses: addresses.Addresses,
        gateways: gateways.InternetGateways,
        tables: tables.RouteTables,
        endpoints: endpoints.VpcEndpoints,
        buckets: buckets.Buckets,
        zones: zones.HostedZones,
        roles: roles.Roles,
        policies: policies.Policies,
        aliases: keys.Aliases?.filter(({ AliasName }) => !AliasName?.startsWith("alias/aws/")),
      }).to.deep.equal({
        vpcs: [],
        farVpcs: [],
        peerings: [],
        flowLogs: [],
        logGroups: [],
        dhcpOptions: [],
        subnets: [],
        addresses: [],
        gateways: [],
        tables: [],
        endpoints: [],
        buckets: [],
        zones: [],
        roles: [],
        policies: [],
        aliases: [],
      });
    });
  });
});

/** What a program would write again: not the values that AWS filled in. */
function withoutDefaulted(inputs: Props): Props {
  const defaulted = Array.isArray(inputs["__defaults"]) ? inputs["__defaults"] : [];
  return Object.fromEntries(
    Object.entries(inputs).filter(
      ([name]) => name !== "tagsAll" && !name.startsWith("__") && !defaulted.includes(name),
    ),
  );
}
