import {
  AssociateRouteTableCommand,
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  CreateRouteTableCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeImagesCommand,
  type RequestLaunchTemplateData,
} from "@aws-sdk/client-ec2";
import {
  CreateAutoScalingGroupCommand,
  DescribeAutoScalingGroupsCommand,
  type AutoScalingGroup,
} from "@aws-sdk/client-auto-scaling";
import { given, imageName, imageOwner, zones, type Clients } from "./clients.ts";

export interface Network {
  readonly vpcId: string;
  /** One per zone, in zone order. */
  readonly subnetIds: readonly string[];
  readonly routeTableId: string;
}

/** A VPC with a subnet in each of three zones and one route table. */
export async function createNetwork({ ec2 }: Clients, cidr = "10.9"): Promise<Network> {
  const vpc = await ec2.send(new CreateVpcCommand({ CidrBlock: `${cidr}.0.0/16` }));
  const vpcId = given(vpc.Vpc?.VpcId);
  const table = await ec2.send(new CreateRouteTableCommand({ VpcId: vpcId }));
  const routeTableId = given(table.RouteTable?.RouteTableId);
  const subnetIds: string[] = [];
  for (const [index, zone] of zones.entries()) {
    const made = await ec2.send(
      new CreateSubnetCommand({ VpcId: vpcId, CidrBlock: `${cidr}.${index}.0/24`, AvailabilityZone: zone }),
    );
    const subnetId = given(made.Subnet?.SubnetId);
    await ec2.send(new AssociateRouteTableCommand({ RouteTableId: routeTableId, SubnetId: subnetId }));
    subnetIds.push(subnetId);
  }
  return { vpcId, subnetIds, routeTableId };
}

export async function createSecurityGroup({ ec2 }: Clients, vpcId: string, name: string): Promise<string> {
  const made = await ec2.send(new CreateSecurityGroupCommand({ VpcId: vpcId, GroupName: name, Description: name }));
  return given(made.GroupId);
}

export async function imageId({ ec2 }: Clients, name = imageName): Promise<string> {
  const found = await ec2.send(
    new DescribeImagesCommand({ Owners: [imageOwner], Filters: [{ Name: "name", Values: [name] }] }),
  );
  return given(found.Images?.[0]?.ImageId);
}

export async function createTemplate(
  clients: Clients,
  name: string,
  data: RequestLaunchTemplateData = {},
): Promise<string> {
  const made = await clients.ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: name,
      LaunchTemplateData: { ImageId: await imageId(clients), InstanceType: "t3.medium", ...data },
    }),
  );
  return given(made.LaunchTemplate?.LaunchTemplateId);
}

/** Adds a version as kOps does: the complete data with the changes. */
export async function createVersion(
  clients: Clients,
  template: string,
  data: RequestLaunchTemplateData,
): Promise<void> {
  await clients.ec2.send(
    new CreateLaunchTemplateVersionCommand({
      LaunchTemplateId: template,
      LaunchTemplateData: { ImageId: await imageId(clients), InstanceType: "t3.medium", ...data },
    }),
  );
}

export async function createGroup(
  clients: Clients,
  name: string,
  template: string,
  subnetIds: readonly string[],
  size: number,
): Promise<void> {
  await clients.autoScaling.send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: name,
      MinSize: size,
      MaxSize: size + 2,
      LaunchTemplate: { LaunchTemplateId: template, Version: "$Latest" },
      VPCZoneIdentifier: subnetIds.join(","),
      Tags: [{ Key: "team", Value: "blue", PropagateAtLaunch: true }],
    }),
  );
}

export async function groupNamed({ autoScaling }: Clients, name: string): Promise<AutoScalingGroup> {
  const found = await autoScaling.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] }));
  return given(found.AutoScalingGroups?.[0]);
}

export async function instanceIdsOf(clients: Clients, name: string): Promise<string[]> {
  const group = await groupNamed(clients, name);
  return (group.Instances ?? []).map((instance) => given(instance.InstanceId));
}

/** Adds the public part: an internet gateway, which kOps requires in a VPC, and a second subnet in each zone. */
export async function openNetwork({ ec2 }: Clients, vpcId: string, cidr: string): Promise<string[]> {
  const gateway = await ec2.send(new CreateInternetGatewayCommand({}));
  await ec2.send(
    new AttachInternetGatewayCommand({
      VpcId: vpcId,
      InternetGatewayId: given(gateway.InternetGateway?.InternetGatewayId),
    }),
  );
  const ids: string[] = [];
  for (const [index, zone] of zones.entries()) {
    const made = await ec2.send(
      new CreateSubnetCommand({ VpcId: vpcId, CidrBlock: `${cidr}.${100 + index}.0/24`, AvailabilityZone: zone }),
    );
    ids.push(given(made.Subnet?.SubnetId));
  }
  return ids;
}
