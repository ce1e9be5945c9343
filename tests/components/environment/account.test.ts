import { expect } from "chai";
import { recordedAccount, refuseAccount } from "../../../components/environment/guards/account.ts";
import { ownStateOf, type ResourceOutputs } from "../../../components/environment/guards/own-state.ts";
import { createEnvironment } from "../../../components/environment/index.ts";
import { rejection } from "../../local/rejection.ts";
import { accountId, record, type Registered } from "../mocks.ts";
import { urn } from "./sample-state.ts";
import { read, root, sandbox } from "./sandbox.ts";

const one = (type: string, name: string, outputs: Record<string, unknown>): ResourceOutputs => ({
  [urn(type, name)]: { type, outputs },
});
const stackWith = (outputs: Record<string, unknown>): ResourceOutputs =>
  one("pulumi:pulumi:Stack", "pilot-sbx", outputs);
const vpc = one("aws:ec2/vpc:Vpc", "sbx", { arn: "arn:aws:ec2:ap-southeast-2:222222222222:vpc/vpc-1" });
const bucket = one("aws:s3/bucket:Bucket", "sbx-state", {
  bucket: "pilot-sbx-state-222222222222-ap-southeast-2",
  arn: "arn:aws:s3:::pilot-sbx-state-222222222222-ap-southeast-2",
});

describe("the AWS account of a stack", () => {
  const states: [what: string, resources: ResourceOutputs, by: string | undefined][] = [
    [
      "its output, whatever else there is",
      { ...stackWith({ environment: { accountId: "222222222222" } }), ...vpc },
      "output",
    ],
    [
      "nothing, if only components are left",
      one("pilot:cluster:KubernetesCluster", "k1", { accountId: "222222222222" }),
      undefined,
    ],
    [
      "a cluster beside its resource",
      {
        ...one("pilot:cluster:KubernetesCluster", "k1", { accountId: "222222222222" }),
        ...one("pulumi-nodejs:dynamic/kops:Cluster", "k1", {}),
      },
      "cluster k1",
    ],
    ["the ARN of its VPC", vpc, "vpc/vpc-1"],
    [
      "the ARN of a policy",
      one("aws:iam/policy:Policy", "sbx-pipeline", { arn: "arn:aws:iam::222222222222:policy/p" }),
      "policy/p",
    ],
    ["a computed bucket name", bucket, "bucket pilot-sbx-state"],
    [
      "no bucket that a central account owns",
      { ...bucket, ...one("pulumi:providers:aws", "sbx-store", {}) },
      undefined,
    ],
    [
      "no key, which may be a central account's",
      one("aws:kms/key:Key", "sbx-state", { arn: "arn:aws:kms:a:333333333333:key/k" }),
      undefined,
    ],
    ["nothing, if only outputs are left", stackWith({ environment: { accountId: "222222222222" } }), undefined],
    ["nothing for a new stack", {}, undefined],
  ];
  for (const [what, resources, by] of states)
    it(`is known by ${what}`, () => {
      const found = recordedAccount(resources);
      expect(found?.id).to.equal(by === undefined ? undefined : "222222222222");
      if (by !== undefined) expect(found?.by).to.contain(by);
    });

  const recorded = { id: "222222222222", by: "its output `environment`" };
  const cases: [what: string, args: Omit<Parameters<typeof refuseAccount>[0], "stack">, words: RegExp | undefined][] = [
    ["a new stack, any account", { actual: "111111111111" }, undefined],
    ["the stack's own account", { actual: "222222222222", recorded }, undefined],
    ["the account that config names", { actual: "222222222222", desired: "222222222222", recorded }, undefined],
    [
      "another account than the stack's",
      { actual: "111111111111", recorded },
      /another account than the stack sbx \(nothing was changed\)[^]*for the account 111111111111; what the stack has is in the account 222222222222, by its output/,
    ],
    [
      "another account than pilot:accountId, in a new stack",
      { actual: "111111111111", desired: "222222222222" },
      /pilot:accountId is 222222222222, and the stack has nothing yet/,
    ],
    [
      "another pilot:accountId, even with its credentials",
      { actual: "333333333333", desired: "333333333333", recorded },
      /cannot change to the AWS account 333333333333[^]*put pilot:accountId back/,
    ],
  ];
  for (const [what, args, words] of cases)
    it(`${words ? "refuses" : "allows"} ${what}`, () => {
      const run = (): void => {
        refuseAccount({ stack: "sbx", ...args });
      };
      if (words) expect(run).to.throw(words);
      else expect(run).not.to.throw();
    });

  it("is compared before anything is registered, and before a network is looked up", async () => {
    const registered: Registered[] = [];
    const { calls, resources } = await record(async () => {
      const request = { ...(await read(root)), current: ownStateOf(vpc, "sbx") };
      expect((await rejection(createEnvironment(request))).message).to.match(
        new RegExp(`for the account ${accountId}; what the stack has is in the account 222222222222, by arn:aws:ec2`),
      );
    });
    registered.push(...resources.filter(({ type }) => type !== "pulumi:pulumi:Stack"));
    expect(registered).to.deep.equal([]);
    expect(calls).to.deep.equal(["aws:index/getCallerIdentity:getCallerIdentity"]);
  });

  it("may be said beforehand, and is then compared in the first run", async () => {
    const { resources } = await record(async () => {
      const request = await read(root, { ...sandbox(), "pilot:accountId": "222222222222" });
      expect((await rejection(createEnvironment(request))).message).to.contain("pilot:accountId is 222222222222");
    });
    expect(resources.filter(({ type }) => type !== "pulumi:pulumi:Stack")).to.deep.equal([]);
  });
});
