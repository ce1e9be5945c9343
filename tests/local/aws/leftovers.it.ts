import {
  AuthorizeSecurityGroupIngressCommand,
  CreateNetworkInterfaceCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVolumeCommand,
  CreateVpcCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeVolumesCommand,
} from "@aws-sdk/client-ec2";
import {
  DescribeRuleCommand,
  ListRulesCommand,
  ListTagsForResourceCommand,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { CreateQueueCommand, DeleteQueueCommand, GetQueueUrlCommand, ListQueueTagsCommand } from "@aws-sdk/client-sqs";
import { expect } from "chai";
import { resourcesOf } from "../../../providers/kops/aws/resources/cluster-resources.ts";
import { removeResource } from "../../../providers/kops/aws/resources/remove-resource.ts";
import { byOwnership } from "../../../providers/kops/delete/ownership.ts";
import { holdsOn } from "../../../providers/kops/delete/held-resources.ts";
import { errorCode, given, region } from "./clients.ts";
import { awsOfSuite } from "./suite.ts";
import { kopsNames } from "../../../providers/kops/model/cloud-names.ts";

describe("a deletion's AWS requests", function () {
  this.timeout(60_000);
  const local = awsOfSuite();
  const cluster = "k1.example.com";
  const Tags = [
    { Key: `kubernetes.io/cluster/${cluster}`, Value: "owned" },
    { Key: "KubernetesCluster", Value: cluster },
  ];

  it("match any of several values, as AWS combines a filter's values", async () => {
    const { VolumeId } = await local.clients.ec2.send(
      new CreateVolumeCommand({
        AvailabilityZone: `${region}a`,
        Size: 1,
        TagSpecifications: [{ ResourceType: "volume", Tags: [...Tags, { Key: "Name", Value: "x" }] }],
      }),
    );
    const shown = async (...Values: string[]): Promise<(string | undefined)[]> =>
      (
        (await local.clients.ec2.send(new DescribeVolumesCommand({ Filters: [{ Name: "tag-key", Values }] })))
          .Volumes ?? []
      ).map((one) => one.VolumeId);
    expect(await shown("elbv2.k8s.aws/cluster", "KubernetesCluster")).to.deep.equal([VolumeId]);
    expect(await shown("elbv2.k8s.aws/cluster", "Kubernetes*")).to.deep.equal([VolumeId]);
    expect(await shown("elbv2.k8s.aws/cluster", "team")).to.deep.equal([]);
    const vpc = await local.clients.ec2.send(new CreateVpcCommand({ CidrBlock: "10.1.0.0/16" }));
    const VpcId = vpc.Vpc?.VpcId;
    const subnet = await local.clients.ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock: "10.1.0.0/24" }));
    const groups = await Promise.all(
      ["a", "b", "c"].map(async (GroupName) =>
        given(
          (await local.clients.ec2.send(new CreateSecurityGroupCommand({ GroupName, Description: "x", VpcId })))
            .GroupId,
        ),
      ),
    );
    const [a = "", b = "", c = ""] = groups;
    const made = await local.clients.ec2.send(
      new CreateNetworkInterfaceCommand({ SubnetId: subnet.Subnet?.SubnetId, Groups: [a, b] }),
    );
    const held = async (...Values: string[]): Promise<(string | undefined)[]> =>
      (
        (
          await local.clients.ec2.send(
            new DescribeNetworkInterfacesCommand({ Filters: [{ Name: "group-id", Values }] }),
          )
        ).NetworkInterfaces ?? []
      ).map((one) => one.NetworkInterfaceId);
    expect(await held(b, c)).to.deep.equal([made.NetworkInterface?.NetworkInterfaceId]);
    expect(await held(c)).to.deep.equal([]);
  });

  it("list rules whose name starts with the given prefix, in which a dot is literal", async () => {
    for (const Name of ["k1.example.com-SpotInterruption", "k1-example-com-other"])
      await local.clients.eventBridge.send(new PutRuleCommand({ Name, EventPattern: "{}" }));
    const { Rules = [] } = await local.clients.eventBridge.send(new ListRulesCommand({ NamePrefix: cluster }));
    expect(Rules.map(({ Name }) => Name)).to.deep.equal(["k1.example.com-SpotInterruption"]);
  });

  it("return the tags of queues and rules, and report missing ones", async () => {
    const queue = await local.clients.sqs.send(
      new CreateQueueCommand({ QueueName: "k1-example-com-nth", tags: { KubernetesCluster: cluster } }),
    );
    expect((await local.clients.sqs.send(new ListQueueTagsCommand({ QueueUrl: queue.QueueUrl }))).Tags).to.deep.equal({
      KubernetesCluster: cluster,
    });
    const rule = await local.clients.eventBridge.send(
      new PutRuleCommand({ Name: "k1.example.com-ASGLifecycle", EventPattern: "{}", Tags }),
    );
    expect(
      (await local.clients.eventBridge.send(new ListTagsForResourceCommand({ ResourceARN: rule.RuleArn }))).Tags,
    ).to.have.deep.members(Tags);
    await local.clients.eventBridge.send(
      new PutTargetsCommand({
        Rule: "k1.example.com-ASGLifecycle",
        Targets: [{ Id: "1", Arn: `arn:aws:sqs:${region}:123456789012:k1-example-com-nth` }],
      }),
    );
    expect(
      await errorCode(local.clients.sqs.send(new DeleteQueueCommand({ QueueUrl: `${given(queue.QueueUrl)}-none` }))),
    ).to.equal("QueueDoesNotExist");
    expect(await errorCode(local.clients.sqs.send(new GetQueueUrlCommand({ QueueName: "none" })))).to.equal(
      "QueueDoesNotExist",
    );
    expect(await errorCode(local.clients.eventBridge.send(new ListTargetsByRuleCommand({ Rule: "none" })))).to.equal(
      "ResourceNotFoundException",
    );
  });

  /** As in a run against this AWS. */
  const withAws = async (work: () => Promise<void>): Promise<void> => {
    const before = { ...process.env };
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: local.aws.endpoint,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    });
    try {
      await work();
    } finally {
      for (const key of ["AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]) {
        if (before[key] === undefined) Reflect.deleteProperty(process.env, key);
        else process.env[key] = before[key];
      }
    }
  };
  const names = kopsNames(cluster, { autoScalingGroups: [], records: false });

  it("find queue and rules by tag, or by name and contents, and can delete them twice", () =>
    withAws(async () => {
      const found = byOwnership(names, await resourcesOf({ region }, names));
      expect(found.cluster.map(({ kind, name }) => `${kind} ${name}`)).to.include.members([
        "sqs k1-example-com-nth",
        "eventbridge-rule k1.example.com-ASGLifecycle",
      ]);
      expect(found.unproven.map(({ name }) => name)).to.deep.equal(["k1.example.com-SpotInterruption"]);
      for (const one of [...found.cluster, ...found.cluster]) await removeResource({ region }, one);
      expect(byOwnership(names, await resourcesOf({ region }, names)).cluster).to.deep.equal([]);
      expect(
        await errorCode(
          local.clients.eventBridge.send(new DescribeRuleCommand({ Name: "k1.example.com-ASGLifecycle" })),
        ),
      ).to.equal("ResourceNotFoundException");
    }));

  it("find and delete kOps's rules in a foreign group, and name the group's other rules", () =>
    withAws(async () => {
      const VpcId = (await local.clients.ec2.send(new CreateVpcCommand({ CidrBlock: "10.2.0.0/16" }))).Vpc?.VpcId;
      const group = async (GroupName: string, tags?: typeof Tags): Promise<string> =>
        given(
          (
            await local.clients.ec2.send(
              new CreateSecurityGroupCommand({
                GroupName,
                Description: "x",
                VpcId,
                ...(tags && { TagSpecifications: [{ ResourceType: "security-group", Tags: tags }] }),
              }),
            )
          ).GroupId,
        );
      const [nodes, database] = [await group("nodes.k1.example.com", Tags), await group("database")];
      const allow = async (port: number, tags?: typeof Tags): Promise<void> => {
        const IpPermissions = [
          { IpProtocol: "tcp", FromPort: port, ToPort: port, UserIdGroupPairs: [{ GroupId: nodes }] },
        ];
        await local.clients.ec2.send(
          new AuthorizeSecurityGroupIngressCommand({
            GroupId: database,
            IpPermissions,
            ...(tags && { TagSpecifications: [{ ResourceType: "security-group-rule", Tags: tags }] }),
          }),
        );
      };
      await allow(443, Tags);
      await allow(5432);
      const look = async () => await resourcesOf({ region }, names);
      const seen = await look();
      const rules = byOwnership(names, seen).cluster.filter(({ kind }) => kind === "security-group-rule");
      expect(rules).to.have.length(1);
      expect(holdsOn(names, seen)).to.have.length(1);
      expect(holdsOn(names, seen)[0]).to.have.property("by").that.contains(`in security group ${database} (database)`);
      for (const rule of rules) await removeResource({ region }, rule);
      expect(byOwnership(names, await look()).cluster.map(({ kind }) => kind)).not.to.include("security-group-rule");
      const { SecurityGroupRules = [] } = await local.clients.ec2.send(
        new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: "group-id", Values: [database] }] }),
      );
      expect(
        SecurityGroupRules.filter(({ IsEgress }) => IsEgress !== true).map(({ FromPort }) => FromPort),
      ).to.deep.equal([5432]);
    }));
});
