import { expect } from "chai";
import { createDns, dnsRequest, findZone, type CreateDnsArgs } from "../../../components/dns/index.ts";
import { ofType, record, valueOf, type MockSettings } from "../mocks.ts";

const types = {
  zone: "aws:route53/zone:Zone",
  record: "aws:route53/record:Record",
  association: "aws:route53/zoneAssociation:ZoneAssociation",
  provider: "pulumi:providers:aws",
};

const create = (request: unknown, more: Partial<CreateDnsArgs> = {}, settings: MockSettings = {}) =>
  record(async () => {
    const parsed = dnsRequest.parse(request);
    const zone = await findZone("env", parsed);
    return createDns(
      "env",
      { request: parsed, zone, region: "ap-southeast-2", network: { vpcId: "vpc-1" }, ...more },
      {},
    );
  }, settings);

const off = { delegation: { check: false } };
const parent = "arn:aws:iam::111122223333:role/dns";

/** A lookup that finds one zone, and only with the VPCs that see it. */
const zoneFound = (zone: { name?: string; privateZone?: boolean; vpcIds?: string[] } = {}): MockSettings => ({
  lookUps: {
    "aws:route53/getZone:getZone": ({ vpcId }) => {
      if (vpcId !== undefined && !(zone.vpcIds ?? []).some((id) => id === vpcId))
        throw new Error("no matching Route 53 Hosted Zone found");
      return {
        zoneId: "Z0FOUND",
        name: zone.name ?? "example.com",
        privateZone: zone.privateZone ?? false,
        nameServers: ["ns-9.awsdns.test"],
      };
    },
  },
});

