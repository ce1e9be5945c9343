import { expect } from "chai";
import {
  createNetwork,
  findNetwork,
  ExistingNetwork,
  Network,
  type CreateNetworkArgs,
} from "../../../components/network/index.ts";
import { ConfigError } from "../../../providers/kops/index.ts";
import { ofType, record, valueOf, type MockSettings } from "../mocks.ts";

const zones = ["ap-southeast-2a", "ap-southeast-2b"];
const subnets: Record<string, { zone: string; cidr: string; tags: Record<string, string> }> = {
  "subnet-pa": { zone: "ap-southeast-2a", cidr: "10.40.1.0/24", tags: { tier: "private" } },
  "subnet-pb": { zone: "ap-southeast-2b", cidr: "10.40.2.0/24", tags: { tier: "private" } },
  "subnet-ua": { zone: "ap-southeast-2a", cidr: "10.40.3.0/24", tags: { tier: "public" } },
  "subnet-ub": { zone: "ap-southeast-2b", cidr: "10.40.4.0/24", tags: { tier: "public" } },
};
const tables: Record<string, unknown> = {
  "rtb-main": {
    associations: [{ main: true, subnetId: "" }],
    routes: [{ cidrBlock: "0.0.0.0/0", gatewayId: "", natGatewayId: "nat-1" }],
  },
  "rtb-public": {
    associations: ["subnet-ua", "subnet-ub"].map((subnetId) => ({ main: false, subnetId })),
    routes: [{ cidrBlock: "0.0.0.0/0", gatewayId: "igw-1" }],
  },
};

interface Filter {
  name: string;
  values: string[];
}

const asked: { token: string; inputs: Record<string, unknown> }[] = [];

/** AWS, as far as lookups need it. */
const lookUps: MockSettings["lookUps"] = {
  "aws:ec2/getVpc:getVpc": (inputs) => {
    asked.push({ token: "getVpc", inputs });
    if (inputs["id"] !== "vpc-1" && !("tags" in inputs)) throw new Error("no matching EC2 VPC found");
    const cidrBlockAssociations = [
      ["10.42.0.0/16", "associated"],
      ["10.41.0.0/16", "associated"],
      ["10.43.0.0/16", "disassociated"],
      ["10.40.0.0/16", "associated"],
    ].map(([cidrBlock, state], index) => ({ associationId: `vpc-cidr-assoc-${index}`, cidrBlock, state }));
    return {
      id: "vpc-1",
      cidrBlock: "10.40.0.0/16",
      cidrBlockAssociations,
      enableDnsSupport: true,
      enableDnsHostnames: true,
    };
  },
  "aws:ec2/getSubnets:getSubnets": ({ tags, filters }) => {
    const [{ name, values }] = filters as [Filter];
    if (name === "subnet-id") return { ids: values.filter((id) => id in subnets) };
    expect([name, values]).to.deep.equal(["vpc-id", ["vpc-1"]]);
    return {
      ids: Object.entries(subnets)
        .filter(([, subnet]) => subnet.tags["tier"] === (tags as Record<string, string>)["tier"])
        .map(([id]) => id),
    };
  },
  "aws:ec2/getSubnet:getSubnet": ({ id }) => {
    const { zone, cidr, tags } = subnets[String(id)] ?? { zone: "", cidr: "", tags: {} };
    return {
      id,
      vpcId: "vpc-1",
      availabilityZone: zone,
      cidrBlock: cidr,
      availableIpAddressCount: 200,
      tags,
      ipv6CidrBlock: "",
    };
  },
  "aws:ec2/getRouteTables:getRouteTables": ({ vpcId }) => ({ ids: vpcId === "vpc-1" ? Object.keys(tables) : [] }),
  "aws:ec2/getRouteTable:getRouteTable": ({ routeTableId }) => tables[String(routeTableId)] as Record<string, unknown>,
};

type Existing = NonNullable<CreateNetworkArgs["existing"]>;

const byIds: Existing = {
  vpcId: "vpc-1",
  subnets: { private: { ids: ["subnet-pa", "subnet-pb"] }, utility: { ids: ["subnet-ua", "subnet-ub"] } },
  roleTags: "own",
};
const byTags: Existing = {
  tags: { Name: "shared" },
  subnets: { private: { tags: { tier: "private" } }, utility: { tags: { tier: "public" } } },
  roleTags: "own",
};

const create = (args: Partial<CreateNetworkArgs>) =>
  record(() => createNetwork("net", { region: "ap-southeast-2", zones, ...args }).catch((error: unknown) => error), {
    lookUps,
  });

