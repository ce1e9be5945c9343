import {
  AllocateAddressCommand,
  AssociateRouteTableCommand,
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateNatGatewayCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  CreateSubnetCommand,
  CreateTagsCommand,
  CreateVpcCommand,
  DescribeTagsCommand,
  ModifyVpcAttributeCommand,
} from "@aws-sdk/client-ec2";
import type { EC2Client } from "@aws-sdk/client-ec2";
import { region } from "./index.ts";

const need = (id: string | undefined): string => {
  if (id === undefined) throw new Error("AWS gave no id for what it made");
  return id;
};

/** A VPC with only a route table. */
export interface ForeignVpc {
  vpcId: string;
  tableId: string;
}

/** Makes somebody else's VPC by plain AWS calls. */
export async function makeForeignVpc(ec2: EC2Client, cidr: string, name: string): Promise<ForeignVpc> {
  const vpcId = need((await ec2.send(new CreateVpcCommand({ CidrBlock: cidr }))).Vpc?.VpcId);
  await ec2.send(new CreateTagsCommand({ Resources: [vpcId], Tags: [{ Key: "Name", Value: name }] }));
  const tableId = need((await ec2.send(new CreateRouteTableCommand({ VpcId: vpcId }))).RouteTable?.RouteTableId);
  return { vpcId, tableId };
}

/** Somebody else's network: a VPC with a NAT gateway, and a private and a utility subnet by letter of the zone. */
export interface ForeignNetwork {
  vpcId: string;
  private: Record<string, string>;
  utility: Record<string, string>;
  privateTable: string;
  utilityTable: string;
  internetGateway: string;
  natGateway: string;
}

export interface ForeignNetworkArgs {
  name: string;
  /** The first two numbers of its addresses. */
  prefix: string;
  /** Letters of its zones. */
  zones: string;
  /** enableDnsHostnames, which AWS turns off in a new VPC. @default true */
  dnsHostnames?: boolean;
}

export async function makeForeignNetwork(
  ec2: EC2Client,
  { name, prefix, zones, dnsHostnames = true }: ForeignNetworkArgs,
): Promise<ForeignNetwork> {
  const { vpcId, tableId: utilityTable } = await makeForeignVpc(ec2, `${prefix}.0.0/16`, name);
  await ec2.send(new ModifyVpcAttributeCommand({ VpcId: vpcId, EnableDnsHostnames: { Value: dnsHostnames } }));
  const internetGateway = need(
    (await ec2.send(new CreateInternetGatewayCommand({}))).InternetGateway?.InternetGatewayId,
  );
  await ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId: internetGateway, VpcId: vpcId }));
  await ec2.send(
    new CreateRouteCommand({
      RouteTableId: utilityTable,
      DestinationCidrBlock: "0.0.0.0/0",
      GatewayId: internetGateway,
    }),
  );
  const privateTable = need((await ec2.send(new CreateRouteTableCommand({ VpcId: vpcId }))).RouteTable?.RouteTableId);
  const subnet = async (tier: string, table: string, letter: string, cidr: string): Promise<string> => {
    const made = await ec2.send(
      new CreateSubnetCommand({ VpcId: vpcId, AvailabilityZone: `${region}${letter}`, CidrBlock: cidr }),
    );
    const id = need(made.Subnet?.SubnetId);
    await ec2.send(
      new CreateTagsCommand({
        Resources: [id],
        Tags: [
          { Key: "Name", Value: `${name}-${tier}-${letter}` },
          { Key: "tier", Value: tier },
        ],
      }),
    );
    await ec2.send(new AssociateRouteTableCommand({ RouteTableId: table, SubnetId: id }));
    return id;
  };
  const made: Pick<ForeignNetwork, "private" | "utility"> = { private: {}, utility: {} };
  for (const [index, letter] of zones.split("").entries()) {
    made.private[letter] = await subnet("private", privateTable, letter, `${prefix}.${(index + 1) * 32}.0/19`);
    made.utility[letter] = await subnet("public", utilityTable, letter, `${prefix}.${index}.0/24`);
  }
  const address = need((await ec2.send(new AllocateAddressCommand({ Domain: "vpc" }))).AllocationId);
  const first = made.utility[zones.charAt(0)];
  const natGateway = need(
    (await ec2.send(new CreateNatGatewayCommand({ SubnetId: first, AllocationId: address }))).NatGateway?.NatGatewayId,
  );
  await ec2.send(
    new CreateRouteCommand({ RouteTableId: privateTable, DestinationCidrBlock: "0.0.0.0/0", NatGatewayId: natGateway }),
  );
  return { vpcId, ...made, privateTable, utilityTable, internetGateway, natGateway };
}

/** All tags of these resources, by id. */
export async function tagsOn(ec2: EC2Client, ids: readonly string[]): Promise<Record<string, Record<string, string>>> {
  const found: Record<string, Record<string, string>> = Object.fromEntries(ids.map((id) => [id, {}]));
  for (const id of ids) {
    const { Tags: tags = [] } = await ec2.send(
      new DescribeTagsCommand({ Filters: [{ Name: "resource-id", Values: [id] }] }),
    );
    found[id] = Object.fromEntries(
      tags
        .map(({ Key = "", Value = "" }): [string, string] => [Key, Value])
        .toSorted(([one], [other]) => (one < other ? -1 : 1)),
    );
  }
  return found;
}
