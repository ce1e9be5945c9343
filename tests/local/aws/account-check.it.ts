import { DescribeVpcEndpointServicesCommand } from "@aws-sdk/client-ec2";
import { CreateRoleCommand, PutRolePolicyCommand, SimulatePrincipalPolicyCommand } from "@aws-sdk/client-iam";
import {
  GetAWSDefaultServiceQuotaCommand,
  GetServiceQuotaCommand,
  RequestServiceQuotaIncreaseCommand,
  ServiceQuotasClient,
} from "@aws-sdk/client-service-quotas";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { expect } from "chai";
import { errorCode, given, region, zones } from "./clients.ts";
import { awsOfSuite } from "./suite.ts";

describe("what an account tells about itself in the local cloud", function () {
  this.timeout(60_000);
  const local = awsOfSuite();
  const vcpus = { ServiceCode: "ec2", QuotaCode: "L-1216C47A" };
  const quotas = () =>
    new ServiceQuotasClient({
      endpoint: local.aws.endpoint,
      region,
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });

  it("are its quotas, AWS's defaults, and an increase once it is requested", async () => {
    const client = quotas();
    const value = async (): Promise<number | undefined> =>
      (await client.send(new GetServiceQuotaCommand(vcpus))).Quota?.Value;
    expect((await client.send(new GetAWSDefaultServiceQuotaCommand(vcpus))).Quota).to.include({
      Value: 5,
      QuotaName: "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances",
    });
    expect(await value()).to.equal(128);
    await client.send(new RequestServiceQuotaIncreaseCommand({ ...vcpus, DesiredValue: 256 }));
    expect(await value()).to.equal(256);
    const addresses = { ServiceCode: "ec2", QuotaCode: "L-0263D0A3" };
    expect((await client.send(new GetServiceQuotaCommand(addresses))).Quota?.Value).to.equal(5);
    const vpcs = { ServiceCode: "vpc", QuotaCode: "L-F678F1CE" };
    for (const one of [GetServiceQuotaCommand, GetAWSDefaultServiceQuotaCommand])
      expect((await client.send(new one(vpcs))).Quota?.Value).to.equal(5);
    for (const one of [GetServiceQuotaCommand, GetAWSDefaultServiceQuotaCommand])
      expect(await errorCode(client.send(new one({ ServiceCode: "vpc", QuotaCode: "L-00000000" })))).to.equal(
        "NoSuchResourceException",
      );
  });

  it("are the services that can have endpoints, with their zones", async () => {
    const name = (service: string): string => `com.amazonaws.${region}.${service}`;
    const { ServiceDetails: found = [] } = await local.clients.ec2.send(
      new DescribeVpcEndpointServicesCommand({
        Filters: [{ Name: "service-name", Values: ["ecr.api", "s3", "no-such"].map(name) }],
      }),
    );
    const types = found.map(
      ({ ServiceName, ServiceType: [type] = [] }) => `${ServiceName ?? ""} ${type?.ServiceType ?? ""}`,
    );
    expect(types.sort()).to.deep.equal([
      `${name("ecr.api")} Interface`,
      `${name("s3")} Gateway`,
      `${name("s3")} Interface`,
    ]);
    for (const { AvailabilityZones } of found) expect(AvailabilityZones).to.include.members(zones);
  });

  it("are permissions by simulation: Deny wins, an Allow is needed, conditions are compared", async () => {
    const { iam, sts } = local.clients;
    const trust = { Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: "*" } }] };
    const { Role } = await iam.send(
      new CreateRoleCommand({ RoleName: "asker", Path: "/team/", AssumeRolePolicyDocument: JSON.stringify(trust) }),
    );
    const here = { StringEquals: { "aws:RequestedRegion": region } };
    const Statement = [
      { Effect: "Allow", Action: ["ec2:Create*"], Resource: "*", Condition: here },
      { Effect: "Allow", Action: "s3:*", Resource: "arn:aws:s3:::mine/*" },
      { Effect: "Deny", Action: "ec2:CreateVpc", Resource: "*" },
    ];
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: "asker",
        PolicyName: "own",
        PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement }),
      }),
    );
    const ask = async (source: string, ActionNames: string[], more: object = {}): Promise<(string | undefined)[]> => {
      const answer = await iam.send(
        new SimulatePrincipalPolicyCommand({ PolicySourceArn: source, ActionNames, ...more }),
      );
      return given(answer.EvaluationResults).map(({ EvalDecision }) => EvalDecision);
    };
    const arn = given(Role?.Arn);
    const inRegion = (value: string) => ({
      ContextEntries: [{ ContextKeyName: "aws:RequestedRegion", ContextKeyType: "string", ContextKeyValues: [value] }],
    });
    const actions = ["ec2:CreateSubnet", "ec2:CreateVpc", "ec2:DeleteVpc"];
    expect(await ask(arn, actions, inRegion(region))).to.deep.equal(["allowed", "explicitDeny", "implicitDeny"]);
    expect(await ask(arn, ["ec2:CreateSubnet"], inRegion("eu-central-1"))).to.deep.equal(["implicitDeny"]);
    const ResourceArns = ["arn:aws:s3:::mine/x", "arn:aws:s3:::other/x"];
    expect(await ask(arn, ["s3:GetObject"], { ResourceArns })).to.deep.equal(["allowed", "implicitDeny"]);
    expect(await errorCode(ask("arn:aws:iam::123456789012:role/nobody", actions))).to.equal("NoSuchEntityException");
    const { Arn } = await sts.send(new GetCallerIdentityCommand({}));
    expect(await ask(given(Arn), actions)).to.deep.equal(["allowed", "allowed", "allowed"]);
  });
});
