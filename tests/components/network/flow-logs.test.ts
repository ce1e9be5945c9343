import { expect } from "chai";
import { accountId, ofType } from "../mocks.ts";
import { network } from "./networks.ts";

describe("Network", () => {
  describe("flow logs", () => {
    it("are off by default", async () => {
      const { resources } = await network();
      expect(resources.filter(({ type }) => /FlowLog|LogGroup|:Role/.test(type))).to.be.empty;
    });

    it("to CloudWatch Logs are kept for the given days, and their role may write to that group only", async () => {
      const { resources } = await network({ flowLogs: { to: "cloudwatch", retentionDays: 90, traffic: "rejected" } });
      const group = `arn:aws:logs:ap-southeast-2:${accountId}:log-group:net-flow-logs`;
      expect(
        ofType(resources, "aws:cloudwatch/logGroup:LogGroup")["net-flow-logs"]?.inputs["retentionInDays"],
      ).to.equal(90);
      const flowLog = ofType(resources, "aws:ec2/flowLog:FlowLog")["net-flow-logs"];
      expect(flowLog?.inputs).to.deep.include({
        vpcId: "net-id",
        trafficType: "REJECT",
        maxAggregationInterval: 600,
        logDestinationType: "cloud-watch-logs",
        logDestination: group,
        iamRoleArn: `arn:aws:iam::${accountId}:role/net-flow-logs`,
      });
      expect(flowLog?.dependencies).to.include("aws:iam/rolePolicy:RolePolicy::net-flow-logs");
      expect(flowLog?.deleteBeforeReplace, "AWS refuses a second flow log to the same place").to.be.true;
      const trust = JSON.parse(
        String(ofType(resources, "aws:iam/role:Role")["net-flow-logs"]?.inputs["assumeRolePolicy"]),
      ) as { Statement: unknown[] };
      expect(trust.Statement).to.deep.equal([
        {
          Effect: "Allow",
          Principal: { Service: "vpc-flow-logs.amazonaws.com" },
          Action: "sts:AssumeRole",
          Condition: { StringEquals: { "aws:SourceAccount": accountId } },
        },
      ]);
      const policy = JSON.parse(
        String(ofType(resources, "aws:iam/rolePolicy:RolePolicy")["net-flow-logs"]?.inputs["policy"]),
      ) as { Statement: { Resource: unknown }[] };
      expect(policy.Statement.map(({ Resource }) => Resource)).to.deep.equal([[group, `${group}:*`]]);
    });

    it("to a bucket need no role", async () => {
      const { resources } = await network({ flowLogs: { to: "s3", bucketArn: "arn:aws:s3:::logs/vpc", interval: 60 } });
      expect(ofType(resources, "aws:ec2/flowLog:FlowLog")["net-flow-logs"]?.inputs).to.deep.include({
        trafficType: "ALL",
        maxAggregationInterval: 60,
        logDestinationType: "s3",
        logDestination: "arn:aws:s3:::logs/vpc",
      });
      expect(resources.filter(({ type }) => /LogGroup|:Role/.test(type))).to.be.empty;
    });
  });
});
