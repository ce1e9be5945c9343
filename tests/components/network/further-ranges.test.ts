import { expect } from "chai";
import { Network } from "../../../components/network/index.ts";
import { ConfigError } from "../../../providers/kops/index.ts";
import { ofType } from "../mocks.ts";
import { network, zones } from "./networks.ts";

describe("Network", () => {
  describe("further ranges", () => {
    const association = "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation";
    const key = ({ type, name }: { type: string; name: string }) => `${type} ${name}`;
    const more = {
      endpoints: { interfaces: ["sts"] },
      peerings: { shared: { vpcId: "vpc-1", cidrs: ["10.30.0.0/16"], routeTableIds: ["rtb-1"] } },
    };

    it("change no existing resource, and the endpoints and peers' routes accept them", async () => {
      const [before, after] = [await network(more), await network({ ...more, secondaryCidrs: ["10.21.0.0/20"] })];
      const earlier = new Map(before.resources.map((resource) => [key(resource), resource.inputs]));
      for (const resource of after.resources.filter((one) => earlier.has(key(one))))
        expect(resource.inputs, key(resource)).to.deep.equal(earlier.get(key(resource)));
      expect(after.resources.map(key).filter((one) => !earlier.has(one))).to.have.members([
        `${association} net-10.21.0.0/20`,
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule net-endpoints-10.21.0.0/20",
        "aws:ec2/route:Route net-peer-shared-back-rtb-1-10.21.0.0/20",
      ]);
      expect(ofType(after.resources, association)["net-10.21.0.0/20"]?.inputs).to.deep.equal({
        vpcId: "net-id",
        cidrBlock: "10.21.0.0/20",
      });
      expect(
        ofType(after.resources, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")[
          "net-endpoints-10.21.0.0/20"
        ]?.inputs,
      ).to.deep.include({ cidrIpv4: "10.21.0.0/20", fromPort: 443, toPort: 443 });
      expect(
        ofType(after.resources, "aws:ec2/route:Route")["net-peer-shared-back-rtb-1-10.21.0.0/20"]?.inputs,
      ).to.deep.include({ routeTableId: "rtb-1", destinationCidrBlock: "10.21.0.0/20" });
      expect(after.result.secondaryCidrs).to.deep.equal(["10.21.0.0/20"]);
      expect(after.result.zones.map(({ privateCidr }) => privateCidr)).to.deep.equal(
        before.result.zones.map(({ privateCidr }) => privateCidr),
      );
    });

    it("exist before the subnets that use them, and nothing else waits for them", async () => {
      const { resources } = await network({
        secondaryCidrs: ["10.21.0.0/20", "10.22.0.0/16"],
        subnets: { "ap-southeast-2b": { private: "10.22.64.0/18" } },
      });
      const subnets = ofType(resources, "aws:ec2/subnet:Subnet");
      expect(subnets["net-private-ap-southeast-2b"]?.inputs["cidrBlock"]).to.equal("10.22.64.0/18");
      expect(
        Object.entries(subnets).flatMap(([name, { dependencies }]) =>
          dependencies.filter((one) => one.startsWith(association)).map((one) => [name, one]),
        ),
      ).to.deep.equal([["net-private-ap-southeast-2b", `${association}::net-10.22.0.0/16`]]);
    });

    it("are refused if AWS refuses them, as are subnets outside every range", () => {
      const make = () =>
        new Network("net", {
          region: "ap-southeast-2",
          zones,
          secondaryCidrs: ["10.20.128.0/20", "172.20.0.0/16"],
          subnets: { "ap-southeast-2b": { private: "10.23.0.0/20" } },
        });
      expect(make).to.throw(ConfigError, /secondaryCidrs\[0\]: 10\.20\.128\.0\/20 overlaps with the first range/);
      expect(make).to.throw(ConfigError, /secondaryCidrs\[1\]: 172\.20\.0\.0\/16 is not inside 10\.0\.0\.0\/8/);
      expect(make).to.throw(
        ConfigError,
        /subnets\.ap-southeast-2b\.private: 10\.23\.0\.0\/20 is not inside the VPC's 10\.20\.0\.0\/16 or 10\.20\.128\.0\/20 or 172\.20\.0\.0\/16/,
      );
    });
  });
});
