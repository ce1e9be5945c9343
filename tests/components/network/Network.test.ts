import { expect } from "chai";
import { Network, type NetworkArgs } from "../../../components/network/index.ts";
import { ofType, record, valueOf } from "../mocks.ts";

const zones = ["ap-southeast-2a", "ap-southeast-2b", "ap-southeast-2c"];

const network = (args: Partial<NetworkArgs> = {}) =>
  record(() => new Network("net", { region: "ap-southeast-2", cidr: "10.20.0.0/16", zones, tags: { environment: "test" }, ...args }));

describe("Network", () => {
  it("makes exactly these resources for three zones with a gateway each", async () => {
    const { resources } = await network();
    const made = resources.filter(({ type }) => type !== "aws:ec2/tag:Tag").map(({ type, name }) => `${type.split(":").at(-1) ?? ""} ${name}`);
    const perZone = zones.flatMap((zone) => [
      `Subnet net-private-${zone}`,
      `Subnet net-utility-${zone}`,
      `Eip net-nat-${zone}`,
      `NatGateway net-nat-${zone}`,
      `RouteTable net-private-${zone}`,
      `Route net-private-${zone}`,
      `RouteTableAssociation net-private-${zone}`,
      `RouteTableAssociation net-utility-${zone}`,
    ]);
    expect(made).to.have.members([
      "Network net",
      "Vpc net",
      "InternetGateway net",
      "RouteTable net-utility",
      "Route net-utility",
      "VpcEndpoint net-s3",
      ...perZone,
    ]);
  });

  it("parents everything but tags to itself, so that what depends on it waits for routes and gateways", async () => {
    const { resources } = await network();
    for (const { type, name, parent } of resources) {
      if (type === "pilot:network:Network") continue;
      if (type === "aws:ec2/tag:Tag") expect(parent, name).to.match(/^aws:ec2\/(vpc:Vpc|subnet:Subnet)::/);
      else expect(parent, name).to.equal("pilot:network:Network::net");
    }
  });

  it("gives every tag of VPC and subnets one owner, and lets foreign tags on them survive", async () => {
    const { resources } = await network();
    for (const resource of resources.filter(({ type }) => /:(Vpc|Subnet)$/.test(type))) {
      expect(resource.inputs, resource.name).not.to.have.property("tags");
      expect(resource.ignoreChanges, resource.name).to.deep.equal(["tags", "tagsAll"]);
    }
    const tags = resources
      .filter(({ type }) => type === "aws:ec2/tag:Tag")
      .map(({ inputs }) => `${String(inputs["resourceId"])} ${String(inputs["key"])}=${String(inputs["value"])}`);
    const plain = (name: string) => [`${name}-id environment=test`, `${name}-id Name=${name}`];
    expect(tags).to.have.members([
      ...plain("net"),
      ...zones.flatMap((zone) => [
        ...plain(`net-private-${zone}`),
        `net-private-${zone}-id kubernetes.io/role/internal-elb=1`,
        ...plain(`net-utility-${zone}`),
        `net-utility-${zone}-id kubernetes.io/role/elb=1`,
      ]),
    ]);
  });

  it("drops a tag together with its subnet, without taking it off first", async () => {
    const { resources } = await network();
    for (const tag of resources.filter(({ type }) => type === "aws:ec2/tag:Tag")) expect(tag.deletedWith, tag.name).to.equal(tag.parent);
  });

  it("names and tags what is not a subnet on the resource itself", async () => {
    const { resources } = await network();
    const tagged = resources.filter(({ type }) => /:(InternetGateway|RouteTable|Eip|NatGateway|VpcEndpoint)$/.test(type));
    expect(tagged).to.have.length(12);
    for (const { name, inputs } of tagged) expect(inputs["tags"], name).to.deep.equal({ Name: name, environment: "test" });
  });

  it("sends private subnets through the gateway of their own zone", async () => {
    const { resources } = await network();
    const routes = ofType(resources, "aws:ec2/route:Route");
    for (const zone of zones) {
      expect(routes[`net-private-${zone}`]?.inputs).to.deep.equal({
        routeTableId: `net-private-${zone}-id`,
        destinationCidrBlock: "0.0.0.0/0",
        natGatewayId: `net-nat-${zone}-id`,
      });
    }
    expect(ofType(resources, "aws:ec2/natGateway:NatGateway")["net-nat-ap-southeast-2b"]?.inputs).to.include({
      subnetId: "net-utility-ap-southeast-2b-id",
      allocationId: "net-nat-ap-southeast-2b-id",
    });
  });

  it("starts gateways only when their subnet's way to the internet stands", async () => {
    const { resources } = await network();
    for (const gateway of Object.values(ofType(resources, "aws:ec2/natGateway:NatGateway"))) {
      expect(gateway.dependencies).to.include("aws:ec2/route:Route::net-utility");
    }
  });

  it("shares the first zone's gateway when there is a single one", async () => {
    const { resources, result } = await network({ nat: "single" });
    expect(Object.keys(ofType(resources, "aws:ec2/natGateway:NatGateway"))).to.deep.equal(["net-nat-ap-southeast-2a"]);
    const routes = ofType(resources, "aws:ec2/route:Route");
    for (const zone of zones) expect(routes[`net-private-${zone}`]?.inputs["natGatewayId"]).to.equal("net-nat-ap-southeast-2a-id");
    for (const { natGatewayId } of result.zones) {
      expect(natGatewayId && (await valueOf(natGatewayId))).to.equal("net-nat-ap-southeast-2a-id");
    }
  });

  it("makes no gateway, address or way out when there is to be none", async () => {
    const { resources, result } = await network({ nat: "none" });
    expect(resources.filter(({ type }) => /:(Eip|NatGateway)$/.test(type))).to.be.empty;
    expect(Object.keys(ofType(resources, "aws:ec2/route:Route"))).to.deep.equal(["net-utility"]);
    for (const zone of result.zones) expect(zone).not.to.have.property("natGatewayId");
  });

  it("keeps S3 traffic of all subnets off the gateways", async () => {
    const { resources } = await network();
    expect(ofType(resources, "aws:ec2/vpcEndpoint:VpcEndpoint")["net-s3"]?.inputs).to.deep.include({
      vpcId: "net-id",
      serviceName: "com.amazonaws.ap-southeast-2.s3",
      vpcEndpointType: "Gateway",
      routeTableIds: ["net-utility-id", ...zones.map((zone) => `net-private-${zone}-id`)],
    });
  });

  it("only adds when a zone is added", async () => {
    const before = await network({ zones: zones.slice(0, 2) });
    const after = await network();
    const key = ({ type, name }: { type: string; name: string }) => `${type} ${name}`;
    const later = new Map(after.resources.map((resource) => [key(resource), resource.inputs]));
    for (const resource of before.resources) {
      if (resource.name === "net-s3" || resource.type === "pilot:network:Network") continue;
      expect(later.get(key(resource)), key(resource)).to.deep.equal(resource.inputs);
    }
  });

  it("says what a cluster needs to know", async () => {
    const { result } = await network();
    expect(await valueOf(result.vpcId)).to.equal("net-id");
    expect(result.vpcCidr).to.equal("10.20.0.0/16");
    const [first] = result.zones;
    expect(first).to.include({ zone: "ap-southeast-2a", privateCidr: "10.20.0.0/19", utilityCidr: "10.20.224.0/22" });
    expect(first && (await valueOf(first.privateSubnetId))).to.equal("net-private-ap-southeast-2a-id");
    expect(first && (await valueOf(first.utilitySubnetId))).to.equal("net-utility-ap-southeast-2a-id");
  });
});
