import { CloudWatchLogsClient, CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  AcceptVpcPeeringConnectionCommand,
  CreateFlowLogsCommand,
  CreateTagsCommand,
  CreateVpcCommand,
  CreateVpcEndpointCommand,
  CreateVpcPeeringConnectionCommand,
  DeleteSecurityGroupCommand,
  DeleteSubnetCommand,
  DeleteVpcEndpointsCommand,
  DescribeFlowLogsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSubnetsCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcPeeringConnectionsCommand,
  EC2Client,
  ModifyVpcEndpointCommand,
  type CreateFlowLogsCommandInput,
} from "@aws-sdk/client-ec2";
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { errorCode, given, region } from "./clients.ts";
import { createNetwork, createSecurityGroup, type Network } from "./network.ts";
import { awsOfSuite } from "./suite.ts";

const account = "123456789012";

describe("endpoints, flow logs and peerings of the local cloud", function () {
  this.timeout(60_000);
  const local = awsOfSuite();
  let network: Network;
  let count = 100;

  beforeEach(async () => {
    network = await createNetwork(local.clients, `10.${++count}`);
  });

  const interfaces = async (endpoint: string) => {
    const { NetworkInterfaces: all = [] } = await local.clients.ec2.send(new DescribeNetworkInterfacesCommand({}));
    return all
      .filter(({ Description }) => Description?.endsWith(endpoint))
      .map(({ SubnetId, PrivateIpAddress, Groups }) => ({
        subnet: SubnetId,
        address: PrivateIpAddress,
        groups: Groups?.map(({ GroupId }) => GroupId),
      }));
  };
  const free = async (subnet: string | undefined) =>
    (await local.clients.ec2.send(new DescribeSubnetsCommand({ SubnetIds: [given(subnet)] }))).Subnets?.[0]
      ?.AvailableIpAddressCount;

  it("keep an interface with the endpoint's groups in each of its subnets, also after changes", async () => {
    const [first, second] = [
      await createSecurityGroup(local.clients, network.vpcId, "first"),
      await createSecurityGroup(local.clients, network.vpcId, "second"),
    ];
    const [one, two] = network.subnetIds.map(given);
    const before = await free(one);
    const made = await local.clients.ec2.send(
      new CreateVpcEndpointCommand({
        VpcId: network.vpcId,
        ServiceName: `com.amazonaws.${region}.sts`,
        VpcEndpointType: "Interface",
        PrivateDnsEnabled: false,
        SecurityGroupIds: [first],
        SubnetIds: [given(one)],
      }),
    );
    const id = given(made.VpcEndpoint?.VpcEndpointId);
    const at = async () => (await interfaces(id)).map(({ subnet, groups }) => [subnet, groups]);
    expect(await at()).to.deep.equal([[one, [first]]]);
    expect((await interfaces(id))[0]?.address).to.match(new RegExp(`^10\\.${count}\\.0\\.`));
    expect(await free(one)).to.equal(given(before) - 1);

    await local.clients.ec2.send(
      new ModifyVpcEndpointCommand({
        VpcEndpointId: id,
        AddSubnetIds: [given(two)],
        AddSecurityGroupIds: [second],
        RemoveSecurityGroupIds: [first],
        PrivateDnsEnabled: true,
      }),
    );
    expect(await at()).to.deep.equal([
      [one, [second]],
      [two, [second]],
    ]);
    const seen = (await local.clients.ec2.send(new DescribeVpcEndpointsCommand({ VpcEndpointIds: [id] })))
      .VpcEndpoints?.[0];
    expect([seen?.PrivateDnsEnabled, seen?.NetworkInterfaceIds?.length]).to.deep.equal([true, 2]);
    expect(await errorCode(local.clients.ec2.send(new DeleteSecurityGroupCommand({ GroupId: second })))).to.equal(
      "DependencyViolation",
    );
    expect(await errorCode(local.clients.ec2.send(new DeleteSubnetCommand({ SubnetId: two })))).to.equal(
      "DependencyViolation",
    );

    await local.clients.ec2.send(new ModifyVpcEndpointCommand({ VpcEndpointId: id, RemoveSubnetIds: [given(one)] }));
    expect(await at()).to.deep.equal([[two, [second]]]);
    expect(await free(one)).to.equal(before);
    await local.clients.ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [id] }));
    expect(await at()).to.deep.equal([]);
    await local.clients.ec2.send(new DeleteSecurityGroupCommand({ GroupId: second }));
    await local.clients.ec2.send(new DeleteSubnetCommand({ SubnetId: two }));
  });

  it("deliver flow logs to a log group by ARN or a bucket folder, and report a missing group as failed", async () => {
    const logs = new CloudWatchLogsClient({
      endpoint: local.aws.endpoint,
      region,
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
    await logs.send(new CreateLogGroupCommand({ logGroupName: `flows-${count}` }));
    await local.clients.s3.send(
      new CreateBucketCommand({
        Bucket: `flows-${count}`,
        CreateBucketConfiguration: { LocationConstraint: region },
      }),
    );
    const make = async (wish: Partial<CreateFlowLogsCommandInput>) => {
      const { FlowLogIds: [id] = [] } = await local.clients.ec2.send(
        new CreateFlowLogsCommand({ ResourceIds: [network.vpcId], ResourceType: "VPC", TrafficType: "ALL", ...wish }),
      );
      const { FlowLogs: [log] = [] } = await local.clients.ec2.send(
        new DescribeFlowLogsCommand({ Filter: [{ Name: "flow-log-id", Values: [given(id)] }] }),
      );
      return [log?.DeliverLogsStatus, log?.LogGroupName, log?.LogDestination];
    };
    const toGroup = (name: string) => ({
      LogDestination: `arn:aws:logs:${region}:${account}:log-group:${name}`,
      DeliverLogsPermissionArn: `arn:aws:iam::${account}:role/flows`,
    });
    expect(await make(toGroup(`flows-${count}`))).to.deep.equal([
      "SUCCESS",
      `flows-${count}`,
      toGroup(`flows-${count}`).LogDestination,
    ]);
    expect((await make(toGroup("nowhere")))[0]).to.equal("FAILED");
    const bucket = `arn:aws:s3:::flows-${count}/sbx`;
    expect(await make({ LogDestinationType: "s3", LogDestination: bucket })).to.deep.equal([
      "SUCCESS",
      undefined,
      bucket,
    ]);
    const twice = await errorCode(
      local.clients.ec2.send(
        new CreateFlowLogsCommand({
          ResourceIds: [network.vpcId],
          ResourceType: "VPC",
          TrafficType: "ALL",
          ...toGroup(`flows-${count}`),
        }),
      ),
    );
    expect(twice).to.equal("FlowLogAlreadyExists");
  });

  it("have separate tags at each end of a peering, which is accepted in the other VPC's region", async () => {
    const far = new EC2Client({
      endpoint: local.aws.endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
    const peer = given((await far.send(new CreateVpcCommand({ CidrBlock: "10.99.0.0/16" }))).Vpc?.VpcId);
    const made = await local.clients.ec2.send(
      new CreateVpcPeeringConnectionCommand({ VpcId: network.vpcId, PeerVpcId: peer, PeerRegion: "us-east-1" }),
    );
    const id = given(made.VpcPeeringConnection?.VpcPeeringConnectionId);
    expect(
      await errorCode(local.clients.ec2.send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId: id }))),
    ).to.equal("OperationNotPermitted");
    await far.send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId: id }));
    await local.clients.ec2.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key: "side", Value: "here" }] }));
    await far.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key: "side", Value: "there" }] }));
    const seen = async (client: EC2Client) => {
      const { VpcPeeringConnections: [one] = [] } = await client.send(
        new DescribeVpcPeeringConnectionsCommand({ VpcPeeringConnectionIds: [id] }),
      );
      return [one?.Status?.Code, one?.Tags?.map(({ Value }) => Value)];
    };
    expect([await seen(local.clients.ec2), await seen(far)]).to.deep.equal([
      ["active", ["here"]],
      ["active", ["there"]],
    ]);
  });
});
