import { expect } from "chai";
import {
  AttachLoadBalancerTargetGroupsCommand,
  DeleteAutoScalingGroupCommand,
  DescribeAutoScalingInstancesCommand,
  DescribeWarmPoolCommand,
  DetachInstancesCommand,
  SetDesiredCapacityCommand,
  SetInstanceHealthCommand,
  SuspendProcessesCommand,
  TerminateInstanceInAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
} from "@aws-sdk/client-auto-scaling";
import {
  DeleteLaunchTemplateCommand,
  DescribeInstancesCommand,
  ModifyLaunchTemplateCommand,
  TerminateInstancesCommand,
  type Instance,
} from "@aws-sdk/client-ec2";
import { CreateTargetGroupCommand, DescribeTargetHealthCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { CreateInstanceProfileCommand, DeleteInstanceProfileCommand } from "@aws-sdk/client-iam";
import { errorCode, given, zones } from "./clients.ts";
import {
  createGroup,
  createNetwork,
  createTemplate,
  createVersion,
  groupNamed,
  instanceIdsOf,
  type Network,
} from "./network.ts";
import { awsOfSuite } from "./suite.ts";

describe("Auto Scaling groups of the local cloud", function () {
  this.timeout(60_000);
  const local = awsOfSuite();
  let network: Network;
  let count = 0;
  let name: string;
  let template: string;

  before(async () => {
    network = await createNetwork(local.clients);
  });
  beforeEach(async () => {
    name = `group-${++count}`;
    template = await createTemplate(local.clients, name, { UserData: "Zmlyc3Q=" });
    await createGroup(local.clients, name, template, network.subnetIds, 3);
  });
  afterEach(() =>
    local.clients.autoScaling
      .send(new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: name, ForceDelete: true }))
      .catch(() => undefined),
  );

  async function instance(id: string): Promise<Instance> {
    const found = await local.clients.ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
    return given(found.Reservations?.[0]?.Instances?.[0]);
  }

  async function attachTargetGroup(): Promise<string> {
    const made = await local.clients.elb.send(
      new CreateTargetGroupCommand({ Name: `targets-${count}`, Protocol: "TCP", Port: 443, VpcId: network.vpcId }),
    );
    const arn = given(made.TargetGroups?.[0]?.TargetGroupArn);
    await local.clients.autoScaling.send(
      new AttachLoadBalancerTargetGroupsCommand({ AutoScalingGroupName: name, TargetGroupARNs: [arn] }),
    );
    return arn;
  }

  async function targetsOf(arn: string): Promise<string[]> {
    const health = await local.clients.elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: arn }));
    return (health.TargetHealthDescriptions ?? []).map((target) => given(target.Target?.Id)).sort();
  }

  const versionsOf = async () =>
    (await groupNamed(local.clients, name)).Instances?.map((one) => one.LaunchTemplate?.Version);

  it("spread their instances evenly over their zones", async () => {
    const group = await groupNamed(local.clients, name);
    expect(group.Instances?.map((one) => one.AvailabilityZone).sort()).to.deep.equal(zones);
  });

  it("pass their propagated tags and their name to their instances", async () => {
    const [id] = await instanceIdsOf(local.clients, name);
    expect((await instance(given(id))).Tags)
      .to.deep.include({ Key: "team", Value: "blue" })
      .and.deep.include({ Key: "aws:autoscaling:groupName", Value: name });
  });

  it("report the template version an instance was launched with, whatever happens to the template", async () => {
    await createVersion(local.clients, template, { InstanceType: "t3.large", UserData: "c2Vjb25k" });
    await local.clients.ec2.send(new ModifyLaunchTemplateCommand({ LaunchTemplateId: template, DefaultVersion: "2" }));
    expect(await versionsOf()).to.deep.equal(["1", "1", "1"]);
    const single = await local.clients.autoScaling.send(
      new DescribeAutoScalingInstancesCommand({ InstanceIds: await instanceIdsOf(local.clients, name) }),
    );
    expect(single.AutoScalingInstances?.map((one) => one.LaunchTemplate?.Version)).to.deep.equal(["1", "1", "1"]);
  });

  it("launch from the version they name, not the default version", async () => {
    await createVersion(local.clients, template, { InstanceType: "t3.large", UserData: "c2Vjb25k" });
    const [old] = await instanceIdsOf(local.clients, name);
    await local.clients.ec2.send(new TerminateInstancesCommand({ InstanceIds: [given(old)] }));
    const group = await groupNamed(local.clients, name);
    expect(group.Instances?.map((one) => [one.InstanceType, one.LaunchTemplate?.Version]).sort()).to.deep.equal([
      ["t3.large", "2"],
      ["t3.medium", "1"],
      ["t3.medium", "1"],
    ]);
  });

  it("replace an instance that EC2 terminated, in its zone and in the target group", async () => {
    const arn = await attachTargetGroup();
    const before = await instanceIdsOf(local.clients, name);
    const gone = given(before[0]);
    await local.clients.ec2.send(new TerminateInstancesCommand({ InstanceIds: [gone] }));
    const group = await groupNamed(local.clients, name);
    const after = (group.Instances ?? []).map((one) => given(one.InstanceId));
    expect(after).to.have.length(3).and.not.include(gone);
    expect(group.Instances?.map((one) => one.AvailabilityZone).sort()).to.deep.equal(zones);
    expect(await targetsOf(arn)).to.deep.equal([...after].sort());
    expect((await instance(gone)).State?.Name).to.equal("terminated");
  });

  it("answer success for an already terminated instance, and launch nothing for it", async () => {
    const gone = given((await instanceIdsOf(local.clients, name))[0]);
    await local.clients.ec2.send(new TerminateInstancesCommand({ InstanceIds: [gone] }));
    const after = await instanceIdsOf(local.clients, name);
    await local.clients.ec2.send(new TerminateInstancesCommand({ InstanceIds: [gone] }));
    expect(await instanceIdsOf(local.clients, name)).to.deep.equal(after);
  });

  it("replace an instance terminated without a decrement", async () => {
    const gone = given((await instanceIdsOf(local.clients, name))[0]);
    await local.clients.autoScaling.send(
      new TerminateInstanceInAutoScalingGroupCommand({ InstanceId: gone, ShouldDecrementDesiredCapacity: false }),
    );
    expect(await instanceIdsOf(local.clients, name))
      .to.have.length(3)
      .and.not.include(gone);
  });

  it("shrink when an instance is terminated with a decrement, but not below their minimum", async () => {
    await local.clients.autoScaling.send(
      new SetDesiredCapacityCommand({ AutoScalingGroupName: name, DesiredCapacity: 4 }),
    );
    const [first, second] = await instanceIdsOf(local.clients, name);
    await local.clients.autoScaling.send(
      new TerminateInstanceInAutoScalingGroupCommand({ InstanceId: first, ShouldDecrementDesiredCapacity: true }),
    );
    const group = await groupNamed(local.clients, name);
    expect([group.DesiredCapacity, group.Instances?.length]).to.deep.equal([3, 3]);
    const refused = local.clients.autoScaling.send(
      new TerminateInstanceInAutoScalingGroupCommand({ InstanceId: second, ShouldDecrementDesiredCapacity: true }),
    );
    expect(await errorCode(refused)).to.equal("ValidationError");
    expect(await instanceIdsOf(local.clients, name)).to.include(second);
  });

  it("let a detached instance run outside the group and its target group, and launch another", async () => {
    const arn = await attachTargetGroup();
    const detached = given((await instanceIdsOf(local.clients, name))[0]);
    await local.clients.autoScaling.send(
      new DetachInstancesCommand({
        AutoScalingGroupName: name,
        InstanceIds: [detached],
        ShouldDecrementDesiredCapacity: false,
      }),
    );
    const after = await instanceIdsOf(local.clients, name);
    expect(after).to.have.length(3).and.not.include(detached);
    expect(await targetsOf(arn)).to.deep.equal([...after].sort());
    const still = await instance(detached);
    expect(still.State?.Name).to.equal("running");
    expect(still.Tags?.map((tag) => tag.Key)).to.not.include("aws:autoscaling:groupName");

    await local.clients.ec2.send(new TerminateInstancesCommand({ InstanceIds: [detached] }));
    expect(await instanceIdsOf(local.clients, name), "a detached instance is not replaced").to.deep.equal(after);
  });

  it("replace an instance marked as unhealthy", async () => {
    const sick = given((await instanceIdsOf(local.clients, name))[0]);
    await local.clients.autoScaling.send(new SetInstanceHealthCommand({ InstanceId: sick, HealthStatus: "Unhealthy" }));
    expect(await instanceIdsOf(local.clients, name))
      .to.have.length(3)
      .and.not.include(sick);
  });

  it("launch nothing while Launch is suspended", async () => {
    await local.clients.autoScaling.send(
      new SuspendProcessesCommand({ AutoScalingGroupName: name, ScalingProcesses: ["Launch"] }),
    );
    await local.clients.ec2.send(
      new TerminateInstancesCommand({ InstanceIds: [given((await instanceIdsOf(local.clients, name))[0])] }),
    );
    expect(await instanceIdsOf(local.clients, name)).to.have.length(2);
  });

  it("launch nothing, and fail no request, after their template is deleted", async () => {
    await local.clients.ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId: template }));
    await local.clients.ec2.send(
      new TerminateInstancesCommand({ InstanceIds: [given((await instanceIdsOf(local.clients, name))[0])] }),
    );
    expect(await instanceIdsOf(local.clients, name)).to.have.length(2);
  });

  it("launch nothing, and fail no request, after their template's instance profile is deleted", async () => {
    const profile = { InstanceProfileName: `profile-${count}` };
    await local.clients.iam.send(new CreateInstanceProfileCommand(profile));
    await createVersion(local.clients, template, { IamInstanceProfile: { Name: profile.InstanceProfileName } });
    const before = await instanceIdsOf(local.clients, name);
    await local.clients.iam.send(new DeleteInstanceProfileCommand(profile));
    await local.clients.ec2.send(new TerminateInstancesCommand({ InstanceIds: before.slice(0, 1) }));
    expect(await instanceIdsOf(local.clients, name)).to.have.members(before.slice(1));
    const ofGroup = { Name: "tag:aws:autoscaling:groupName", Values: [name] };
    const running = await local.clients.ec2.send(
      new DescribeInstancesCommand({
        Filters: [ofGroup, { Name: "instance-state-name", Values: ["pending", "running"] }],
      }),
    );
    expect(
      running.Reservations?.flatMap(({ Instances = [] }) => Instances.map(({ InstanceId }) => InstanceId)),
    ).to.have.members(before.slice(1));
  });

  it("remove the oldest template version in the fullest zone first when they shrink", async () => {
    await createVersion(local.clients, template, { InstanceType: "t3.large" });
    await local.clients.autoScaling.send(
      new SetDesiredCapacityCommand({ AutoScalingGroupName: name, DesiredCapacity: 4 }),
    );
    const group = await groupNamed(local.clients, name);
    const newest = given(group.Instances?.find((one) => one.LaunchTemplate?.Version === "2"));
    const neighbour = given(
      group.Instances?.find((one) => one.AvailabilityZone === newest.AvailabilityZone && one !== newest),
    );
    await local.clients.autoScaling.send(
      new SetDesiredCapacityCommand({ AutoScalingGroupName: name, DesiredCapacity: 3 }),
    );
    const left = await instanceIdsOf(local.clients, name);
    expect(left).to.include(newest.InstanceId).and.not.include(neighbour.InstanceId);
  });

  it("refuse a capacity outside their limits", async () => {
    const set = (size: number) =>
      errorCode(
        local.clients.autoScaling.send(
          new SetDesiredCapacityCommand({ AutoScalingGroupName: name, DesiredCapacity: size }),
        ),
      );
    expect([await set(2), await set(6)]).to.deep.equal(["ValidationError", "ValidationError"]);
  });

  it("grow to a new minimum", async () => {
    await local.clients.autoScaling.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: name, MinSize: 5 }));
    const group = await groupNamed(local.clients, name);
    expect([group.DesiredCapacity, group.Instances?.length]).to.deep.equal([5, 5]);
  });

  it("keep their mixed instances policy when an update omits it", async () => {
    await local.clients.autoScaling.send(
      new UpdateAutoScalingGroupCommand({
        AutoScalingGroupName: name,
        MixedInstancesPolicy: {
          LaunchTemplate: {
            LaunchTemplateSpecification: { LaunchTemplateId: template, Version: "$Latest" },
            Overrides: [{ InstanceType: "m5.large" }],
          },
        },
      }),
    );
    await local.clients.autoScaling.send(
      new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: name, MaxSize: 6, DesiredCapacity: 4 }),
    );
    const group = await groupNamed(local.clients, name);
    expect(group.MixedInstancesPolicy?.LaunchTemplate?.Overrides?.[0]?.InstanceType).to.equal("m5.large");
    expect(group.LaunchTemplate).to.equal(undefined);
    expect(group.Instances?.map((one) => one.InstanceType)).to.include("m5.large");
  });

  it("need force to be deleted with instances, and delete them too", async () => {
    const ids = await instanceIdsOf(local.clients, name);
    const plain = local.clients.autoScaling.send(new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: name }));
    expect(await errorCode(plain)).to.match(/^ResourceInUse/);
    await local.clients.autoScaling.send(
      new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: name, ForceDelete: true }),
    );
    const found = await local.clients.ec2.send(new DescribeInstancesCommand({ InstanceIds: ids }));
    const states = found.Reservations?.flatMap((reservation) => reservation.Instances ?? []).map(
      (one) => one.State?.Name,
    );
    expect(states).to.deep.equal(["terminated", "terminated", "terminated"]);
  });

  it("answer ValidationError for the warm pool of a group that does not exist", async () => {
    expect(
      await errorCode(local.clients.autoScaling.send(new DescribeWarmPoolCommand({ AutoScalingGroupName: "nobody" }))),
    ).to.equal("ValidationError");
  });

  it("keep their instances' maximum lifetime until it is removed", async () => {
    await createGroup(local.clients, "mortal", template, network.subnetIds, 0);
    const lifetime = async (MaxInstanceLifetime: number) => {
      await local.clients.autoScaling.send(
        new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: "mortal", MaxInstanceLifetime }),
      );
      return (await groupNamed(local.clients, "mortal")).MaxInstanceLifetime;
    };
    expect(await lifetime(604_800)).to.equal(604_800);
    expect(await lifetime(0)).to.equal(undefined);
  });

  it("keep whether they replace spot instances ahead of an interruption", async () => {
    await createGroup(local.clients, "wary", template, network.subnetIds, 0);
    for (const CapacityRebalance of [true, false]) {
      await local.clients.autoScaling.send(
        new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: "wary", CapacityRebalance }),
      );
      expect((await groupNamed(local.clients, "wary")).CapacityRebalance).to.equal(CapacityRebalance);
    }
  });
});
