import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import type * as grpc from "@grpc/grpc-js";
import proto from "@pulumi/pulumi/proto/provider_pb.js";
import statusproto from "@pulumi/pulumi/proto/status_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { rejection } from "../../rejection.ts";
import { environment, startPlugin, type Plugin } from "../aws-harness.ts";

type Answer = readonly [status: number, body: string];

const error = (status: number, code: string): Answer => [
  status,
  `<Response><Errors><Error><Code>${code}</Code><Message>said ` +
    `${code}</Message></Error></Errors><RequestID>1</RequestID></Response>`,
];

/** An EC2 that answers each action as the test specifies. */
async function fakeEc2(answers: Record<string, () => Answer>): Promise<{ server: Server; endpoint: string }> {
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const action = new URLSearchParams(body).get("Action") ?? "";
      const [status, text] = answers[action]?.() ?? error(400, `Unexpected${action}`);
      response.writeHead(status, { "content-type": "text/xml" }).end(text);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function partOf(failure: grpc.ServiceError): { id: string; properties: unknown } {
  const [packed] = failure.metadata.get("grpc-status-details-bin");
  const [detail] = statusproto.Status.deserializeBinary(packed as Buffer).getDetailsList();
  const failed = proto.ErrorResourceInitFailed.deserializeBinary(detail?.getValue_asU8() ?? new Uint8Array());
  return { id: failed.getId(), properties: failed.getProperties()?.toJavaScript() };
}

describe("the stand-in for the AWS plugin, when AWS fails,", () => {
  const stops: (() => void)[] = [];
  afterEach(() => {
    for (const stop of stops.splice(0)) stop();
  });

  const start = async (answers: Record<string, () => Answer>): Promise<Plugin> => {
    const { server, endpoint } = await fakeEc2(answers);
    const plugin = await startPlugin(environment(endpoint), { maxRetries: "0" });
    stops.push(() => {
      plugin.stop();
      server.closeAllConnections();
      server.close();
    });
    return plugin;
  };
  const vpc = "aws:ec2/vpc:Vpc";

  it("does not treat a denied read as an absent resource", async () => {
    const { client } = await start({ DescribeVpcs: () => error(403, "UnauthorizedOperation") });
    expect((await rejection(client.read(vpc, "main", "vpc-1"))).message).to.include(
      'reading aws:ec2/vpc:Vpc "main" (vpc-1): UnauthorizedOperation: said UnauthorizedOperation (HTTP 403)',
    );
  });

  it("treats a resource that is not found as absent, and its deletion as done", async () => {
    const { client } = await start({
      DescribeVpcs: () => error(400, "InvalidVpcID.NotFound"),
      DeleteVpc: () => error(400, "InvalidVpcID.NotFound"),
    });
    expect(await client.read(vpc, "main", "vpc-1")).to.equal(undefined);
    await client.delete(vpc, "main", "vpc-1", {});
  });

  it("does not treat it as deleted when something else was not found", async () => {
    const shown =
      "<DescribeInternetGatewaysResponse><internetGatewaySet><item>" +
      "<internetGatewayId>igw-1</internetGatewayId><ownerId>1</ownerId></item></internetGatewaySet>" +
      "</DescribeInternetGatewaysResponse>";
    const { client } = await start({
      DescribeInternetGateways: () => [200, shown],
      DeleteInternetGateway: () => error(400, "InvalidSomethingID.NotFound"),
    });
    expect(
      (await rejection(client.delete("aws:ec2/internetGateway:InternetGateway", "igw", "igw-1", {}))).message,
    ).to.include("InvalidSomethingID.NotFound");
  });

  it("keeps the id of a created resource when a later step fails", async () => {
    const { client } = await start({
      CreateVpc: () => [200, "<CreateVpcResponse><vpc><vpcId>vpc-1</vpcId></vpc></CreateVpcResponse>"],
      DescribeVpcs: () => [
        200,
        "<DescribeVpcsResponse><vpcSet><item><vpcId>vpc-1</vpcId><state>available</state></item>" +
          "</vpcSet></DescribeVpcsResponse>",
      ],
      ModifyVpcAttribute: () => error(500, "InternalError"),
    });
    const failure = (await rejection(
      client.create(vpc, "main", { cidrBlock: "10.0.0.0/16", enableDnsHostnames: true }),
    )) as grpc.ServiceError;
    expect(failure.details).to.include('creating aws:ec2/vpc:Vpc "main": InternalError');
    expect(partOf(failure)).to.deep.equal({
      id: "vpc-1",
      properties: { id: "vpc-1", cidrBlock: "10.0.0.0/16", enableDnsHostnames: true },
    });
  });

  it("stops waiting when the engine cancels, and keeps the id of the resource", async () => {
    let looked = (): void => undefined;
    const waiting = new Promise<void>((resolve) => {
      looked = resolve;
    });
    const { client } = await start({
      CreateNatGateway: () => [
        200,
        "<CreateNatGatewayResponse><natGateway><natGatewayId>nat-1</natGatewayId></natGateway>" +
          "</CreateNatGatewayResponse>",
      ],
      DescribeNatGateways: () => {
        looked();
        return [
          200,
          "<DescribeNatGatewaysResponse><natGatewaySet><item><natGatewayId>nat-1</natGatewayId>" +
            "<state>pending</state></item></natGatewaySet></DescribeNatGatewaysResponse>",
        ];
      },
    });
    const failed = rejection(client.create("aws:ec2/natGateway:NatGateway", "nat", { subnetId: "subnet-1" }));
    await waiting;
    await client.raw("cancel", new empty.Empty());
    const failure = (await failed) as grpc.ServiceError;
    expect(failure.details).to.include("Pulumi asked this plugin to stop");
    expect(partOf(failure).id).to.equal("nat-1");
  });

  it("waits no longer than customTimeouts allow, and reports the last state", async () => {
    const { client } = await start({
      CreateNatGateway: () => [
        200,
        "<CreateNatGatewayResponse><natGateway><natGatewayId>nat-1</natGatewayId></natGateway>" +
          "</CreateNatGatewayResponse>",
      ],
      DescribeNatGateways: () => [
        200,
        "<DescribeNatGatewaysResponse><natGatewaySet><item><natGatewayId>nat-1</natGatewayId>" +
          "<state>pending</state></item></natGatewaySet></DescribeNatGatewaysResponse>",
      ],
    });
    const failure = await rejection(
      client.create("aws:ec2/natGateway:NatGateway", "nat", { subnetId: "subnet-1" }, { timeout: 1 }),
    );
    expect(failure.message).to.include("waited 1 s for the NAT gateway nat-1; last state: pending");
  });

  it("reports that the local cloud is not running when nothing answers", async () => {
    const { server, endpoint } = await fakeEc2({});
    server.close();
    await once(server, "close");
    const plugin = await startPlugin(environment(endpoint), { maxRetries: "0" });
    stops.push(() => {
      plugin.stop();
    });
    expect((await rejection(plugin.client.read(vpc, "main", "vpc-1"))).message).to.match(
      /the AWS endpoint does not answer .*; start the local cloud with `npm start`/,
    );
  });

  it("names an unknown type and every wrong argument before it calls AWS", async () => {
    const { client } = await start({});
    expect((await rejection(client.check("aws:ec2/instance:Instance", "a", {}))).message).to.include(
      "no resource type aws:ec2/instance:Instance",
    );
    const { failures } = await client.check("aws:ec2/subnet:Subnet", "a", {
      cidrBlok: "x",
      mapPublicIpOnLaunch: "yes",
      outpostArn: "arn",
    });
    expect(failures.map(({ property }) => property)).to.deep.equal([
      "cidrBlok",
      "mapPublicIpOnLaunch",
      "vpcId",
      "outpostArn",
    ]);
  });

  it("does not change what ignoreChanges names", async () => {
    const { client } = await start({});
    const diff = (ignore: string[]): Promise<{ paths: Readonly<Record<string, string>> }> =>
      client.diff(
        vpc,
        "main",
        "vpc-1",
        { cidrBlock: "a", tags: { a: "1" }, tagsAll: { a: "1" } },
        { cidrBlock: "a", tags: { a: "2" }, tagsAll: { a: "2" } },
        {},
        ignore,
      );
    expect(Object.keys((await diff([])).paths)).to.deep.equal(["tags.a", "tagsAll.a"]);
    expect(Object.keys((await diff(["tags.a", "tagsAll.*"])).paths)).to.deep.equal([]);
    expect(Object.keys((await diff(['tags["*"]', "tagsAll"])).paths)).to.deep.equal([]);
  });

  it("refuses an account that is not allowed before it creates anything", async () => {
    const { server, endpoint } = await fakeEc2({
      GetCallerIdentity: () => [
        200,
        "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111</Account><Arn>a</Arn>" +
          "<UserId>u</UserId></GetCallerIdentityResult></GetCallerIdentityResponse>",
      ],
    });
    stops.push(() => {
      server.closeAllConnections();
      server.close();
    });
    expect((await rejection(startPlugin(environment(endpoint), { allowedAccountIds: '["222"]' }))).message).to.include(
      "the AWS account 111 is not one of the provider's allowedAccountIds (222)",
    );
  });
});
