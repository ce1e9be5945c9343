import { AutoScalingClient, DeleteAutoScalingGroupCommand } from "@aws-sdk/client-auto-scaling";
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateLaunchTemplateVersionCommand,
  DeleteLaunchTemplateCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import { DeleteRolePolicyCommand, IAMClient } from "@aws-sdk/client-iam";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import { until } from "../local/cloud/bench.ts";
import { bareArgs, clientOf, done, makeBareCheckout, unchanged } from "../e2e/bare/index.ts";
import type { BareArgs, BareCheckout } from "../e2e/bare/index.ts";
import { faultsOf } from "../e2e/faults.ts";

describe("drift", function () {
  this.timeout(15 * 60_000);
  let bare: BareCheckout;
  let s3: S3Client;
  const folder = "k1.bare.internal/";

  before(async () => {
    bare = await makeBareCheckout();
    s3 = new S3Client({ ...clientOf(bare.endpoint), forcePathStyle: true });
    await bare.declare({ k1: desired(["10.20.0.0/16", "198.51.100.0/24"]) });
    await bare.up();
  });
  after(() => bare.remove());

  /** A cluster whose API and SSH are open to these CIDRs. */
  const desired = (cidrs: string[]): BareArgs => {
    const args = bareArgs(
      "k1",
      bare.infrastructure,
      "nodeGroups: { nodes: { machineType: t3.large, count: 1 }, extra: { machineType: t3.large, count: 1 } }",
    );
    return { ...args, cluster: { ...args.cluster, kubernetesApiAccess: cidrs, sshAccess: cidrs } };
  };
  /** Open ports of the cluster's security groups: `22 10.20.0.0/16`. */
  const openPorts = async (): Promise<string[]> => {
    const ec2 = new EC2Client(clientOf(bare.endpoint));
    const { SecurityGroups = [] } = await ec2.send(
      new DescribeSecurityGroupsCommand({ Filters: [{ Name: "tag:KubernetesCluster", Values: ["k1.bare.internal"] }] }),
    );
    const { SecurityGroupRules = [] } = await ec2.send(
      new DescribeSecurityGroupRulesCommand({
        Filters: [{ Name: "group-id", Values: SecurityGroups.map(({ GroupId }) => GroupId ?? "") }],
      }),
    );
    const inward = SecurityGroupRules.filter(
      ({ IsEgress, CidrIpv4, FromPort }) =>
        IsEgress !== true && CidrIpv4 !== undefined && (FromPort === 22 || FromPort === 443),
    );
    return [...new Set(inward.map(({ FromPort, CidrIpv4 }) => `${FromPort} ${CidrIpv4}`))].sort();
  };

  const bodyOf = async (key: string): Promise<string> =>
    (await (await s3.send(new GetObjectCommand({ Bucket: "bare-state", Key: key }))).Body?.transformToString()) ?? "";
  const put = (key: string, body: string): Promise<unknown> =>
    s3.send(new PutObjectCommand({ Bucket: "bare-state", Key: key, Body: body }));
  const names = async (): Promise<string[]> =>
    (await bare.nodes("k1")).map(({ name, group }) => `${group} ${name}`).sort();

  it("is not found by an idle refresh, which asks kOps once and the Kubernetes API never", async () => {
    const since = new Date();
    const idle = await bare.local(
      "sh",
      "-c",
      "PILOT_ACCESS=/nowhere pulumi refresh --stack sbx --non-interactive --yes --skip-preview",
    );
    expect(idle.output).to.match(unchanged);
    const commands = await bare.kopsCommands(since);
    expect(commands).to.have.length(1);
    expect(commands[0]).to.contain("update cluster").and.not.to.contain("--yes");
  });

  it("is never assumed: what cannot be read is an error, not a missing cluster", async () => {
    const faults = await faultsOf(bare.endpoint);
    await faults.add({ service: "s3", action: "GetObject", status: 403, code: "AccessDenied", message: "no" });
    const refused = await bare.localFails(
      "pulumi",
      "refresh",
      "--stack",
      "sbx",
      "--non-interactive",
      "--yes",
      "--skip-preview",
    );
    await faults.clear();
    expect(refused.output).to.contain("Could not read s3://bare-state");
    expect((await bare.up()).output).to.match(unchanged);
  });

  it("of manifests, groups, launch templates and Auto Scaling groups is shown, and repaired by up", async () => {
    const manifest = `${folder}instancegroup/nodes`;
    await put(manifest, (await bodyOf(manifest)).replace("maxSize: 1", "maxSize: 4"));
    await s3.send(new DeleteObjectCommand({ Bucket: "bare-state", Key: `${folder}instancegroup/extra` }));
    const ec2 = new EC2Client(clientOf(bare.endpoint));
    await ec2.send(
      new CreateLaunchTemplateVersionCommand({
        LaunchTemplateName: "nodes.k1.bare.internal",
        SourceVersion: "1",
        LaunchTemplateData: { InstanceType: "t3.small" },
      }),
    );
    const before = await names();
    const waits = before.find((one) => one.startsWith("nodes "))?.slice("nodes ".length) ?? "none";

    const { output } = await bare.refresh("--diff");
    expect(output).to.match(/maxSize\s*: 1 => 4/);
    expect(output).to.match(/- extra/);
    expect(output).to.contain("LaunchTemplate/nodes.k1.bare.internal").and.to.contain(`not up to date: nodes ${waits}`);
    expect((await bare.up()).output).to.contain(done);
    expect((await names()).filter((one) => one.startsWith("control-plane"))).to.deep.equal(
      before.filter((one) => one.startsWith("control-plane")),
    );
    expect(await names()).not.to.include(`nodes ${waits}`);

    await new AutoScalingClient(clientOf(bare.endpoint)).send(
      new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: "extra.k1.bare.internal", ForceDelete: true }),
    );
    expect((await bare.refresh()).output)
      .to.contain("drift: create")
      .and.to.contain("AutoscalingGroup");
    expect((await bare.up()).output).to.contain(done);
    expect((await bare.refresh()).output).to.match(unchanged);
    expect((await bare.nodes("k1")).filter(({ ready }) => ready)).to.have.length(3);
  });

  it("of values added to a manifest is shown by property, even once applied, and repaired by up", async () => {
    const manifest = `${folder}instancegroup/nodes`;
    await put(manifest, (await bodyOf(manifest)).replace("spec:\n", "spec:\n  taints:\n  - team=blue:NoSchedule\n"));
    await bare.local(
      "kops",
      "update",
      "cluster",
      "--name",
      "k1.bare.internal",
      "--state",
      "s3://bare-state",
      "--yes",
      "--create-kube-config=false",
    );
    const { output } = await bare.refresh("--diff");
    expect(output).to.contain('drift: instanceGroups.nodes.taints: ["team=blue:NoSchedule"] -> nothing');
    expect(output).to.match(/SpecWritten[\s\S]*Edited/);
    expect((await bare.up()).output).to.contain(done);
    expect(await bodyOf(manifest)).to.not.contain("team=blue");
    expect((await bare.refresh()).output).to.match(unchanged);
  });

  it("of a deleted launch template and a deleted role policy is shown, and repaired by up", async () => {
    const ec2 = new EC2Client(clientOf(bare.endpoint));
    const iam = new IAMClient(clientOf(bare.endpoint));
    await ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateName: "nodes.k1.bare.internal" }));
    await iam.send(
      new DeleteRolePolicyCommand({ RoleName: "nodes.k1.bare.internal", PolicyName: "nodes.k1.bare.internal" }),
    );
    const { output } = await bare.refresh();
    expect(output)
      .to.match(/drift: create[\s\S]*LaunchTemplate/)
      .and.to.match(/drift: [\s\S]*IAMRolePolicy/);
    expect((await bare.up()).output).to.contain(done);
    expect((await bare.refresh()).output).to.match(unchanged);
    expect((await bare.nodes("k1")).filter(({ ready }) => ready)).to.have.length(3);
  });

  it("of a port opened by hand is shown and closed by up; that and narrower access replace no node", async () => {
    const before = await names();
    const open = await openPorts();
    expect(open).to.include.members([
      "22 10.20.0.0/16",
      "22 198.51.100.0/24",
      "443 10.20.0.0/16",
      "443 198.51.100.0/24",
    ]);
    const ec2 = new EC2Client(clientOf(bare.endpoint));
    const { SecurityGroups } = await ec2.send(
      new DescribeSecurityGroupsCommand({ Filters: [{ Name: "group-name", Values: ["nodes.k1.bare.internal"] }] }),
    );
    await ec2.send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId: SecurityGroups?.[0]?.GroupId,
        IpProtocol: "tcp",
        FromPort: 22,
        ToPort: 22,
        CidrIp: "203.0.113.9/32",
      }),
    );
    expect((await bare.refresh()).output).to.match(/drift: prune .*SecurityGroup.*22/);
    expect((await bare.up()).output).to.contain(done);
    expect(await openPorts()).to.deep.equal(open);

    await bare.declare({ k1: desired(["10.20.0.0/16"]) });
    expect((await bare.preview()).output)
      .to.match(/plan: prune after the last roll .*198\.51\.100\.0\/24/)
      .and.to.contain("no node rolls");
    expect((await bare.up()).output).to.contain(done);
    expect(await openPorts()).to.deep.equal(open.filter((one) => !one.includes("198.51.100.0/24")));
    expect((await bare.refresh()).output).to.match(unchanged);
    expect(await names()).to.deep.equal(before);
  });

  it("of a removed store folder counts as a missing cluster, which up does not create over running nodes", async () => {
    const before = await names();
    const listed = await s3.send(new ListObjectsV2Command({ Bucket: "bare-state", Prefix: folder }));
    const saved = new Map<string, string>();
    for (const { Key = "" } of listed.Contents ?? []) {
      saved.set(Key, await bodyOf(Key));
      await s3.send(new DeleteObjectCommand({ Bucket: "bare-state", Key }));
    }
    await bare.refresh();
    const refused = await bare.upFails();
    expect(refused.output)
      .to.contain("is not in s3://bare-state, but the cloud runs it: ")
      .and.to.contain("nodes.k1.bare.internal");
    for (const [key, body] of saved) await put(key, body);
    expect((await bare.up()).output).to.contain(done);
    // The local cloud ends a control plane whose keys are not in the store. The new one knows the machines only when
    // they have joined again.
    await until("the control plane serves", async () =>
      (await bare.cloud()).clusters.some((one) => one.name === "k1.bare.internal" && one.status === "ready"),
    );
    await until("all nodes have joined", async () => (await names()).length >= before.length);
    expect(await names()).to.deep.equal(before);
  });
});
