import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { Network } from "../../../components/network/index.ts";
import { rejection } from "../../local/rejection.ts";
import { ofType, record, valueOf } from "../mocks.ts";
import { network, zones } from "./networks.ts";

describe("Network", () => {
  describe("IPv6", () => {
    const ipv6Routes = (resources: Parameters<typeof ofType>[0]): unknown[] =>
      Object.entries(ofType(resources, "aws:ec2/route:Route")).flatMap(([name, { inputs }]) =>
        "destinationIpv6CidrBlock" in inputs
          ? [[name, inputs["destinationIpv6CidrBlock"], inputs["gatewayId"] ?? inputs["egressOnlyGatewayId"]]]
          : [],
      );

    it("is off by default", async () => {
      const { resources, result } = await network({ endpoints: { interfaces: ["sts"] } });
      expect(JSON.stringify(resources)).to.not.match(/ipv6/i);
      expect(result.ipv6Cidr).to.equal(undefined);
    });

    it("adds ranges to VPC and subnets, and outbound routes with any nat, without other changes", async () => {
      const more = { nat: "none" as const, endpoints: { interfaces: ["sts"] } };
      const key = ({ type, name }: { type: string; name: string }) => `${type} ${name}`;
      const [before, after] = [await network(more), await network({ ...more, ipv6: true })];
      const earlier = new Map(before.resources.map((resource) => [key(resource), resource.inputs]));
      for (const resource of after.resources.filter((one) => earlier.has(key(one)))) {
        const kept = Object.entries(resource.inputs).filter(([name]) => !/ipv6/i.test(name));
        expect(Object.fromEntries(kept), key(resource)).to.deep.equal(earlier.get(key(resource)));
        if (kept.length < Object.keys(resource.inputs).length) expect(resource.type).to.match(/:(Vpc|Subnet)$/);
      }
      expect(after.resources.map(key).filter((one) => !earlier.has(one))).to.have.members([
        "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway net",
        "aws:ec2/route:Route net-utility-ipv6",
        ...zones.map((zone) => `aws:ec2/route:Route net-private-${zone}-ipv6`),
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule net-endpoints-ipv6",
      ]);
      expect(ofType(after.resources, "aws:ec2/vpc:Vpc")["net"]?.inputs["assignGeneratedIpv6CidrBlock"]).to.equal(true);
      const subnets = ofType(after.resources, "aws:ec2/subnet:Subnet");
      expect(
        Object.fromEntries(
          Object.entries(subnets).map(([name, { inputs }]) => [
            name,
            [inputs["ipv6CidrBlock"], inputs["assignIpv6AddressOnCreation"]],
          ]),
        ),
      ).to.deep.equal(
        Object.fromEntries(
          zones.flatMap((zone, index) => [
            [`net-private-${zone}`, [`2406:da1c:7:ab0${index}::/64`, true]],
            [`net-utility-${zone}`, [`2406:da1c:7:ab1${index}::/64`, true]],
          ]),
        ),
      );
      expect(ipv6Routes(after.resources)).to.have.deep.members([
        ["net-utility-ipv6", "::/0", "net-id"],
        ...zones.map((zone) => [`net-private-${zone}-ipv6`, "::/0", "net-id"]),
      ]);
      expect(
        ofType(after.resources, "aws:ec2/route:Route")["net-private-ap-southeast-2a-ipv6"]?.inputs,
      ).to.have.property("egressOnlyGatewayId");
      expect(
        ofType(after.resources, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")["net-endpoints-ipv6"]
          ?.inputs,
      ).to.deep.include({ cidrIpv6: "2406:da1c:7:ab00::/56", fromPort: 443, toPort: 443 });
    });

    it("omits the egress-only gateway only if no subnet is private", async () => {
      const { resources, result } = await network({ ipv6: true, topology: "public" });
      expect(ofType(resources, "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway")).to.be.empty;
      expect(ipv6Routes(resources)).to.deep.equal([["net-utility-ipv6", "::/0", "net-id"]]);
      expect(result.zones.some((zone) => "privateIpv6Cidr" in zone)).to.be.false;
    });

    it("for clusters adds NAT64 where a subnet has a NAT gateway, and names with IPv6 addresses, nothing else", async () => {
      const key = ({ type, name }: { type: string; name: string }) => `${type} ${name}`;
      const one = { nat: "single" as const };
      const [before, after] = [await network({ ...one, ipv6: true }), await network({ ...one, ipv6: "clusters" })];
      const earlier = new Map(before.resources.map((resource) => [key(resource), resource.inputs]));
      expect(after.resources.map(key).filter((name) => !earlier.has(name))).to.have.members(
        zones.map((zone) => `aws:ec2/route:Route net-private-${zone}-nat64`),
      );
      for (const resource of after.resources.filter((made) => earlier.has(key(made)))) {
        const { enableResourceNameDnsAaaaRecordOnLaunch: named, ...kept } = resource.inputs;
        expect(kept, key(resource)).to.deep.equal(earlier.get(key(resource)));
        expect(named, key(resource)).to.equal(resource.type === "aws:ec2/subnet:Subnet" ? true : undefined);
      }
      expect(
        ofType(after.resources, "aws:ec2/route:Route")["net-private-ap-southeast-2b-nat64"]?.inputs,
      ).to.deep.include({
        destinationIpv6CidrBlock: "64:ff9b::/96",
        natGatewayId: "net-nat-ap-southeast-2a-id",
        routeTableId: "net-private-ap-southeast-2b-id",
      });
      expect([before.result.ipv6Clusters, after.result.ipv6Clusters]).to.deep.equal([undefined, true]);
      const without = await network({ nat: "none", ipv6: "clusters" });
      expect(without.resources.map(({ name }) => name).filter((name) => name.includes("nat64"))).to.deep.equal([]);
    });

    it("is not for clusters in a network without private subnets", async () => {
      expect((await rejection(network({ ipv6: "clusters", topology: "public" }))).message).to.contain(
        "ipv6: clusters is for private subnets, and the topology public has none: write true",
      );
    });

    it("reports its ranges to the network's users", async () => {
      const { result } = await network({ ipv6: true });
      expect(result.ipv6Cidr && (await valueOf(result.ipv6Cidr))).to.equal("2406:da1c:7:ab00::/56");
      const [, second] = result.zones;
      expect(second?.privateIpv6Cidr && (await valueOf(second.privateIpv6Cidr))).to.equal("2406:da1c:7:ab01::/64");
      expect(second?.utilityIpv6Cidr && (await valueOf(second.utilityIpv6Cidr))).to.equal("2406:da1c:7:ab11::/64");
    });

    it("keeps its ranges when a zone is added before the others", async () => {
      const ranges = async (some: string[]) =>
        Object.fromEntries(
          Object.entries(ofType((await network({ ipv6: true, zones: some })).resources, "aws:ec2/subnet:Subnet")).map(
            ([name, { inputs }]) => [name, inputs["ipv6CidrBlock"]],
          ),
        );
      expect(await ranges(zones)).to.deep.include(await ranges(zones.slice(1)));
    });

    it("is unknown in the first preview", async () => {
      const { resources } = await record(() => new Network("net", { region: "ap-southeast-2", zones, ipv6: true }), {
        preview: true,
        states: { "aws:ec2/vpc:Vpc": { ipv6CidrBlock: undefined } },
      });
      expect(
        ofType(resources, "aws:ec2/subnet:Subnet")["net-private-ap-southeast-2a"]?.inputs["ipv6CidrBlock"],
      ).to.satisfy(pulumi.isUnknown);
    });
  });
});
