import { AttachRolePolicyCommand, CreateRoleCommand, GetPolicyCommand, ListAttachedRolePoliciesCommand } from "@aws-sdk/client-iam";
import { expect } from "chai";
import { clientsOf, errorCode } from "./clients.ts";
import type { Clients } from "./clients.ts";
import { startAws } from "./server.ts";
import type { Aws } from "./server.ts";

describe("policies that AWS manages, in the local cloud", function () {
  this.timeout(60_000);
  let aws: Aws;
  let clients: Clients;
  const own = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore";

  before(async () => {
    aws = await startAws();
    clients = clientsOf(aws.endpoint);
  });
  after(() => aws.stop());

  it("are there to be looked at, and no others are", async () => {
    const { Policy: policy } = await clients.iam.send(new GetPolicyCommand({ PolicyArn: own }));
    expect(policy).to.include({ PolicyName: "AmazonSSMManagedInstanceCore", Arn: own });
    for (const name of ["NoSuchPolicy", "service-role/AmazonSSMManagedInstanceCore"]) {
      expect(await errorCode(clients.iam.send(new GetPolicyCommand({ PolicyArn: `arn:aws:iam::aws:policy/${name}` })))).to.equal("NoSuchEntityException");
    }
  });

  it("can be attached to a role", async () => {
    const document = JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "ec2.amazonaws.com" } }] });
    await clients.iam.send(new CreateRoleCommand({ RoleName: "nodes", AssumeRolePolicyDocument: document }));
    await clients.iam.send(new AttachRolePolicyCommand({ RoleName: "nodes", PolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" }));
    const { AttachedPolicies: attached } = await clients.iam.send(new ListAttachedRolePoliciesCommand({ RoleName: "nodes" }));
    expect(attached).to.deep.equal([{ PolicyName: "ReadOnlyAccess", PolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" }]);
  });
});