async function made(args: Partial<CreateNetworkArgs>) {
  const recording = await create(args);
  if (!(recording.result instanceof Network || recording.result instanceof ExistingNetwork)) throw recording.result;
  return { ...recording, result: recording.result };
}

async function refused(args: Partial<CreateNetworkArgs>): Promise<string> {
  const { result, resources } = await create(args);
  expect(result).to.be.instanceOf(ConfigError);
  expect(resources.map(({ type }) => type).filter((type) => type !== "pulumi:pulumi:Stack")).to.be.empty;
  return String(result);
}

describe("createNetwork", () => {
  it("creates a network without a lookup if none exists", async () => {
    const { result, calls } = await made({});
    expect(result).to.be.instanceOf(Network);
    expect(result.vpcCidr).to.equal("10.20.0.0/16");
    expect(calls).to.be.empty;
  });

  for (const [how, existing] of [
    ["id", byIds],
    ["tag", byTags],
  ] as const) {
    it(`finds an existing network by ${how}, and creates only its role tags`, async () => {
      const { result, resources } = await made({ existing });
      expect(result).to.be.instanceOf(ExistingNetwork);
      expect(await valueOf(result.vpcId)).to.equal("vpc-1");
      expect(result.secondaryCidrs).to.deep.equal(["10.41.0.0/16", "10.42.0.0/16"]);
      expect(result.zones.map(({ zone, privateCidr, utilityCidr }) => [zone, privateCidr, utilityCidr])).to.deep.equal([
        ["ap-southeast-2a", "10.40.1.0/24", "10.40.3.0/24"],
        ["ap-southeast-2b", "10.40.2.0/24", "10.40.4.0/24"],
      ]);
      const aws = resources.filter(({ type }) => type.startsWith("aws:"));
      expect(
        aws.map(({ type, name, parent, inputs }) => [
          type,
          name,
          parent,
          inputs["resourceId"],
          inputs["key"],
          inputs["value"],
        ]),
      ).to.have.deep.members(
        (
          [
            ["private-ap-southeast-2a", "subnet-pa", "internal-elb"],
            ["private-ap-southeast-2b", "subnet-pb", "internal-elb"],
            ["utility-ap-southeast-2a", "subnet-ua", "elb"],
            ["utility-ap-southeast-2b", "subnet-ub", "elb"],
          ] as const
        ).map(([name, id, role]) => [
          "aws:ec2/tag:Tag",
          `net-${name}/kubernetes.io/role/${role}`,
          "pilot:network:ExistingNetwork::net",
          id,
          `kubernetes.io/role/${role}`,
          "1",
        ]),
      );
    });
  }

  it("creates nothing in an existing network that has foreign role tags", async () => {
    const { resources } = await made({ existing: { ...byTags, roleTags: "ignore" } });
    expect(resources.filter(({ type }) => type.startsWith("aws:"))).to.be.empty;
  });

  it("looks up the VPC by exactly the given criteria", async () => {
    asked.length = 0;
    await made({ existing: byTags });
    expect(asked).to.deep.equal([{ token: "getVpc", inputs: { tags: { Name: "shared" } } }]);
  });

  it("reports AWS's answer if the VPC does not exist", async () => {
    expect(await refused({ existing: { ...byTags, tags: undefined, vpcId: "vpc-9" } })).to.match(
      /pilot:network: existing\.vpcId: the VPC cannot be looked up: .*no matching EC2 VPC found/,
    );
  });

  it("refuses an existing network with every problem, before it creates anything", async () => {
    const message = await refused({
      existing: {
        ...byTags,
        subnets: { private: { ids: ["subnet-pa", "subnet-nil"] }, utility: { tags: { tier: "private" } } },
        freeAddresses: 500,
      },
    });
    expect(message)
      .to.match(/existing\.subnets\.private\.ids\[1\]: there is no subnet subnet-nil/)
      .and.match(/existing\.subnets\.private: there is no private subnet in ap-southeast-2b/)
      .and.match(/subnet-pa .* has 200 free addresses: a cluster needs 500/)
      .and.match(/subnet-pb has a default route to nat-1: a utility subnet needs one to an internet gateway/)
      .and.match(/subnet-pa is selected as both private and utility subnet/);
  });

  it("finds out whether another account shares an existing network", async () => {
    const shared = {
      ...lookUps,
      "aws:ec2/getVpc:getVpc": (inputs: Record<string, unknown>) => ({
        ...lookUps["aws:ec2/getVpc:getVpc"]?.(inputs),
        ownerId: "999999999999",
      }),
    };
    const found = (accountId: string) =>
      record(() => findNetwork("net", { region: "ap-southeast-2", zones, accountId, existing: byIds }), {
        lookUps: shared,
      });
    expect((await found("123456789012")).result).to.include({ sharedBy: "999999999999" });
    expect((await found("999999999999")).result).to.not.have.property("sharedBy");
  });

  it("has the IPv6 ranges of an existing network if it is for IPv6 clusters, and names the routes that it lacks", async () => {
    const route = { gatewayId: "", natGatewayId: "", egressOnlyGatewayId: "" };
    const of = (main: object[]) => ({
      ...lookUps,
      "aws:ec2/getSubnet:getSubnet": ({ id }: Record<string, unknown>) => ({
        ...lookUps["aws:ec2/getSubnet:getSubnet"]?.({ id }),
        ipv6CidrBlock: `2001:db8:0:${Object.keys(subnets).indexOf(String(id)) + 1}::/64`,
      }),
      "aws:ec2/getRouteTable:getRouteTable": ({ routeTableId }: Record<string, unknown>) => {
        const table = tables[String(routeTableId)] as { associations: unknown; routes: object[] };
        return routeTableId === "rtb-main" ? { ...table, routes: [...table.routes, ...main] } : table;
      },
    });
    const make = (main: object[]) =>
      record(
        () =>
          createNetwork("net", { region: "ap-southeast-2", zones, existing: byIds, ipv6: "clusters" }).catch(
            (error: unknown) => error,
          ),
        { lookUps: of(main) },
      );
    const [out, nat64] = [
      { ...route, ipv6CidrBlock: "::/0", egressOnlyGatewayId: "eigw-1" },
      { ...route, ipv6CidrBlock: "64:ff9b::/96", natGatewayId: "nat-1" },
    ];
    const { result } = await make([out, nat64]);
    if (!(result instanceof ExistingNetwork)) throw result;
    expect(result.ipv6Clusters).to.equal(true);
    const [first] = result.zones;
    expect(first?.privateIpv6Cidr && (await valueOf(first.privateIpv6Cidr))).to.equal("2001:db8:0:1::/64");
    expect(first?.utilityIpv6Cidr && (await valueOf(first.utilityIpv6Cidr))).to.equal("2001:db8:0:3::/64");
    expect(String((await make([out])).result)).to.contain("subnet-pa has no route to 64:ff9b::/96");
  });

  it("refuses requests that would need new resources in an existing network", async () => {
    const message = await refused({
      existing: byTags,
      cidr: "10.20.0.0/16",
      nat: "single",
      ipv6: true,
      endpoints: {},
      peerings: {},
    });
    for (const key of ["cidr", "nat", "ipv6", "endpoints", "peerings"])
      expect(message).to.include(`pilot:network: ${key}: cannot be given together with existing`);
  });

  it("refuses a cluster that would add a subnet's 51st tag, before it creates the tag", async () => {
    const clusters = Array.from({ length: 48 }, (_, index) => `k${index}.sbx.pilot.internal`);
    // Name and a role are already there.
    await made({ clusters });
    expect(await refused({ clusters: [...clusters, "one-more.sbx.pilot.internal"] })).to.match(
      /each subnet would have 51 tags, 49 of them for clusters: AWS allows 50/,
    );
    expect(await refused({ clusters, tags: { cost: "platform" } })).to.match(/51 tags, 48 of them/);
    expect(await refused({ clusters, topology: "public" })).to.match(/51 tags, 48 of them/);
  });

  it("keeps cluster tags on an existing network within the limit, too", async () => {
    const clusters = Array.from({ length: 49 }, (_, index) => `k${index}.sbx.pilot.internal`);
    expect(await refused({ existing: byTags, clusters })).to.match(
      /subnet-pa would have 51 tags, 49 of them for clusters/,
    );
  });
});

describe("an existing network", () => {
  it("only gains tags when a zone is added", async () => {
    const [before, after] = [
      await made({ existing: byTags, zones: zones.slice(0, 1) }),
      await made({ existing: byTags }),
    ];
    const later = ofType(after.resources, "aws:ec2/tag:Tag");
    for (const [name, tag] of Object.entries(ofType(before.resources, "aws:ec2/tag:Tag")))
      expect(later[name]?.inputs, name).to.deep.equal(tag.inputs);
    expect(Object.keys(later)).to.have.length(4);
  });
});
