import { expect } from "chai";
import type { Props } from "../../../local/plugins/protocol/values.ts";
import { functionTypes } from "../../../local/plugins/aws/invokes/index.ts";
import { environment, region, startAws, startPlugin, type AwsServer, type Plugin } from "./aws-harness.ts";
import { rejection } from "../rejection.ts";

describe("the functions of the stand-in for the AWS plugin", function () {
  this.timeout(60_000);
  let aws: AwsServer;
  let plugin: Plugin;
  let vpc: string;
  let subnet: string;
  let table: string;
  let zone: string;
  const asked = new Set<string>();

  const ask = async (token: string, args: Props): Promise<Props> => {
    asked.add(token);
    const { outputs, failures } = await plugin.client.invoke(token, args);
    expect(failures).to.deep.equal([]);
    return outputs;
  };

  const make = async (type: string, news: Props): Promise<string> => {
    const { inputs } = await plugin.client.check(type, "made", news);
    return (await plugin.client.create(type, "made", inputs)).id;
  };

  before(async function () {
    this.timeout(300_000);
    aws = await startAws();
    plugin = await startPlugin(environment(aws.endpoint), { ignoreTags: '{"keyPrefixes":["theirs/"]}' });
    vpc = await make("aws:ec2/vpc:Vpc", { cidrBlock: "10.7.0.0/16", tags: { Name: "found" } });
    subnet = await make("aws:ec2/subnet:Subnet", {
      vpcId: vpc,
      cidrBlock: "10.7.0.0/24",
      availabilityZone: `${region}c`,
      tags: { Name: "found" },
    });
    table = await make("aws:ec2/routeTable:RouteTable", { vpcId: vpc });
    await make("aws:ec2/routeTableAssociation:RouteTableAssociation", { routeTableId: table, subnetId: subnet });
    zone = await make("aws:route53/zone:Zone", { name: "found.example.com", vpcs: [{ vpcId: vpc }] });
    await make("aws:ec2/tag:Tag", { resourceId: subnet, key: "theirs/one", value: "1" });
  });

  after(async () => {
    plugin.stop();
    await aws.stop();
  });

  it("list the region's zones in order", async () => {
    const outputs = await ask("aws:index/getAvailabilityZones:getAvailabilityZones", {
      state: "available",
      excludeNames: [`${region}b`],
    });
    expect(outputs["names"]).to.deep.equal([`${region}a`, `${region}c`]);
    expect(outputs["zoneIds"]).to.have.length(2);
  });

  it("return the program's account, identity and region", async () => {
    expect(await ask("aws:index/getCallerIdentity:getCallerIdentity", {})).to.include({
      accountId: "123456789012",
      id: "123456789012",
    });
    expect(await ask("aws:index/getRegion:getRegion", {})).to.include({
      region,
      name: region,
      endpoint: `ec2.${region}.amazonaws.com`,
    });
    expect(await ask("aws:index/getPartition:getPartition", {})).to.include({
      partition: "aws",
      dnsSuffix: "amazonaws.com",
      reverseDnsPrefix: "com.amazonaws",
    });
  });

  it("find a VPC by id, by tag and by filter", async () => {
    for (const args of [
      { id: vpc },
      { tags: { Name: "found" } },
      { filters: [{ name: "cidr", values: ["10.7.0.0/16"] }] },
      { cidrBlock: "10.7.0.0/16" },
    ]) {
      expect(await ask("aws:ec2/getVpc:getVpc", args)).to.deep.include({
        id: vpc,
        cidrBlock: "10.7.0.0/16",
        enableDnsSupport: true,
        tags: { Name: "found" },
      });
    }
  });

  it("find a subnet, without ignored tags", async () => {
    expect(await ask("aws:ec2/getSubnet:getSubnet", { id: subnet })).to.deep.include({
      id: subnet,
      vpcId: vpc,
      availabilityZone: `${region}c`,
      tags: { Name: "found" },
    });
    expect(
      await ask("aws:ec2/getSubnets:getSubnets", { filters: [{ name: "vpc-id", values: [vpc] }] }),
    ).to.deep.include({ ids: [subnet] });
  });

  it("find a route table by its subnet, and all of a VPC", async () => {
    expect(await ask("aws:ec2/getRouteTable:getRouteTable", { subnetId: subnet })).to.include({
      routeTableId: table,
      vpcId: vpc,
    });
    expect((await ask("aws:ec2/getRouteTables:getRouteTables", { vpcId: vpc }))["ids"]).to.include(table);
  });

  it("find an Elastic IP address by its id, and report a missing one", async () => {
    const address = await make("aws:ec2/eip:Eip", { domain: "vpc" });
    const found = await ask("aws:ec2/getElasticIp:getElasticIp", { id: address });
    expect(found).to.include({ id: address, domain: "vpc", instanceId: "" });
    expect(found["publicIp"]).to.match(/^\d+\.\d+\.\d+\.\d+$/);
    expect(
      String(
        await rejection(
          plugin.client.invoke("aws:ec2/getElasticIp:getElasticIp", { id: "eipalloc-0123456789abcdef0" }),
        ),
      ),
    ).to.include("eipalloc-0123456789abcdef0");
  });

  it("find a private zone by its name", async () => {
    expect(await ask("aws:route53/getZone:getZone", { name: "found.example.com", privateZone: true })).to.include({
      zoneId: zone,
      name: "found.example.com",
      privateZone: true,
    });
    expect(
      String(await rejection(plugin.client.invoke("aws:route53/getZone:getZone", { name: "found.example.com" }))),
    ).to.include("no matching Route 53 Hosted Zone found");
  });

  it("find a bucket's policy, and report a missing one in the official plugin's words", async () => {
    const bucket = await make("aws:s3/bucket:Bucket", {});
    const find = (): Promise<Props> =>
      plugin.client.invoke("aws:s3/getBucketPolicy:getBucketPolicy", { bucket }).then(({ outputs }) => outputs);
    expect(String(await rejection(find()))).to.include("couldn't find resource");
    const policy = JSON.stringify({
      Version: "2012-10-17",
      Id: "trial",
      Statement: [{ Effect: "Deny", Principal: "*", Action: "s3:*", Resource: `arn:aws:s3:::${bucket}/*` }],
    });
    await make("aws:s3/bucketPolicy:BucketPolicy", { bucket, policy });
    const found = await ask("aws:s3/getBucketPolicy:getBucketPolicy", { bucket });
    expect(JSON.parse(found["policy"] as string)).to.deep.equal(JSON.parse(policy));
    expect(
      String(
        await rejection(plugin.client.invoke("aws:s3/getBucketPolicy:getBucketPolicy", { bucket: "nobody-has-this" })),
      ),
    ).to.include("couldn't find resource");
  });

  it("compose a policy document as the official plugin does", async () => {
    const { json } = await ask("aws:iam/getPolicyDocument:getPolicyDocument", {
      statements: [
        {
          sid: "a",
          actions: ["s3:GetObject", "s3:PutObject"],
          resources: ["*"],
          principals: [{ type: "AWS", identifiers: ["arn:aws:iam::1:root"] }],
          conditions: [{ test: "StringEquals", variable: "aws:x", values: ["1"] }],
        },
      ],
    });
    expect(JSON.parse(typeof json === "string" ? json : "")).to.deep.equal({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "a",
          Effect: "Allow",
          Action: ["s3:PutObject", "s3:GetObject"],
          Resource: "*",
          Principal: { AWS: "arn:aws:iam::1:root" },
          Condition: { StringEquals: { "aws:x": "1" } },
        },
      ],
    });
  });

  it("find the newest machine image that matches", async () => {
    const outputs = await ask("aws:ec2/getAmi:getAmi", {
      mostRecent: true,
      owners: ["099720109477"],
      filters: [{ name: "name", values: ["ubuntu/images/*"] }],
    });
    expect(outputs["id"]).to.match(/^ami-/);
  });

  it("fail if nothing matches, or if they would have to guess", async () => {
    expect(
      String(await rejection(plugin.client.invoke("aws:ec2/getVpc:getVpc", { tags: { Name: "nobody" } }))),
    ).to.include("no VPC matches");
    await make("aws:ec2/vpc:Vpc", { cidrBlock: "10.8.0.0/16", tags: { Name: "found" } });
    expect(
      String(await rejection(plugin.client.invoke("aws:ec2/getVpc:getVpc", { tags: { Name: "found" } }))),
    ).to.include("2 of VPC match");
  });

  it("name an unknown argument, and an unknown function", async () => {
    const { failures } = await plugin.client.invoke("aws:ec2/getVpc:getVpc", { cidr: "10.0.0.0/16" });
    expect(failures.map(({ property }) => property)).to.deep.equal(["cidr"]);
    expect(String(await rejection(plugin.client.invoke("aws:ec2/getInstance:getInstance", {})))).to.include(
      "no function aws:ec2/getInstance:getInstance",
    );
  });

  it("are all tested", () => {
    expect([...asked].toSorted()).to.deep.equal(functionTypes.toSorted());
  });
});
