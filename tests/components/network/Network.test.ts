import { expect } from "chai";
import { createNetwork, Network } from "../../../components/network/index.ts";
import type { NetworkArgs } from "../../../components/network/Network.ts";
import { ConfigError } from "../../../providers/kops/index.ts";
import { rejection } from "../../local/rejection.ts";
import { ofType, record, valueOf } from "../mocks.ts";
import { network, tablesOf, zones } from "./networks.ts";

describe("Network", () => {
  it("creates exactly these resources for three zones with a gateway each", async () => {
    const { resources } = await network();
    const made = resources
      .filter(({ type }) => type !== "aws:ec2/tag:Tag")
      .map(({ type, name }) => `${type.split(":").at(-1) ?? ""} ${name}`);
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
      "VpcEndpointRouteTableAssociation net-s3-utility",
      ...zones.map((zone) => `VpcEndpointRouteTableAssociation net-s3-private-${zone}`),
      ...perZone,
    ]);
  });

  it("parents everything except tags to itself, so that dependents wait for routes and gateways", async () => {
    const { resources } = await network();
    for (const { type, name, parent } of resources) {
      if (type === "pilot:network:Network") continue;
      if (type === "aws:ec2/tag:Tag") expect(parent, name).to.match(/^aws:ec2\/(vpc:Vpc|subnet:Subnet)::/);
      else expect(parent, name).to.equal("pilot:network:Network::net");
    }
  });

  it("gives every VPC and subnet tag one owner, and keeps foreign tags", async () => {
    const { resources } = await network();
    for (const resource of resources.filter(({ type }) => /:(Vpc|Subnet)$/.test(type))) {
      // Policies of an organisation may demand tags at creation; afterwards each has its own resource.
      expect(resource.inputs["tags"], resource.name).to.include({ Name: resource.name, environment: "test" });
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

  it("keeps a default tag of the AWS plugin by a tag of its own, which later changes reach", async () => {
    const { resources } = await network({ zones: zones.slice(0, 1), defaultTags: { owner: "one", environment: "no" } });
    for (const resource of resources.filter(({ type }) => /:(Vpc|Subnet)$/.test(type))) {
      // At creation the plugin adds it by itself.
      expect(resource.inputs["tags"], resource.name).not.to.have.property("owner");
      const single = ofType(resources, "aws:ec2/tag:Tag")[`${resource.name}/owner`];
      expect(single?.inputs).to.deep.include({ resourceId: `${resource.name}-id`, value: "one" });
      expect(ofType(resources, "aws:ec2/tag:Tag")[`${resource.name}/environment`]?.inputs["value"]).to.equal("test");
    }
  });

  it("deletes a tag together with its subnet, without removing it first", async () => {
    const { resources } = await network();
    for (const tag of resources.filter(({ type }) => type === "aws:ec2/tag:Tag"))
      expect(tag.deletedWith, tag.name).to.equal(tag.parent);
  });

  it("names and tags other resources on the resource itself", async () => {
    const { resources } = await network();
    const tagged = resources.filter(({ type }) =>
      /:(InternetGateway|RouteTable|Eip|NatGateway|VpcEndpoint)$/.test(type),
    );
    expect(tagged).to.have.length(12);
    for (const { name, inputs } of tagged)
      expect(inputs["tags"], name).to.deep.equal({ Name: name, environment: "test" });
  });

  it("routes private subnets through their own zone's gateway", async () => {
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

  it("starts gateways only after their subnet has its route to the internet", async () => {
    const { resources } = await network();
    for (const gateway of Object.values(ofType(resources, "aws:ec2/natGateway:NatGateway"))) {
      expect(gateway.dependencies).to.include("aws:ec2/route:Route::net-utility");
    }
  });

  it("shares the first zone's gateway if there is only one", async () => {
    const { resources, result } = await network({ nat: "single" });
    expect(Object.keys(ofType(resources, "aws:ec2/natGateway:NatGateway"))).to.deep.equal(["net-nat-ap-southeast-2a"]);
    const routes = ofType(resources, "aws:ec2/route:Route");
    for (const zone of zones)
      expect(routes[`net-private-${zone}`]?.inputs["natGatewayId"]).to.equal("net-nat-ap-southeast-2a-id");
    for (const { natGatewayId } of result.zones) {
      expect(natGatewayId && (await valueOf(natGatewayId))).to.equal("net-nat-ap-southeast-2a-id");
    }
  });

  it("creates no gateway, address or outbound route without NAT", async () => {
    const { resources, result } = await network({ nat: "none" });
    expect(resources.filter(({ type }) => /:(Eip|NatGateway)$/.test(type))).to.be.empty;
    expect(Object.keys(ofType(resources, "aws:ec2/route:Route"))).to.deep.equal(["net-utility"]);
    for (const zone of result.zones) expect(zone).not.to.have.property("natGatewayId");
  });

  it("keeps all S3 traffic off the gateways", async () => {
    const { resources } = await network();
    expect(ofType(resources, "aws:ec2/vpcEndpoint:VpcEndpoint")["net-s3"]?.inputs).to.deep.include({
      vpcId: "net-id",
      serviceName: "com.amazonaws.ap-southeast-2.s3",
      vpcEndpointType: "Gateway",
    });
    expect(tablesOf(resources, "net-s3")).to.have.members([
      "net-utility-id",
      ...zones.map((zone) => `net-private-${zone}-id`),
    ]);
  });

  for (const nat of ["per-zone", "single", "none"] as const) {
    it(`changes no existing resource when a zone is added, with nat: ${nat}`, async () => {
      const before = await network({ nat, zones: zones.slice(0, 2), endpoints: { dynamodb: true } });
      const after = await network({ nat, endpoints: { dynamodb: true } });
      const later = new Map(after.resources.map((resource) => [`${resource.type} ${resource.name}`, resource.inputs]));
      for (const { type, name, inputs } of before.resources)
        expect(later.get(`${type} ${name}`), `${type} ${name}`).to.deep.equal(inputs);
      expect(after.resources.length).to.be.greaterThan(before.resources.length);
    });
  }

  for (const chosen of [zones.slice(0, 1), ["a", "b", "c", "d", "e", "f"].map((letter) => `us-east-1${letter}`)]) {
    it(`accepts ${chosen.length === 1 ? "a single zone" : "all zones of the largest region"}`, async () => {
      const { resources } = await network({ zones: chosen });
      expect(Object.keys(ofType(resources, "aws:ec2/subnet:Subnet"))).to.have.length(2 * chosen.length);
      expect(Object.keys(ofType(resources, "aws:ec2/natGateway:NatGateway"))).to.have.length(chosen.length);
    });
  }

  describe("with the public topology", () => {
    it("creates only utility subnets, with no gateway to pay for", async () => {
      const { resources, result } = await network({ topology: "public" });
      const made = resources
        .filter(({ type }) => type !== "aws:ec2/tag:Tag")
        .map(({ type, name }) => `${type.split(":").at(-1) ?? ""} ${name}`);
      expect(made).to.have.members([
        "Network net",
        "Vpc net",
        "InternetGateway net",
        "RouteTable net-utility",
        "Route net-utility",
        "VpcEndpoint net-s3",
        "VpcEndpointRouteTableAssociation net-s3-utility",
        ...zones.flatMap((zone) => [`Subnet net-utility-${zone}`, `RouteTableAssociation net-utility-${zone}`]),
      ]);
      for (const zone of result.zones) expect(zone).to.have.all.keys("zone", "utilitySubnetId", "utilityCidr");
    });

    it("allows load balancers of both kinds in the utility subnets, as kOps does", async () => {
      const { resources } = await network({ topology: "public", zones: zones.slice(0, 1) });
      const roles = Object.values(ofType(resources, "aws:ec2/tag:Tag"))
        .map(({ inputs }) => inputs["key"])
        .filter((key) => String(key).startsWith("kubernetes.io/"));
      expect(roles).to.have.members(["kubernetes.io/role/elb", "kubernetes.io/role/internal-elb"]);
    });

    it("can become private without moving a subnet", async () => {
      const [before, after] = [await network({ topology: "public" }), await network()];
      // The engine ignores these in a resource that exists.
      const kept = ({ inputs, ignoreChanges }: (typeof before.resources)[number]) =>
        Object.fromEntries(Object.entries(inputs).filter(([key]) => !ignoreChanges.includes(key)));
      const later = new Map(after.resources.map((resource) => [`${resource.type} ${resource.name}`, kept(resource)]));
      for (const resource of before.resources) {
        const { type, name } = resource;
        if (/:(Subnet|Vpc|Route|RouteTable|RouteTableAssociation|InternetGateway)$/.test(type))
          expect(later.get(`${type} ${name}`), name).to.deep.equal(kept(resource));
      }
    });

    it("refuses NAT gateways, which no subnet would use", () => {
      expect(() => new Network("net", { region: "ap-southeast-2", zones, topology: "public", nat: "single" })).to.throw(
        ConfigError,
        /nat: single is for private subnets/,
      );
    });
  });

  describe("DHCP options", () => {
    const options = "aws:ec2/vpcDhcpOptions:VpcDhcpOptions";
    const association = "aws:ec2/vpcDhcpOptionsAssociation:VpcDhcpOptionsAssociation";

    it("are AWS's own by default", async () => {
      const { resources } = await network();
      expect(resources.filter(({ type }) => /Dhcp/.test(type))).to.be.empty;
    });

    it("are the requested ones, with AWS's values for the rest, so that hosts lack nothing", async () => {
      const { resources } = await network({ dhcpOptions: { ntpServers: ["10.20.0.9"] } });
      expect(ofType(resources, options)["net-dhcp"]?.inputs).to.deep.equal({
        domainName: "ap-southeast-2.compute.internal",
        domainNameServers: ["AmazonProvidedDNS"],
        ntpServers: ["10.20.0.9"],
        tags: { Name: "net-dhcp", environment: "test" },
      });
      expect(ofType(resources, association)["net-dhcp"]?.inputs).to.deep.equal({
        vpcId: "net-id",
        dhcpOptionsId: "net-dhcp-id",
      });
    });

    it("change by creating a new set first, then replacing the VPC's association", async () => {
      const { resources } = await network({
        dhcpOptions: { domainName: "corp.example.com", domainNameServers: ["10.20.0.2", "10.20.0.3"] },
      });
      expect(ofType(resources, options)["net-dhcp"]).to.deep.include({ deleteBeforeReplace: false });
      expect(ofType(resources, association)["net-dhcp"]).to.deep.include({
        deleteBeforeReplace: true,
        replaceOnChanges: ["dhcpOptionsId"],
      });
    });
  });

  describe("with NAT addresses of one's own", () => {
    const addresses = ["eipalloc-0a", "eipalloc-0b", "eipalloc-0c"];
    const lookUps = {
      "aws:ec2/getElasticIp:getElasticIp": ({ id }: Record<string, unknown>) => ({
        publicIp: `ip of ${String(id)}`,
        instanceId: id === "eipalloc-0f" ? "i-1" : "",
      }),
    };
    const withAddresses = (nat: NetworkArgs["nat"]) =>
      record(() => new Network("net", { region: "ap-southeast-2", zones, nat }), { lookUps });

    it("gives each zone's gateway its address, makes none, and outputs them", async () => {
      const { resources, result } = await withAddresses({ addresses });
      expect(ofType(resources, "aws:ec2/eip:Eip")).to.deep.equal({});
      const gateways = Object.values(ofType(resources, "aws:ec2/natGateway:NatGateway"));
      expect(gateways.map(({ inputs }) => inputs["allocationId"])).to.deep.equal(addresses);
      expect(result.natAddresses && (await valueOf(result.natAddresses))).to.deep.equal(
        addresses.map((id) => `ip of ${id}`),
      );
    });

    it("makes a single gateway for one address", async () => {
      const { resources } = await withAddresses({ addresses: ["eipalloc-0b"] });
      const gateways = ofType(resources, "aws:ec2/natGateway:NatGateway");
      expect(Object.keys(gateways)).to.deep.equal(["net-nat-ap-southeast-2a"]);
    });

    it("is refused, before anything is made, with addresses too many, twice or in use", async () => {
      expect(() => new Network("net", { region: "ap-southeast-2", zones, nat: { addresses: ["a", "a"] } })).to.throw(
        ConfigError,
        /nat\.addresses\[1\]: a is listed twice[^]*must be one for each of the 3 zones, or one for all, not 2/,
      );
      const { result, resources } = await record(
        () => rejection(createNetwork("net", { region: "ap-southeast-2", zones, nat: { addresses: ["eipalloc-0f"] } })),
        { lookUps },
      );
      expect(result.message).to.contain("eipalloc-0f is the address of the instance i-1");
      expect(resources).to.deep.equal([]);
    });
  });

  it("routes every subnet's peer traffic through its connection, also in a new zone", async () => {
    const { resources } = await network({ peerings: { shared: { vpcId: "vpc-1", cidrs: ["10.30.0.0/16"] } } });
    const routes = Object.values(ofType(resources, "aws:ec2/route:Route")).filter(
      ({ inputs }) => "vpcPeeringConnectionId" in inputs,
    );
    expect(routes.map(({ inputs }) => inputs["routeTableId"])).to.have.members([
      "net-utility-id",
      ...zones.map((zone) => `net-private-${zone}-id`),
    ]);
    expect(ofType(resources, "pilot:network:VpcPeering")["net-peer-shared"]?.parent).to.equal(
      "pilot:network:Network::net",
    );
  });

  it("is refused with every problem, before anything is created", async () => {
    const { resources, result } = await record(() => {
      try {
        return new Network("net", {
          region: "ap-southeast-2",
          cidr: "8.0.0.0/16",
          zones,
          endpoints: { interfaces: ["s3"] },
          flowLogs: { to: "cloudwatch", retentionDays: 31 },
          dhcpOptions: { domainNameServers: ["dns.example.com"] },
          peerings: { shared: { vpcId: "vpc-1", cidrs: ["8.0.0.0/20"] } },
        });
      } catch (error) {
        return error;
      }
    });
    expect(result).to.be.instanceOf(ConfigError);
    expect(String(result))
      .to.match(/5 problems; nothing was changed/)
      .and.match(/cidr: 8\.0\.0\.0\/16 is not private/)
      .and.match(/endpoints\.interfaces\[0\]: s3 needs no/)
      .and.match(/flowLogs\.retentionDays: CloudWatch Logs does not allow 31 days/)
      .and.match(/dhcpOptions\.domainNameServers\[0\]: "dns\.example\.com" is not an IP address/)
      .and.match(/peerings\.shared\.cidrs\[0\]: 8\.0\.0\.0\/20 overlaps with this network/);
    expect(resources.filter(({ type }) => type.startsWith("aws:"))).to.be.empty;
  });

  it("only adds when a zone is added", async () => {
    const more = {
      endpoints: { interfaces: ["sts"] },
      flowLogs: { to: "cloudwatch" as const },
      peerings: { shared: { vpcId: "vpc-1", cidrs: ["10.30.0.0/16"] } },
    };
    const before = await network({ ...more, zones: zones.slice(0, 2) });
    const after = await network(more);
    const key = ({ type, name }: { type: string; name: string }) => `${type} ${name}`;
    const later = new Map(after.resources.map((resource) => [key(resource), resource.inputs]));
    for (const resource of before.resources) {
      // Endpoints gain the new subnet or table in place.
      if (resource.type.endsWith(":VpcEndpoint") || resource.type === "pilot:network:Network") continue;
      expect(later.get(key(resource)), key(resource)).to.deep.equal(resource.inputs);
    }
  });

  it("outputs what a cluster needs to know", async () => {
    const { result } = await network();
    expect(await valueOf(result.vpcId)).to.equal("net-id");
    expect(result.vpcCidr).to.equal("10.20.0.0/16");
    const [first] = result.zones;
    expect(first).to.include({ zone: "ap-southeast-2a", privateCidr: "10.20.0.0/19", utilityCidr: "10.20.224.0/22" });
    expect(first?.privateSubnetId && (await valueOf(first.privateSubnetId))).to.equal("net-private-ap-southeast-2a-id");
    expect(first && (await valueOf(first.utilitySubnetId))).to.equal("net-utility-ap-southeast-2a-id");
  });
});
