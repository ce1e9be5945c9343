import { expect } from "chai";
import {
  AllocateAddressCommand,
  AttachInternetGatewayCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateDhcpOptionsCommand,
  AssociateDhcpOptionsCommand,
  AssociateSubnetCidrBlockCommand,
  AssociateVpcCidrBlockCommand,
  CreateEgressOnlyInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateNatGatewayCommand,
  CreateNetworkInterfaceCommand,
  CreateRouteTableCommand,
  CreateSubnetCommand,
  CreateVpcEndpointCommand,
  DeleteDhcpOptionsCommand,
  DeleteEgressOnlyInternetGatewayCommand,
  DeleteNatGatewayCommand,
  DeleteNetworkInterfaceCommand,
  DeleteRouteTableCommand,
  DeleteSecurityGroupCommand,
  DeleteSubnetCommand,
  DeleteVpcCommand,
  DeleteVpcEndpointsCommand,
  DescribeAddressesCommand,
  DescribeDhcpOptionsCommand,
  DescribeNatGatewaysCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSubnetsCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
  DetachInternetGatewayCommand,
  DisassociateSubnetCidrBlockCommand,
  DisassociateVpcCidrBlockCommand,
  ModifySubnetAttributeCommand,
  ModifyVpcEndpointCommand,
  ReleaseAddressCommand,
  RevokeSecurityGroupIngressCommand,
} from "@aws-sdk/client-ec2";
import { errorCode, given, region } from "./clients.ts";
import { createNetwork, createSecurityGroup, type Network } from "./network.ts";
import { awsOfSuite } from "./suite.ts";

