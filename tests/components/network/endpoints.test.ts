import { expect } from "chai";
import { ofType } from "../mocks.ts";
import { network, tablesOf, zones } from "./networks.ts";

describe("Network", () => {
  describe("endpoints", () => {
    const endpoints = { dynamodb: true, interfaces: ["ecr.api", "sts"] };

    it("are limited to S3 by default", async () => {
      const { resources } = await network();
      expect(Object.keys(ofType(resources, "aws:ec2/vpcEndpoint:VpcEndpoint"))).to.deep.equal(["net-s3"]);
      expect(resources.filter(({ type }) => /SecurityGroup/.test(type))).to.be.empty;
    });

    it("for DynamoDB serve the route tables of all subnets", async () => {
      const { resources } = await network({ endpoints });
      expect(ofType(resources, "aws:ec2/vpcEndpoint:VpcEndpoint")["net-dynamodb"]?.inputs).to.deep.include({
        serviceName: "com.amazonaws.ap-southeast-2.dynamodb",
        vpcEndpointType: "Gateway",
      });
      expect(tablesOf(resources, "net-dynamodb")).to.have.members([
        "net-utility-id",
        ...zones.map((zone) => `net-private-${zone}-id`),
      ]);
    });

    it("for chosen services have an address in each private subnet and take the service's public name", async () => {
      const { resources } = await network({ endpoints });
      for (const service of endpoints.interfaces) {
        expect(
          ofType(resources, "aws:ec2/vpcEndpoint:VpcEndpoint")[`net-interface-${service}`]?.inputs,
          service,
        ).to.deep.equal({
          vpcId: "net-id",
          serviceName: `com.amazonaws.ap-southeast-2.${service}`,
          vpcEndpointType: "Interface",
          privateDnsEnabled: true,
          securityGroupIds: ["net-endpoints-id"],
          subnetIds: zones.map((zone) => `net-private-${zone}-id`),
          tags: { Name: `net-interface-${service}`, environment: "test" },
        });
      }
    });

    it("are named as the region's partition names them", async () => {
      const { resources } = await network({ endpoints, region: "cn-north-1", zones: ["cn-north-1a"] });
      expect(
        Object.entries(ofType(resources, "aws:ec2/vpcEndpoint:VpcEndpoint")).map(([name, { inputs }]) => [
          name,
          inputs["serviceName"],
        ]),
      ).to.have.deep.members([
        ["net-s3", "com.amazonaws.cn-north-1.s3"],
        ["net-dynamodb", "com.amazonaws.cn-north-1.dynamodb"],
        ["net-interface-ecr.api", "cn.com.amazonaws.cn-north-1.ecr.api"],
        ["net-interface-sts", "cn.com.amazonaws.cn-north-1.sts"],
      ]);
    });

    it("use the utility subnets if there are no others", async () => {
      const { resources } = await network({ endpoints, topology: "public" });
      expect(
        ofType(resources, "aws:ec2/vpcEndpoint:VpcEndpoint")["net-interface-sts"]?.inputs["subnetIds"],
      ).to.deep.equal(zones.map((zone) => `net-utility-${zone}-id`));
    });

    it("accept only HTTPS from the VPC, and open before the name points there", async () => {
      const { resources } = await network({ endpoints });
      const rules = resources.filter(({ type }) => /SecurityGroup\w*Rule$/.test(type));
      expect(rules).to.have.length(1);
      expect(rules[0]?.inputs).to.deep.include({
        securityGroupId: "net-endpoints-id",
        ipProtocol: "tcp",
        fromPort: 443,
        toPort: 443,
        cidrIpv4: "10.20.0.0/16",
      });
      expect(ofType(resources, "aws:ec2/securityGroup:SecurityGroup")["net-endpoints"]?.inputs).not.to.have.any.keys(
        "ingress",
        "egress",
      );
      expect(ofType(resources, "aws:ec2/vpcEndpoint:VpcEndpoint")["net-interface-sts"]?.dependencies).to.include(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule::net-endpoints",
      );
    });
  });
});
