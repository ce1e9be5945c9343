import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { Dns, type DnsArgs } from "../../../components/dns/index.ts";
import { ofType, record, valueOf } from "../mocks.ts";

const dns = (args: DnsArgs) => record(() => new Dns("env", args, { vpcId: pulumi.output("vpc-1") }));
const zones = "aws:route53/zone:Zone";

describe("Dns", () => {
  it("makes a private zone that only the VPC sees", async () => {
    const { resources, result } = await dns({ type: "private", name: "sbx.pilot.internal", tags: { environment: "sbx" } });
    expect(resources).to.have.length(2);
    const zone = ofType(resources, zones)["env"];
    expect(zone?.parent).to.equal("pilot:dns:Dns::env");
    expect(zone?.inputs).to.deep.include({
      name: "sbx.pilot.internal",
      vpcs: [{ vpcId: "vpc-1" }],
      tags: { environment: "sbx", Name: "sbx.pilot.internal" },
    });
    expect(result.topology).to.equal("Private");
    expect(result.zoneId && (await valueOf(result.zoneId))).to.equal("ZENV");
    expect(result.nameServers).to.be.undefined;
  });

  it("makes a public zone, in no VPC, and says its name servers", async () => {
    const { resources, result } = await dns({ type: "public", name: "sbx.example.com" });
    expect(ofType(resources, zones)["env"]?.inputs).not.to.have.property("vpcs");
    expect(result.topology).to.equal("Public");
    expect(result.nameServers && (await valueOf(result.nameServers))).to.deep.equal(["ns-1.awsdns.test"]);
  });

  it("makes nothing for an existing zone", async () => {
    const { resources, result } = await dns({ type: "existing", name: "example.com", id: "Z1", visibility: "public" });
    expect(ofType(resources, zones)).to.be.empty;
    expect(result.topology).to.equal("Public");
    expect(result.zoneId && (await valueOf(result.zoneId))).to.equal("Z1");
  });

  it("makes nothing when there is to be no DNS, and still names clusters", async () => {
    const { resources, result } = await dns({ type: "none", name: "sbx.pilot.internal" });
    expect(ofType(resources, zones)).to.be.empty;
    expect(result).to.include({ topology: "None", zoneName: "sbx.pilot.internal", zoneId: undefined });
  });
});
