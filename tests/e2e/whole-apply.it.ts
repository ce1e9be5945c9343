import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { DescribeSecurityGroupRulesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { GetRolePolicyCommand, IAMClient, ListRolePoliciesCommand, ListRolesCommand } from "@aws-sdk/client-iam";
import { expect } from "chai";
import { bareArgs, clientOf, done, domain, makeBareCheckout } from "./bare/index.ts";
import type { BareArgs, BareCheckout } from "./bare/index.ts";

const name = `k1.${domain}`;

describe("a change of the control plane beside an autoscaled group, a warm pool and a bastion", function () {
  this.timeout(4 * 60_000);
  let bare: BareCheckout;
  /** Add-ons, rules and policies after a full apply. */
  let full: Record<string, string>;

  before(async () => {
    bare = await makeBareCheckout();
    await bare.declare({ k1: args("t3.medium") });
    expect((await bare.up()).output).to.contain(done);
    full = await shared();
  });
  after(() => bare.remove());

  const args = (machineType: string): BareArgs => {
    const base = bareArgs(
      "k1",
      bare.infrastructure,
      `controlPlane: { count: 1, machineType: ${machineType} }\n` +
        "nodeGroups: { nodes: { machineType: t3.large, minSize: 1, maxSize: 3, " +
        "warmPool: { minSize: 1, enableLifecycleHook: true } } }",
    );
    const [publicSubnet] = (base.cluster["subnets"] as { name: string; type: string }[]).filter(
      ({ type }) => type === "Utility" || type === "Public",
    );
    const bastions = {
      role: "Bastion",
      machineType: "t3.micro",
      image: base.instanceGroups["nodes"]?.["image"],
      minSize: 1,
      maxSize: 1,
      subnets: [publicSubnet?.name],
    };
    return {
      ...base,
      cluster: { ...base.cluster, sshAccess: ["203.0.113.0/24"] },
      instanceGroups: { ...base.instanceGroups, bastions },
    };
  };

  /** What kOps renders from all groups: add-ons in the store, rules of security groups, policies of roles. */
  const shared = async (): Promise<Record<string, string>> => {
    const s3 = new S3Client({ ...clientOf(bare.endpoint), forcePathStyle: true });
    const [ec2, iam] = [new EC2Client(clientOf(bare.endpoint)), new IAMClient(clientOf(bare.endpoint))];
    const found: Record<string, string> = {};
    const { Contents = [] } = await s3.send(
      new ListObjectsV2Command({ Bucket: "bare-state", Prefix: `${name}/addons/` }),
    );
    for (const { Key = "" } of Contents) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: "bare-state", Key }));
      found[Key] = (await Body?.transformToString()) ?? "";
    }
    const { SecurityGroupRules = [] } = await ec2.send(new DescribeSecurityGroupRulesCommand({}));
    for (const rule of SecurityGroupRules) {
      const { GroupId, IsEgress, IpProtocol, FromPort, ToPort, CidrIpv4, CidrIpv6, ReferencedGroupInfo } = rule;
      const from = CidrIpv4 ?? CidrIpv6 ?? ReferencedGroupInfo?.GroupId;
      found[[GroupId, IsEgress, IpProtocol, FromPort, ToPort, from].join(" ")] = "rule";
    }
    const { Roles = [] } = await iam.send(new ListRolesCommand({}));
    for (const { RoleName = "" } of Roles.filter((role) => role.RoleName?.endsWith(name))) {
      const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
      for (const PolicyName of PolicyNames) {
        const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
        found[`${RoleName} ${PolicyName}`] = PolicyDocument ?? "";
      }
    }
    return found;
  };
  const changedKeys = (now: Record<string, string>): string[] =>
    [...new Set([...Object.keys(full), ...Object.keys(now)])].filter((key) => full[key] !== now[key]);
  /** kOps's kinds of these, in a plan. */
  const kinds = /ManagedFile|SecurityGroupRule|IAMRolePolicy/;

  it("has an autoscaler that knows the group, and nodes with rights on the warm pool, to begin with", () => {
    const addon = Object.keys(full).find((key) => key.includes("cluster-autoscaler")) ?? "";
    expect(full[addon]).to.contain(`--nodes=1:3:nodes.${name}`);
    expect(JSON.stringify(full)).to.contain("CompleteLifecycleAction");
  });

  it("plans, applies, waits for its roll and rolls with the add-ons, rules and policies of a full apply", async () => {
    await bare.declare({ k1: args("t3.large") });
    expect((await bare.preview()).output)
      .to.contain("plan: roll 1. control-plane-ap-southeast-2a")
      .and.to.not.match(kinds);
    await bare.local("npx", "pilot", "pause", bare.infrastructure.stateStore, name);
    const since = new Date();
    expect((await bare.upFails()).output).to.match(/stopped before instance group control-plane-ap-southeast-2a/);
    expect(changedKeys(await shared()), "while the roll is paused").to.deep.equal([]);
    expect((await bare.preview()).output, "the preview meanwhile")
      .to.contain("waiting since an earlier update")
      .and.to.not.match(kinds);

    await bare.local("npx", "pilot", "resume", bare.infrastructure.stateStore, name);
    let during: Record<string, string> = {};
    const rolled = await bare.npmDuring(
      /rolling 1\/1 draining/,
      async () => {
        during = await shared();
      },
      ...bare.upWords,
    );
    expect(rolled.output).to.contain(done);
    expect(changedKeys(during), "while it rolls").to.deep.equal([]);
    expect(changedKeys(await shared()), "at the end").to.deep.equal([]);
    const applies = (await bare.kopsCommands(since)).filter((line) => /\$ kops update cluster .*--yes/.test(line));
    expect(applies.filter((line) => line.includes("--instance-group"))).to.deep.equal([]);
  });
});
