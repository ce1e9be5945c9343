import { expect } from "chai";
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DeleteLoadBalancerCommand,
  DeleteTargetGroupCommand,
  DeregisterTargetsCommand,
  DescribeLoadBalancersCommand,
  DescribeTagsCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { DeleteSecurityGroupCommand, DeleteSubnetCommand } from "@aws-sdk/client-ec2";
import { AttachLoadBalancersCommand, DeleteAutoScalingGroupCommand } from "@aws-sdk/client-auto-scaling";
import {
  createClassicLoadBalancer,
  deleteClassicLoadBalancer,
  zoneOfClassicLoadBalancer,
} from "./classic-load-balancers.ts";
import { errorCode, given, region } from "./clients.ts";
import { createGroup, createNetwork, createSecurityGroup, createTemplate, type Network } from "./network.ts";
import { awsOfSuite } from "./suite.ts";

describe("load balancers of the local cloud", function () {
  this.timeout(60_000);
  const local = awsOfSuite();
  let network: Network;
  let group: string;

  before(async () => {
    network = await createNetwork(local.clients);
    group = await createSecurityGroup(local.clients, network.vpcId, "api");
  });

  const create = (name: string) =>
    local.clients.elb.send(
      new CreateLoadBalancerCommand({
        Name: name,
        Type: "network",
        Scheme: "internal",
        Subnets: [...network.subnetIds],
        SecurityGroups: [group],
        Tags: [{ Key: "team", Value: "blue" }],
      }),
    );

  async function createTargetGroup(name: string): Promise<string> {
    const made = await local.clients.elb.send(
      new CreateTargetGroupCommand({ Name: name, Protocol: "TCP", Port: 443, VpcId: network.vpcId }),
    );
    return given(made.TargetGroups?.[0]?.TargetGroupArn);
  }

  it("are all missing if one of those asked for is", async () => {
    await create("asked");
    for (const Names of [["asked", "absent"], ["absent"]])
      expect(await errorCode(local.clients.elb.send(new DescribeLoadBalancersCommand({ Names })))).to.match(
        /^LoadBalancerNotFound/,
      );
    const found = await local.clients.elb.send(new DescribeLoadBalancersCommand({ Names: ["asked"] }));
    expect(found.LoadBalancers).to.have.length(1);
  });

  it("of type network have the right names and tags, and a host name in the region", async () => {
    const arn = given((await create("named")).LoadBalancers?.[0]?.LoadBalancerArn);
    expect(arn).to.match(new RegExp(`:loadbalancer/net/named/[0-9a-f]{16}$`));
    const found = await local.clients.elb.send(new DescribeLoadBalancersCommand({ LoadBalancerArns: [arn] }));
    expect(found.LoadBalancers?.[0]?.DNSName).to.equal(
      `named-${given(arn.split("/").at(-1))}.elb.${region}.amazonaws.com`,
    );
    const tags = await local.clients.elb.send(new DescribeTagsCommand({ ResourceArns: [arn] }));
    expect(tags.TagDescriptions?.[0]?.Tags).to.deep.equal([{ Key: "team", Value: "blue" }]);
  });

  it("are not created twice with one name", async () => {
    await create("once");
    expect(await errorCode(create("once"))).to.match(/^DuplicateLoadBalancerName/);
  });

  it("keep their subnets and security groups from being deleted", async () => {
    const arn = given((await create("keeper")).LoadBalancers?.[0]?.LoadBalancerArn);
    expect(
      await errorCode(local.clients.ec2.send(new DeleteSubnetCommand({ SubnetId: given(network.subnetIds[0]) }))),
    ).to.equal("DependencyViolation");
    expect(await errorCode(local.clients.ec2.send(new DeleteSecurityGroupCommand({ GroupId: group })))).to.equal(
      "DependencyViolation",
    );
    await local.clients.elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn: arn }));
  });

  it("delete their listeners with them, so that their target group can be deleted", async () => {
    const arn = given((await create("listening")).LoadBalancers?.[0]?.LoadBalancerArn);
    const target = await createTargetGroup("listening");
    await local.clients.elb.send(
      new CreateListenerCommand({
        LoadBalancerArn: arn,
        Protocol: "TCP",
        Port: 443,
        DefaultActions: [{ Type: "forward", TargetGroupArn: target }],
      }),
    );
    const removeTargets = () =>
      errorCode(local.clients.elb.send(new DeleteTargetGroupCommand({ TargetGroupArn: target })));
    expect(await removeTargets()).to.match(/^ResourceInUse/);
    await local.clients.elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn: arn }));
    expect(await removeTargets()).to.equal("no error");
  });

  it("allow two hyphens inside a target group's name, as kOps creates them, but none at either end", async () => {
    const make = (Name: string) =>
      local.clients.elb.send(
        new CreateTargetGroupCommand({
          Name,
          Protocol: "TCP",
          Port: 443,
          VpcId: network.vpcId,
          Tags: [{ Key: "team", Value: "blue" }],
        }),
      );
    const arn = given((await make("kops-controller-k1--abc123")).TargetGroups?.[0]?.TargetGroupArn);
    expect(arn).to.match(/:targetgroup\/kops-controller-k1--abc123\/[0-9a-f]{16}$/);
    const found = await local.clients.elb.send(
      new DescribeTargetGroupsCommand({ Names: ["kops-controller-k1--abc123"] }),
    );
    expect(found.TargetGroups?.map((one) => one.TargetGroupArn)).to.deep.equal([arn]);
    const tags = await local.clients.elb.send(new DescribeTagsCommand({ ResourceArns: [arn] }));
    expect(tags.TagDescriptions?.[0]?.Tags).to.deep.equal([{ Key: "team", Value: "blue" }]);
    expect(await errorCode(make("kops-controller-k1--abc123"))).to.match(/^DuplicateTargetGroupName/);
    for (const refused of ["--front", "back--"])
      expect(await errorCode(make(refused)), refused).to.equal("ValidationError");
    await local.clients.elb.send(new DeleteTargetGroupCommand({ TargetGroupArn: arn }));
  });

  it("accept deregistering an unregistered target", async () => {
    const arn = await createTargetGroup("empty");
    await local.clients.elb.send(
      new DeregisterTargetsCommand({ TargetGroupArn: arn, Targets: [{ Id: "i-00000000000000000" }] }),
    );
    const health = await local.clients.elb.send(
      new DescribeTargetHealthCommand({ TargetGroupArn: arn, Targets: [{ Id: "i-00000000000000000" }] }),
    );
    expect(health.TargetHealthDescriptions?.[0]?.TargetHealth?.State).to.equal("unused");
  });

  it("of the classic kind have a host name in the region, and the hosted zone for alias records", async () => {
    expect(await createClassicLoadBalancer(local.aws.endpoint, "classic", given(network.subnetIds[0]))).to.match(
      new RegExp(`^classic-\\d+\\.${region}\\.elb\\.amazonaws\\.com$`),
    );
    expect(await zoneOfClassicLoadBalancer(local.aws.endpoint, "classic")).to.equal("Z1GM3OXH4ZPM65");
    await deleteClassicLoadBalancer(local.aws.endpoint, "classic");
  });

  it("of the classic kind can be deleted before their Auto Scaling group", async () => {
    await createClassicLoadBalancer(local.aws.endpoint, "early", given(network.subnetIds[0]));
    await createGroup(local.clients, "late", await createTemplate(local.clients, "late"), network.subnetIds, 1);
    await local.clients.autoScaling.send(
      new AttachLoadBalancersCommand({ AutoScalingGroupName: "late", LoadBalancerNames: ["early"] }),
    );
    await deleteClassicLoadBalancer(local.aws.endpoint, "early");
    expect(
      await errorCode(
        local.clients.autoScaling.send(
          new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: "late", ForceDelete: true }),
        ),
      ),
    ).to.equal("no error");
  });
});
