import { BlockList } from "node:net";
import { expect } from "chai";
import {
  AssociateVpcCidrBlockCommand,
  CreateEgressOnlyInternetGatewayCommand,
  CreateNetworkInterfaceCommand,
  CreateSubnetCommand,
  DescribeEgressOnlyInternetGatewaysCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSubnetsCommand,
  ModifySubnetAttributeCommand,
  RunInstancesCommand,
  type CreateSubnetCommandInput,
  type Instance,
  type RequestLaunchTemplateData,
} from "@aws-sdk/client-ec2";
import { errorCode, given, region, zones } from "./clients.ts";
import { createNetwork, createTemplate, type Network } from "./network.ts";
import { awsOfSuite } from "./suite.ts";

describe("IPv6 of the local cloud", function () {
  this.timeout(60_000);
  const local = awsOfSuite();
  let network: Network;
  let prefix: string;
  const range = new BlockList();
  let count = 0;

  before(async () => {
    network = await createNetwork(local.clients, "10.41");
    const made = await local.clients.ec2.send(
      new AssociateVpcCidrBlockCommand({ VpcId: network.vpcId, AmazonProvidedIpv6CidrBlock: true }),
    );
    const cidr = given(made.Ipv6CidrBlockAssociation?.Ipv6CidrBlock);
    prefix = cidr.replace(/00::\/56$/, "");
    range.addSubnet(cidr.replace("/56", ""), 56, "ipv6");
  });

  /** A subnet with a /64 of the VPC's range. */
  async function subnet(more: Partial<CreateSubnetCommandInput>): Promise<string> {
    const made = await local.clients.ec2.send(
      new CreateSubnetCommand({
        VpcId: network.vpcId,
        AvailabilityZone: given(zones[0]),
        Ipv6CidrBlock: `${prefix}${String(++count).padStart(2, "0")}::/64`,
        ...more,
      }),
    );
    return given(made.Subnet?.SubnetId);
  }

  /** An address has more than one text. */
  const isInRange = (address: string | undefined): boolean => range.check(given(address), "ipv6");
  const ipv6Only = () => subnet({ Ipv6Native: true });
  const dualStack = () => subnet({ CidrBlock: `10.41.${100 + count}.0/24` });

  async function run(SubnetId: string, data: RequestLaunchTemplateData = {}, name = "one"): Promise<Instance> {
    const template = await createTemplate(local.clients, `ipv6-${SubnetId}-${name}`, data);
    const made = await local.clients.ec2.send(
      new RunInstancesCommand({ MinCount: 1, MaxCount: 1, SubnetId, LaunchTemplate: { LaunchTemplateId: template } }),
    );
    const found = await local.clients.ec2.send(
      new DescribeInstancesCommand({ InstanceIds: [given(made.Instances?.[0]?.InstanceId)] }),
    );
    return given(found.Reservations?.[0]?.Instances?.[0]);
  }

  it("gives an instance in an IPv6-only subnet an IPv6 address, no other, and a name by its id", async () => {
    const instance = await run(await ipv6Only());
    expect(instance.PrivateIpAddress).to.equal(undefined);
    expect(isInRange(instance.Ipv6Address)).to.equal(true);
    expect(instance.NetworkInterfaces?.[0]?.PrivateIpAddresses ?? []).to.deep.equal([]);
    expect(instance.NetworkInterfaces?.[0]?.Ipv6Addresses?.map((one) => one.Ipv6Address)).to.deep.equal([
      instance.Ipv6Address,
    ]);
    expect(instance.PrivateDnsName).to.equal(`${given(instance.InstanceId)}.${region}.compute.internal`);
  });

  it("gives an instance beside IPv4 as many IPv6 addresses as its template says, else none", async () => {
    const here = await dualStack();
    const one = await run(here, { NetworkInterfaces: [{ DeviceIndex: 0, Ipv6AddressCount: 1 }] });
    expect(one.PrivateIpAddress).to.match(/^10\.41\./);
    expect(isInRange(one.Ipv6Address)).to.equal(true);
    const none = await run(await dualStack());
    expect(none.Ipv6Address).to.equal(undefined);
  });

  it("gives every new interface of a subnet an IPv6 address if the subnet says so, and the template not 0", async () => {
    const here = await dualStack();
    await local.clients.ec2.send(
      new ModifySubnetAttributeCommand({ SubnetId: here, AssignIpv6AddressOnCreation: { Value: true } }),
    );
    const made = await local.clients.ec2.send(new CreateNetworkInterfaceCommand({ SubnetId: here }));
    const found = await local.clients.ec2.send(
      new DescribeNetworkInterfacesCommand({
        NetworkInterfaceIds: [given(made.NetworkInterface?.NetworkInterfaceId)],
      }),
    );
    expect(found.NetworkInterfaces?.[0]?.Ipv6Addresses).to.have.length(1);
    expect(isInRange((await run(here)).Ipv6Address)).to.equal(true);
    const none = await run(here, { NetworkInterfaces: [{ DeviceIndex: 0, Ipv6AddressCount: 0 }] }, "none");
    expect(none.Ipv6Address).to.equal(undefined);
  });

  it("names instances by id in a subnet that says so, also beside IPv4", async () => {
    const here = await dualStack();
    await local.clients.ec2.send(
      new ModifySubnetAttributeCommand({ SubnetId: here, PrivateDnsHostnameTypeOnLaunch: "resource-name" }),
    );
    const instance = await run(here);
    expect(instance.PrivateDnsName).to.equal(`${given(instance.InstanceId)}.${region}.compute.internal`);
  });

  it("keeps DNS64 of a subnet, and names by id in an IPv6-only one from the start", async () => {
    const here = await ipv6Only();
    const describe = async () =>
      given((await local.clients.ec2.send(new DescribeSubnetsCommand({ SubnetIds: [here] }))).Subnets?.[0]);
    expect((await describe()).EnableDns64).to.equal(false);
    expect((await describe()).PrivateDnsNameOptionsOnLaunch?.HostnameType).to.equal("resource-name");
    await local.clients.ec2.send(new ModifySubnetAttributeCommand({ SubnetId: here, EnableDns64: { Value: true } }));
    expect((await describe()).EnableDns64).to.equal(true);
  });

  it("assigns no IPv6 addresses in a subnet without a range for them", async () => {
    const refused = local.clients.ec2.send(
      new ModifySubnetAttributeCommand({
        SubnetId: given(network.subnetIds[0]),
        AssignIpv6AddressOnCreation: { Value: true },
      }),
    );
    expect(await errorCode(refused)).to.equal("InvalidParameterValue");
  });

  it("finds egress-only gateways by tag, and by nothing else", async () => {
    const other = await createNetwork(local.clients, "10.42");
    const make = async (VpcId: string, team: string): Promise<string> => {
      const made = await local.clients.ec2.send(
        new CreateEgressOnlyInternetGatewayCommand({
          VpcId,
          TagSpecifications: [{ ResourceType: "egress-only-internet-gateway", Tags: [{ Key: "team", Value: team }] }],
        }),
      );
      return given(made.EgressOnlyInternetGateway?.EgressOnlyInternetGatewayId);
    };
    const [red, blue] = [await make(network.vpcId, "red"), await make(other.vpcId, "blue")];
    const by = async (Name: string, value: string) => {
      const found = await local.clients.ec2.send(
        new DescribeEgressOnlyInternetGatewaysCommand({ Filters: [{ Name, Values: [value] }] }),
      );
      return found.EgressOnlyInternetGateways?.map((one) => one.EgressOnlyInternetGatewayId);
    };
    expect(await by("tag:team", "red")).to.deep.equal([red]);
    expect(await by("tag-key", "team")).to.have.members([red, blue]);
    expect(await by("tag:team", "green")).to.deep.equal([]);
    // A filter of internet gateways, which kOps uses here.
    expect(await by("attachment.vpc-id", other.vpcId)).to.have.members([red, blue]);
  });
});