async function refusal(made: Promise<unknown>): Promise<string> {
  try {
    await made;
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("it was not refused");
}

describe("Dns", () => {
  it("creates a private zone that only the VPC sees, and keeps associations that others create", async () => {
    const { resources, result } = await create(
      { type: "private", name: "sbx.pilot.internal" },
      { tags: { environment: "sbx" } },
    );
    expect(resources).to.have.length(2);
    const zone = ofType(resources, types.zone)["env"];
    expect(zone?.parent).to.equal("pilot:dns:Dns::env");
    expect(zone?.inputs).to.deep.include({
      name: "sbx.pilot.internal",
      vpcs: [{ vpcId: "vpc-1" }],
      tags: { environment: "sbx", Name: "sbx.pilot.internal" },
    });
    expect(zone?.ignoreChanges).to.deep.equal(["vpcs"]);
    expect(result.topology).to.equal("Private");
    expect(result.zoneId && (await valueOf(result.zoneId))).to.equal("ZENV");
    expect(result.nameServers).to.be.undefined;
  });

  it("makes no private zone for a VPC that another account shares", async () => {
    const network = { vpcId: "vpc-1", existingVpcId: "vpc-1", sharedBy: "999999999999" };
    const request = { type: "private", name: "sbx.pilot.internal" };
    expect(await refusal(create(request, { network }))).to.match(
      /pilot:dns: type: cannot be private: the VPC vpc-1 is shared by the account 999999999999/,
    );
    const zone = zoneFound({ privateZone: true, vpcIds: ["vpc-1"] });
    const existing = { type: "existing", name: "example.com", visibility: "private" };
    expect((await create(existing, { network }, zone)).result.topology).to.equal("Private");
  });

  it("associates other VPCs with a private zone, each with its own association", async () => {
    const { resources } = await create({
      type: "private",
      name: "sbx.pilot.internal",
      vpcs: [{ vpcId: "vpc-2" }, { vpcId: "vpc-3", region: "eu-west-1" }],
    });
    const associations = ofType(resources, types.association);
    expect(Object.values(associations).map(({ inputs, parent: above }) => ({ ...inputs, above }))).to.deep.equal([
      { zoneId: "ZENV", vpcId: "vpc-2", vpcRegion: "ap-southeast-2", above: "pilot:dns:Dns::env" },
      { zoneId: "ZENV", vpcId: "vpc-3", vpcRegion: "eu-west-1", above: "pilot:dns:Dns::env" },
    ]);
    expect(Object.keys(associations)).to.deep.equal(["env-vpc-2", "env-vpc-3"]);
  });

  it("creates a public zone outside any VPC, and outputs its name servers", async () => {
    const { resources, result } = await create({ type: "public", name: "sbx.example.com", ...off });
    expect(resources).to.have.length(2);
    expect(ofType(resources, types.zone)["env"]?.inputs).not.to.have.property("vpcs");
    expect(result.topology).to.equal("Public");
    expect(result.nameServers && (await valueOf(result.nameServers))).to.deep.equal(["ns-1.awsdns.test"]);
  });

  it("delegates a public zone from its parent, even in another account", async () => {
    const { resources } = await create({
      type: "public",
      name: "sbx.example.com",
      parent: { zone: "Z0PARENT", role: parent },
      ...off,
    });
    expect(resources).to.have.length(4);
    expect(ofType(resources, types.provider)["env-parent"]?.inputs).to.deep.include({
      region: "ap-southeast-2",
      assumeRoles: JSON.stringify([{ roleArn: parent, sessionName: "pilot-dns" }]),
    });
    const delegation = ofType(resources, types.record)["env-delegation"];
    expect(delegation?.provider).to.equal("env-parent");
    expect(delegation?.inputs).to.deep.equal({
      zoneId: "Z0PARENT",
      name: "sbx.example.com",
      type: "NS",
      ttl: 300,
      records: ["ns-1.awsdns.test"],
    });
  });

  it("finds the parent zone by name, in this account if no role is given", async () => {
    const { resources, calls } = await create(
      { type: "public", name: "sbx.example.com", parent: { zone: "example.com" }, ...off },
      {},
      zoneFound(),
    );
    expect(calls).to.deep.equal(["aws:route53/getZone:getZone"]);
    expect(ofType(resources, types.record)["env-delegation"]).to.deep.include({ provider: "" });
    expect(ofType(resources, types.record)["env-delegation"]?.inputs["zoneId"]).to.equal("Z0FOUND");
  });

  it("creates records of each kind beside kOps's records", async () => {
    const records = {
      "@": { alias: { name: "lb.amazonaws.com", zoneId: "Z0LB" } },
      kube: { api: "k1", ttl: 60 },
      jump: { bastion: "k1" },
      "*.apps": { cname: "ingress.example.net" },
      static: { a: ["192.0.2.1"] },
      six: { aaaa: ["2001:db8::1"] },
      _acme: { txt: ["word"] },
    };
    const { resources } = await create(
      { type: "public", name: "sbx.example.com", records, ...off },
      { clusters: ["k1.sbx.example.com"] },
    );
    const found = Object.fromEntries(
      Object.entries(ofType(resources, types.record)).map(([name, { inputs }]) => [name, inputs]),
    );
    expect(found).to.deep.equal({
      "env-@": {
        zoneId: "ZENV",
        name: "sbx.example.com",
        type: "A",
        aliases: [{ name: "lb.amazonaws.com", zoneId: "Z0LB", evaluateTargetHealth: false }],
      },
      "env-kube": {
        zoneId: "ZENV",
        name: "kube.sbx.example.com",
        type: "CNAME",
        ttl: 60,
        records: ["api.k1.sbx.example.com"],
      },
      "env-jump": {
        zoneId: "ZENV",
        name: "jump.sbx.example.com",
        type: "CNAME",
        ttl: 300,
        records: ["bastion.k1.sbx.example.com"],
      },
      "env-*.apps": {
        zoneId: "ZENV",
        name: "*.apps.sbx.example.com",
        type: "CNAME",
        ttl: 300,
        records: ["ingress.example.net"],
      },
      "env-static": { zoneId: "ZENV", name: "static.sbx.example.com", type: "A", ttl: 300, records: ["192.0.2.1"] },
      "env-six": { zoneId: "ZENV", name: "six.sbx.example.com", type: "AAAA", ttl: 300, records: ["2001:db8::1"] },
      "env-_acme": { zoneId: "ZENV", name: "_acme.sbx.example.com", type: "TXT", ttl: 300, records: ["word"] },
    });
  });

  it("uses an existing public zone by name, and creates nothing", async () => {
    const { resources, result } = await create(
      { type: "existing", name: "example.com", visibility: "public", ...off },
      {},
      zoneFound(),
    );
    expect(resources).to.have.length(1);
    expect(result.topology).to.equal("Public");
    expect(result.zoneId && (await valueOf(result.zoneId))).to.equal("Z0FOUND");
  });

  it("associates an existing private zone with a new VPC, and with an existing VPC only on request", async () => {
    const request = { type: "existing", name: "example.com", id: "Z0FOUND", visibility: "private" };
    const made = await create(request, {}, zoneFound({ privateZone: true }));
    expect(ofType(made.resources, types.association)["env-vpc"]?.inputs).to.deep.equal({
      zoneId: "Z0FOUND",
      vpcId: "vpc-1",
      vpcRegion: "ap-southeast-2",
    });
    const network = { vpcId: "vpc-9", existingVpcId: "vpc-9" };
    const given = await create(request, { network }, zoneFound({ privateZone: true, vpcIds: ["vpc-9"] }));
    expect(ofType(given.resources, types.association)).to.deep.equal({});
    const told = await create({ ...request, associate: true }, { network }, zoneFound({ privateZone: true }));
    expect(Object.keys(ofType(told.resources, types.association))).to.deep.equal(["env-vpc"]);
  });

  it("refuses an existing zone of the wrong kind, or one that the existing VPC does not see", async () => {
    const other = await refusal(
      create(
        { type: "existing", name: "example.com", id: "Z0FOUND", visibility: "private" },
        {},
        zoneFound({ name: "example.org" }),
      ),
    );
    expect(other)
      .to.contain("name: the zone Z0FOUND is called example.org, not example.com")
      .and.to.contain("visibility: the zone Z0FOUND is public, not private");
    const unseen = await refusal(
      create(
        { type: "existing", name: "example.com", visibility: "private" },
        { network: { vpcId: "vpc-9", existingVpcId: "vpc-9" } },
        zoneFound({ privateZone: true, vpcIds: ["vpc-8"] }),
      ),
    );
    expect(unseen).to.contain("associate: the VPC vpc-9 cannot resolve the private zone Z0FOUND");
    const lost = {
      "aws:route53/getZone:getZone": () => {
        throw new Error("no matching Route 53 Hosted Zone found");
      },
    };
    expect(
      await refusal(create({ type: "existing", name: "example.com", visibility: "public" }, {}, { lookUps: lost })),
    ).to.contain("pilot:dns: name: the hosted zone cannot be looked up");
  });

  it("creates nothing without DNS, and still names clusters", async () => {
    const { resources, result } = await create({ type: "none", name: "sbx.pilot.internal" });
    expect(resources).to.have.length(1);
    expect(result).to.include({ topology: "None", zoneName: "sbx.pilot.internal", zoneId: undefined });
  });
});
