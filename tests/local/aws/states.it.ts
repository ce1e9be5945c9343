import {
  DeleteAutoScalingGroupCommand,
  DescribeAutoScalingGroupsCommand,
  PutLifecycleHookCommand,
  TerminateInstanceInAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
} from "@aws-sdk/client-auto-scaling";
import {
  AllocateAddressCommand,
  CreateNatGatewayCommand,
  CreateVolumeCommand,
  CreateVpcEndpointCommand,
  DeleteNatGatewayCommand,
  DeleteVolumeCommand,
  DeleteVpcEndpointsCommand,
  DescribeInstancesCommand,
  DescribeNatGatewaysCommand,
  DescribeNetworkInterfacesCommand,
  DescribeVolumesCommand,
  DescribeVpcEndpointsCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { expect } from "chai";
import { errorCode, given, region, zones } from "./clients.ts";
import { endStates, keepStates } from "./keep-states.ts";
import { createGroup, createNetwork, createTemplate, groupNamed, instanceIdsOf, type Network } from "./network.ts";
import { awsOfSuite } from "./suite.ts";

describe("on the local cloud, while states last,", function () {
  this.timeout(60_000);
  const local = awsOfSuite();
  let network: Network;

  before(async () => {
    network = await createNetwork(local.clients);
  });
  afterEach(() => endStates(local.aws.endpoint));

  const makeGroup = async (name: string, size: number): Promise<string> => {
    const template = await createTemplate(local.clients, name, { UserData: "Zmlyc3Q=" });
    await createGroup(local.clients, name, template, network.subnetIds, size);
    return template;
  };
  const lifecycle = async (name: string): Promise<Record<string, string>> => {
    const { Instances = [] } = await groupNamed(local.clients, name);
    return Object.fromEntries(Instances.map((one) => [given(one.InstanceId), given(one.LifecycleState)]));
  };
  const stateOf = async (id: string): Promise<string | undefined> =>
    (await local.clients.ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }))).Reservations?.[0]
      ?.Instances?.[0]?.State?.Name;
  const terminate = (InstanceId: string): Promise<unknown> =>
    local.clients.autoScaling.send(
      new TerminateInstanceInAutoScalingGroupCommand({ InstanceId, ShouldDecrementDesiredCapacity: false }),
    );

  for (const [by, group, act, state] of [
    ["its group", "hooked-1", terminate, "running"],
    [
      "EC2",
      "hooked-2",
      (id: string) => local.clients.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] })),
      "shutting-down",
    ],
  ] as const) {
    it(`an instance terminated by ${by} is ${state} in its group while a hook waits, beside its replacement`, async () => {
      await makeGroup(group, 1);
      await local.clients.autoScaling.send(
        new PutLifecycleHookCommand({
          AutoScalingGroupName: group,
          LifecycleHookName: "drain",
          LifecycleTransition: "autoscaling:EC2_INSTANCE_TERMINATING",
        }),
      );
      const [old = ""] = await instanceIdsOf(local.clients, group);
      await keepStates(local.aws.endpoint, "instances");
      await act(old);
      const { [old]: before, ...others } = await lifecycle(group);
      expect([before, await stateOf(old), Object.values(others)]).to.deep.equal([
        "Terminating:Wait",
        state,
        ["InService"],
      ]);
      await endStates(local.aws.endpoint);
      expect(await lifecycle(group)).to.deep.equal(others);
      expect(await stateOf(old)).to.equal("terminated");
    });
  }

  it("a terminated instance without a hook is shutting down, and keeps its network interface", async () => {
    await makeGroup("plain", 1);
    const [old = ""] = await instanceIdsOf(local.clients, "plain");
    await keepStates(local.aws.endpoint, "instances");
    await terminate(old);
    expect([(await lifecycle("plain"))[old], await stateOf(old)]).to.deep.equal(["Terminating", "shutting-down"]);
    const interfaces = async (): Promise<number | undefined> =>
      (
        await local.clients.ec2.send(
          new DescribeNetworkInterfacesCommand({ Filters: [{ Name: "attachment.instance-id", Values: [old] }] }),
        )
      ).NetworkInterfaces?.length;
    expect(await interfaces()).to.equal(1);
    await endStates(local.aws.endpoint);
    expect(await interfaces()).to.equal(0);
  });

  it("a deleted group is listed, cannot be changed and keeps its name", async () => {
    const template = await makeGroup("gone", 2);
    const ids = await instanceIdsOf(local.clients, "gone");
    await keepStates(local.aws.endpoint, "groups");
    await local.clients.autoScaling.send(
      new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: "gone", ForceDelete: true }),
    );
    expect((await groupNamed(local.clients, "gone")).Status).to.equal("Delete in progress");
    for (const id of ids) expect(await stateOf(id)).to.equal("terminated");
    expect(
      await errorCode(
        local.clients.autoScaling.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: "gone", MaxSize: 9 })),
      ),
    ).to.equal("ValidationError");
    expect(await errorCode(createGroup(local.clients, "gone", template, network.subnetIds, 1))).to.match(
      /AlreadyExists/,
    );
    await endStates(local.aws.endpoint);
    const { AutoScalingGroups } = await local.clients.autoScaling.send(
      new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: ["gone"] }),
    );
    expect(AutoScalingGroups).to.deep.equal([]);
    await createGroup(local.clients, "gone", template, network.subnetIds, 1);
  });

  it("a deleted volume is shown with its tags", async () => {
    const { VolumeId = "" } = await local.clients.ec2.send(
      new CreateVolumeCommand({
        AvailabilityZone: zones[0],
        Size: 1,
        TagSpecifications: [{ ResourceType: "volume", Tags: [{ Key: "Name", Value: "a.etcd-main" }] }],
      }),
    );
    const shown = async (): Promise<(string | undefined)[]> =>
      (
        await local.clients.ec2.send(
          new DescribeVolumesCommand({ Filters: [{ Name: "tag:Name", Values: ["a.etcd-main"] }] }),
        )
      ).Volumes?.map(({ State }) => State) ?? [];
    await keepStates(local.aws.endpoint, "volumes");
    await local.clients.ec2.send(new DeleteVolumeCommand({ VolumeId }));
    expect(await shown()).to.deep.equal(["deleting"]);
    await endStates(local.aws.endpoint);
    expect(await shown()).to.deep.equal([]);
  });

  it("a NAT gateway is pending, then deleting, and keeps its address until it is gone", async () => {
    await keepStates(local.aws.endpoint, "nat-gateways");
    const { AllocationId } = await local.clients.ec2.send(new AllocateAddressCommand({ Domain: "vpc" }));
    const { NatGateway } = await local.clients.ec2.send(
      new CreateNatGatewayCommand({ SubnetId: network.subnetIds[0], AllocationId }),
    );
    const id = given(NatGateway?.NatGatewayId);
    const seen = async (): Promise<string | undefined> =>
      (await local.clients.ec2.send(new DescribeNatGatewaysCommand({ NatGatewayIds: [id] }))).NatGateways?.[0]?.State;
    const interfaces = async (): Promise<number | undefined> =>
      (
        await local.clients.ec2.send(
          new DescribeNetworkInterfacesCommand({
            Filters: [{ Name: "description", Values: [`Interface for NAT Gateway ${id}`] }],
          }),
        )
      ).NetworkInterfaces?.length;
    expect(await seen()).to.equal("pending");
    await endStates(local.aws.endpoint);
    expect(await seen()).to.equal("available");
    await keepStates(local.aws.endpoint, "nat-gateways");
    await local.clients.ec2.send(new DeleteNatGatewayCommand({ NatGatewayId: id }));
    expect([await seen(), await interfaces()]).to.deep.equal(["deleting", 1]);
    await endStates(local.aws.endpoint);
    expect([await seen(), await interfaces()]).to.deep.equal(["deleted", 0]);
  });

  it("an interface endpoint is pending, then deleting; a gateway endpoint is available at once", async () => {
    await keepStates(local.aws.endpoint, "vpc-endpoints");
    const make = async (service: string, type: "Gateway" | "Interface"): Promise<string> =>
      given(
        (
          await local.clients.ec2.send(
            new CreateVpcEndpointCommand({
              VpcId: network.vpcId,
              ServiceName: `com.amazonaws.${region}.${service}`,
              VpcEndpointType: type,
              ...(type === "Interface" && { SubnetIds: [given(network.subnetIds[0])] }),
            }),
          )
        ).VpcEndpoint?.VpcEndpointId,
      );
    const seen = async (id: string): Promise<string[]> =>
      (await local.clients.ec2.send(new DescribeVpcEndpointsCommand({}))).VpcEndpoints?.flatMap((one) =>
        one.VpcEndpointId === id ? [one.State ?? ""] : [],
      ) ?? [];
    const [slow, quick] = [await make("ec2", "Interface"), await make("s3", "Gateway")];
    expect([await seen(slow), await seen(quick)]).to.deep.equal([["pending"], ["available"]]);
    await endStates(local.aws.endpoint);
    expect(await seen(slow)).to.deep.equal(["available"]);
    await keepStates(local.aws.endpoint, "vpc-endpoints");
    await local.clients.ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [slow, quick] }));
    expect([await seen(slow), await seen(quick)]).to.deep.equal([["deleting"], []]);
    await endStates(local.aws.endpoint);
    expect(await seen(slow)).to.deep.equal([]);
  });
});