describe("networks of the local cloud", function () {
  this.timeout(60_000);
  const local = awsOfSuite();
  let network: Network;
  let count = 10;

  beforeEach(async () => {
    network = await createNetwork(local.clients, `10.${++count}`);
  });

  const subnet = () => given(network.subnetIds[0]);

  it("delete a subnet's route table association with the subnet, so that the table can be deleted", async () => {
    for (const id of network.subnetIds) await local.clients.ec2.send(new DeleteSubnetCommand({ SubnetId: id }));
    const tables = await local.clients.ec2.send(
      new DescribeRouteTablesCommand({ RouteTableIds: [network.routeTableId] }),
    );
    expect(tables.RouteTables?.[0]?.Associations).to.deep.equal([]);
    await local.clients.ec2.send(new DeleteRouteTableCommand({ RouteTableId: network.routeTableId }));
    await local.clients.ec2.send(new DeleteVpcCommand({ VpcId: network.vpcId }));
  });

  it("keep a subnet that has a network interface", async () => {
    const made = await local.clients.ec2.send(new CreateNetworkInterfaceCommand({ SubnetId: subnet() }));
    expect(await errorCode(local.clients.ec2.send(new DeleteSubnetCommand({ SubnetId: subnet() })))).to.equal(
      "DependencyViolation",
    );
    await local.clients.ec2.send(
      new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: given(made.NetworkInterface?.NetworkInterfaceId) }),
    );
    await local.clients.ec2.send(new DeleteSubnetCommand({ SubnetId: subnet() }));
  });

  it("store all private DNS name options of a subnet", async () => {
    const set = (attribute: object) =>
      local.clients.ec2.send(new ModifySubnetAttributeCommand({ SubnetId: subnet(), ...attribute }));
    await set({ PrivateDnsHostnameTypeOnLaunch: "resource-name" });
    await set({ EnableResourceNameDnsARecordOnLaunch: { Value: true } });
    await set({ EnableResourceNameDnsAAAARecordOnLaunch: { Value: true } });
    const found = await local.clients.ec2.send(new DescribeSubnetsCommand({ SubnetIds: [subnet()] }));
    expect(found.Subnets?.[0]?.PrivateDnsNameOptionsOnLaunch).to.deep.equal({
      HostnameType: "resource-name",
      EnableResourceNameDnsARecord: true,
      EnableResourceNameDnsAAAARecord: true,
    });
  });

  it("assign no public addresses in a new subnet by default, also if its zone is given by id", async () => {
    await local.clients.ec2.send(
      new CreateSubnetCommand({
        VpcId: network.vpcId,
        CidrBlock: `10.${count}.50.0/24`,
        AvailabilityZoneId: "apse2-az1",
      }),
    );
    const found = await local.clients.ec2.send(
      new DescribeSubnetsCommand({ Filters: [{ Name: "vpc-id", Values: [network.vpcId] }] }),
    );
    expect(found.Subnets?.map((one) => [one.MapPublicIpOnLaunch, one.DefaultForAz])).to.deep.equal(
      Array(4).fill([false, false]),
    );
  });

  it("release address and interface of a deleted NAT gateway", async () => {
    const { AllocationId: allocation } = await local.clients.ec2.send(new AllocateAddressCommand({ Domain: "vpc" }));
    const made = await local.clients.ec2.send(
      new CreateNatGatewayCommand({ SubnetId: subnet(), AllocationId: allocation }),
    );
    const id = given(made.NatGateway?.NatGatewayId);
    const describe = () => local.clients.ec2.send(new DescribeNatGatewaysCommand({ NatGatewayIds: [id] }));
    const gateway = given((await describe()).NatGateways?.[0]);
    expect(gateway.State).to.equal("available");
    expect(gateway.NatGatewayAddresses?.[0]?.PrivateIp).to.match(new RegExp(`^10\\.${count}\\.0\\.`));

    expect(await errorCode(local.clients.ec2.send(new ReleaseAddressCommand({ AllocationId: allocation })))).to.equal(
      "InvalidIPAddress.InUse",
    );
    await local.clients.ec2.send(new DeleteNatGatewayCommand({ NatGatewayId: id }));
    expect((await describe()).NatGateways?.[0]?.State).to.equal("deleted");
    const address = await local.clients.ec2.send(new DescribeAddressesCommand({ AllocationIds: [given(allocation)] }));
    expect(address.Addresses?.[0]?.AssociationId).to.equal(undefined);
    const interfaces = await local.clients.ec2.send(
      new DescribeNetworkInterfacesCommand({ Filters: [{ Name: "subnet-id", Values: [subnet()] }] }),
    );
    expect(interfaces.NetworkInterfaces).to.deep.equal([]);
    await local.clients.ec2.send(new ReleaseAddressCommand({ AllocationId: allocation }));
    await local.clients.ec2.send(new DeleteSubnetCommand({ SubnetId: subnet() }));
  });

  it("find NAT gateways by tag, and report unknown ones", async () => {
    const { AllocationId: allocation } = await local.clients.ec2.send(new AllocateAddressCommand({ Domain: "vpc" }));
    await local.clients.ec2.send(
      new CreateNatGatewayCommand({
        SubnetId: subnet(),
        AllocationId: allocation,
        TagSpecifications: [{ ResourceType: "natgateway", Tags: [{ Key: "team", Value: `t${count}` }] }],
      }),
    );
    const by = async (value: string) =>
      (
        await local.clients.ec2.send(
          new DescribeNatGatewaysCommand({ Filter: [{ Name: "tag:team", Values: [value] }] }),
        )
      ).NatGateways?.length;
    expect([await by(`t${count}`), await by("nobody")]).to.deep.equal([1, 0]);
    const unknown = "nat-00000000000000000";
    expect(
      await errorCode(local.clients.ec2.send(new DescribeNatGatewaysCommand({ NatGatewayIds: [unknown] }))),
    ).to.equal("NatGatewayNotFound");
    expect(await errorCode(local.clients.ec2.send(new DeleteNatGatewayCommand({ NatGatewayId: unknown })))).to.equal(
      "NatGatewayNotFound",
    );
  });

  it("keep a security group that an interface or another group's rule uses", async () => {
    const used = await createSecurityGroup(local.clients, network.vpcId, "used");
    const other = await createSecurityGroup(local.clients, network.vpcId, "other");
    const remove = (id: string) => errorCode(local.clients.ec2.send(new DeleteSecurityGroupCommand({ GroupId: id })));
    await local.clients.ec2.send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId: other,
        IpPermissions: [{ IpProtocol: "tcp", FromPort: 443, ToPort: 443, UserIdGroupPairs: [{ GroupId: used }] }],
      }),
    );
    expect(await remove(used)).to.equal("DependencyViolation");
    expect(await remove(other)).to.equal("no error");
    const made = await local.clients.ec2.send(
      new CreateNetworkInterfaceCommand({ SubnetId: subnet(), Groups: [used] }),
    );
    expect(await remove(used)).to.equal("DependencyViolation");
    await local.clients.ec2.send(
      new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: given(made.NetworkInterface?.NetworkInterfaceId) }),
    );
    expect(await remove(used)).to.equal("no error");
  });

  it("keep an internet gateway attached while an address is mapped, and a VPC while it has a gateway", async () => {
    const made = await local.clients.ec2.send(new CreateInternetGatewayCommand({}));
    const gateway = { InternetGatewayId: given(made.InternetGateway?.InternetGatewayId), VpcId: network.vpcId };
    await local.clients.ec2.send(new AttachInternetGatewayCommand(gateway));
    const { AllocationId: allocation } = await local.clients.ec2.send(new AllocateAddressCommand({ Domain: "vpc" }));
    const nat = await local.clients.ec2.send(
      new CreateNatGatewayCommand({ SubnetId: subnet(), AllocationId: allocation }),
    );
    expect(await errorCode(local.clients.ec2.send(new DetachInternetGatewayCommand(gateway)))).to.equal(
      "DependencyViolation",
    );

    await local.clients.ec2.send(new DeleteNatGatewayCommand({ NatGatewayId: given(nat.NatGateway?.NatGatewayId) }));
    for (const id of network.subnetIds) await local.clients.ec2.send(new DeleteSubnetCommand({ SubnetId: id }));
    await local.clients.ec2.send(new DeleteRouteTableCommand({ RouteTableId: network.routeTableId }));
    expect(await errorCode(local.clients.ec2.send(new DeleteVpcCommand({ VpcId: network.vpcId })))).to.equal(
      "DependencyViolation",
    );
    await local.clients.ec2.send(new DetachInternetGatewayCommand(gateway));
    await local.clients.ec2.send(new DeleteVpcCommand({ VpcId: network.vpcId }));
  });

  it("keep the DHCP options of a deleted VPC for their creator", async () => {
    const made = await local.clients.ec2.send(
      new CreateDhcpOptionsCommand({
        DhcpConfigurations: [{ Key: "domain-name", Values: [`${region}.compute.internal`] }],
      }),
    );
    const id = given(made.DhcpOptions?.DhcpOptionsId);
    await local.clients.ec2.send(new AssociateDhcpOptionsCommand({ VpcId: network.vpcId, DhcpOptionsId: id }));
    for (const one of network.subnetIds) await local.clients.ec2.send(new DeleteSubnetCommand({ SubnetId: one }));
    await local.clients.ec2.send(new DeleteRouteTableCommand({ RouteTableId: network.routeTableId }));
    await local.clients.ec2.send(new DeleteVpcCommand({ VpcId: network.vpcId }));
    await local.clients.ec2.send(new DeleteDhcpOptionsCommand({ DhcpOptionsId: id }));
    // kOps treats only this answer as deleted (DeleteDhcpOptions in pkg/resources/aws/aws.go).
    expect(await errorCode(local.clients.ec2.send(new DeleteDhcpOptionsCommand({ DhcpOptionsId: id })))).to.equal(
      "InvalidDhcpOptionsID.NotFound",
    );
  });

  it("have DHCP options that can be tagged at creation, and deleted when no network uses them", async () => {
    const { ec2 } = local.clients;
    const make = async (name: string) => {
      const made = await ec2.send(
        new CreateDhcpOptionsCommand({
          DhcpConfigurations: [{ Key: "domain-name", Values: [name] }],
          TagSpecifications: [{ ResourceType: "dhcp-options", Tags: [{ Key: "Name", Value: name }] }],
        }),
      );
      return given(made.DhcpOptions?.DhcpOptionsId);
    };
    const [first, second] = [await make("first"), await make("second")];
    const found = await ec2.send(new DescribeDhcpOptionsCommand({ DhcpOptionsIds: [first] }));
    expect(found.DhcpOptions?.[0]?.Tags).to.deep.equal([{ Key: "Name", Value: "first" }]);
    const other = await createNetwork(local.clients, `10.${++count}`);
    const give = (VpcId: string, DhcpOptionsId: string) =>
      ec2.send(new AssociateDhcpOptionsCommand({ VpcId, DhcpOptionsId }));
    const remove = (DhcpOptionsId: string) => ec2.send(new DeleteDhcpOptionsCommand({ DhcpOptionsId }));
    await give(network.vpcId, first);
    await give(other.vpcId, first);
    await give(other.vpcId, "default");
    expect(await errorCode(remove(first))).to.equal("DependencyViolation");
    await give(network.vpcId, second);
    await remove(first);
    await give(network.vpcId, "default");
    await remove(second);
  });

  it("keep a further range while a subnet uses it", async () => {
    const { ec2 } = local.clients;
    const made = await ec2.send(new AssociateVpcCidrBlockCommand({ VpcId: network.vpcId, CidrBlock: "10.200.0.0/20" }));
    const range = { AssociationId: given(made.CidrBlockAssociation?.AssociationId) };
    const inside = await ec2.send(new CreateSubnetCommand({ VpcId: network.vpcId, CidrBlock: "10.200.1.0/24" }));
    expect(await errorCode(ec2.send(new DisassociateVpcCidrBlockCommand(range)))).to.equal("InvalidCidrBlock.InUse");
    await ec2.send(new DeleteSubnetCommand({ SubnetId: given(inside.Subnet?.SubnetId) }));
    await ec2.send(new DisassociateVpcCidrBlockCommand(range));
    expect(
      await errorCode(ec2.send(new CreateSubnetCommand({ VpcId: network.vpcId, CidrBlock: "10.200.1.0/24" }))),
    ).to.equal("InvalidSubnet.Range");
  });

  it("route to a gateway endpoint from the given route tables until it is deleted", async () => {
    const made = await local.clients.ec2.send(
      new CreateVpcEndpointCommand({
        VpcId: network.vpcId,
        ServiceName: `com.amazonaws.${region}.s3`,
        RouteTableIds: [network.routeTableId],
      }),
    );
    const id = given(made.VpcEndpoint?.VpcEndpointId);
    const second = given(
      (await local.clients.ec2.send(new CreateRouteTableCommand({ VpcId: network.vpcId }))).RouteTable?.RouteTableId,
    );
    const routed = async () => {
      const found = await local.clients.ec2.send(new DescribeVpcEndpointsCommand({ VpcEndpointIds: [id] }));
      return found.VpcEndpoints?.[0]?.RouteTableIds;
    };
    expect(await routed()).to.deep.equal([network.routeTableId]);
    await local.clients.ec2.send(
      new ModifyVpcEndpointCommand({
        VpcEndpointId: id,
        AddRouteTableIds: [second],
        RemoveRouteTableIds: [network.routeTableId],
      }),
    );
    expect(await routed()).to.deep.equal([second]);
    await local.clients.ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [id] }));
    const left = await local.clients.ec2.send(
      new DescribeVpcEndpointsCommand({ Filters: [{ Name: "vpc-id", Values: [network.vpcId] }] }),
    );
    expect(left.VpcEndpoints?.filter((one) => one.State?.toLowerCase() !== "deleted")).to.deep.equal([]);
  });

  it("admit a protocol without ports, with any given or omitted ports", async () => {
    const GroupId = await createSecurityGroup(local.clients, network.vpcId, "encapsulated");
    const permission = { IpProtocol: "4", IpRanges: [{ CidrIp: "10.0.0.0/8" }] };
    const allow = (more: { FromPort?: number; ToPort?: number }) =>
      local.clients.ec2.send(
        new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [{ ...permission, ...more }] }),
      );
    await allow({});
    expect(await errorCode(allow({ FromPort: 1, ToPort: 2 }))).to.equal("InvalidPermission.Duplicate");
    const inward = async () => {
      const found = await local.clients.ec2.send(
        new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: "group-id", Values: [GroupId] }] }),
      );
      return found.SecurityGroupRules?.filter((rule) => rule.IsEgress !== true).map(
        ({ IpProtocol, FromPort, ToPort }) => ({ IpProtocol, FromPort, ToPort }),
      );
    };
    expect(await inward()).to.deep.equal([{ IpProtocol: "4", FromPort: -1, ToPort: -1 }]);
    await local.clients.ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions: [permission] }));
    expect(await inward()).to.deep.equal([]);
  });

  it("give subnets parts of their IPv6 range, each once, and keep range and network while in use", async () => {
    const { ec2 } = local.clients;
    const first = subnet();
    const second = given(network.subnetIds[1]);
    await ec2.send(new AssociateVpcCidrBlockCommand({ VpcId: network.vpcId, AmazonProvidedIpv6CidrBlock: true }));
    const vpc = await ec2.send(new DescribeVpcsCommand({ VpcIds: [network.vpcId] }));
    const range = given(vpc.Vpcs?.[0]?.Ipv6CidrBlockAssociationSet?.[0]);
    const part = (number: string) => given(range.Ipv6CidrBlock).replace(/00::\/56$/, `${number}::/64`);
    const take = (SubnetId: string, Ipv6CidrBlock: string) =>
      ec2.send(new AssociateSubnetCidrBlockCommand({ SubnetId, Ipv6CidrBlock }));
    expect(await errorCode(take(first, "2001:db8::/64"))).to.equal("InvalidSubnet.Range");
    const made = await take(first, part("01"));
    expect(await errorCode(take(second, part("01")))).to.equal("InvalidSubnet.Conflict");
    expect(await errorCode(take(first, part("02")))).to.equal("InvalidSubnet.Conflict");
    expect(
      await errorCode(
        ec2.send(
          new CreateSubnetCommand({
            VpcId: network.vpcId,
            CidrBlock: `10.${count}.60.0/24`,
            Ipv6CidrBlock: part("01"),
          }),
        ),
      ),
    ).to.equal("InvalidSubnet.Conflict");
    const found = await ec2.send(new DescribeSubnetsCommand({ SubnetIds: [first] }));
    expect(
      found.Subnets?.[0]?.Ipv6CidrBlockAssociationSet?.map(({ Ipv6CidrBlock, Ipv6CidrBlockState }) => [
        Ipv6CidrBlock,
        Ipv6CidrBlockState?.State,
      ]),
    ).to.deep.equal([[part("01"), "associated"]]);
    const giveUp = new DisassociateVpcCidrBlockCommand({ AssociationId: given(range.AssociationId) });
    expect(await errorCode(ec2.send(giveUp))).to.equal("InvalidCidrBlock.InUse");
    await ec2.send(
      new DisassociateSubnetCidrBlockCommand({ AssociationId: given(made.Ipv6CidrBlockAssociation?.AssociationId) }),
    );
    await ec2.send(giveUp);

    const { EgressOnlyInternetGateway: gateway } = await ec2.send(
      new CreateEgressOnlyInternetGatewayCommand({ VpcId: network.vpcId }),
    );
    for (const id of network.subnetIds) await ec2.send(new DeleteSubnetCommand({ SubnetId: id }));
    await ec2.send(new DeleteRouteTableCommand({ RouteTableId: network.routeTableId }));
    expect(await errorCode(ec2.send(new DeleteVpcCommand({ VpcId: network.vpcId })))).to.equal("DependencyViolation");
    await ec2.send(
      new DeleteEgressOnlyInternetGatewayCommand({
        EgressOnlyInternetGatewayId: given(gateway?.EgressOnlyInternetGatewayId),
      }),
    );
    await ec2.send(new DeleteVpcCommand({ VpcId: network.vpcId }));
  });

  it("count IPv4 addresses only: an IPv6-only subnet has none free", async () => {
    await local.clients.ec2.send(
      new AssociateVpcCidrBlockCommand({ VpcId: network.vpcId, AmazonProvidedIpv6CidrBlock: true }),
    );
    const vpc = await local.clients.ec2.send(new DescribeVpcsCommand({ VpcIds: [network.vpcId] }));
    const range = given(vpc.Vpcs?.[0]?.Ipv6CidrBlockAssociationSet?.[0]?.Ipv6CidrBlock).replace(/\/\d+$/, "/64");
    const made = await local.clients.ec2.send(
      new CreateSubnetCommand({ VpcId: network.vpcId, Ipv6CidrBlock: range, Ipv6Native: true }),
    );
    expect(made.Subnet?.AvailableIpAddressCount).to.equal(0);
    const found = await local.clients.ec2.send(new DescribeSubnetsCommand({ SubnetIds: [subnet()] }));
    expect(found.Subnets?.[0]?.AvailableIpAddressCount).to.be.greaterThan(200);
  });
});
