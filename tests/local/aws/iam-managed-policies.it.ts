import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  GetPolicyCommand,
  ListAttachedRolePoliciesCommand,
} from "@aws-sdk/client-iam";
import { expect } from "chai";
import { errorCode } from "./clients.ts";
import { awsOfSuite } from "./suite.ts";

describe("AWS managed policies in the local cloud", function () {
  this.timeout(60_000);
  const local = awsOfSuite();
  const own = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore";

  it("exist, and no others do", async () => {
    const { Policy: policy } = await local.clients.iam.send(new GetPolicyCommand({ PolicyArn: own }));
    expect(policy).to.include({ PolicyName: "AmazonSSMManagedInstanceCore", Arn: own });
    for (const name of ["NoSuchPolicy", "service-role/AmazonSSMManagedInstanceCore"]) {
      expect(
        await errorCode(local.clients.iam.send(new GetPolicyCommand({ PolicyArn: `arn:aws:iam::aws:policy/${name}` }))),
      ).to.equal("NoSuchEntityException");
    }
  });

  it("can be attached to a role", async () => {
    const document = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "ec2.amazonaws.com" } }],
    });
    await local.clients.iam.send(new CreateRoleCommand({ RoleName: "nodes", AssumeRolePolicyDocument: document }));
    await local.clients.iam.send(
      new AttachRolePolicyCommand({ RoleName: "nodes", PolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" }),
    );
    const { AttachedPolicies: attached } = await local.clients.iam.send(
      new ListAttachedRolePoliciesCommand({ RoleName: "nodes" }),
    );
    expect(attached).to.deep.equal([
      { PolicyName: "ReadOnlyAccess", PolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" },
    ]);
  });
});
