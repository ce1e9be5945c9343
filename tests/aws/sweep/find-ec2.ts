import type * as Sdk from "@aws-sdk/client-ec2";
import { allOf, awsClient } from "../../../providers/kops/aws/client.ts";
import type { AwsIdentity } from "../../../providers/kops/aws/identity.ts";
import { tagsOf } from "../../../providers/kops/aws/resources/resource.ts";
import { instanceStates, isHere, natGatewayStates, volumeStates } from "../../../providers/kops/aws/states.ts";
import type { Listed, SweptKind } from "./kinds.ts";

interface Tagged {
  Tags?: Sdk.Tag[] | undefined;
}

/** Without what has no id, which AWS never answers. */
function listed<Item extends Tagged>(
  kind: SweptKind,
  items: readonly Item[] | undefined,
  id: (item: Item) => string | undefined,
  more: (item: Item) => Partial<Listed> = () => ({}),
): Listed[] {
  return (items ?? []).flatMap((item) => {
    const known = id(item);
    const tags = tagsOf(item.Tags);
    return known === undefined ? [] : [{ kind, id: known, name: tags["Name"] ?? "", tags, ...more(item) }];
  });
}

/** All of EC2 and VPC in the region, except what AWS has deleted and still lists. */
export async function listEc2(identity: AwsIdentity): Promise<Listed[]> {
  const sdk = await import("@aws-sdk/client-ec2");
  const client = awsClient(sdk.EC2Client, identity);
  const parts = await Promise.all([
    machines(sdk, client),
    network(sdk, client),
    allOf(sdk.paginateDescribeLaunchTemplates({ client }, {}), (page) => page.LaunchTemplates).then((all) =>
      listed(
        "autoscaling-config",
        all,
        (one) => one.LaunchTemplateId,
        (one) => ({ name: one.LaunchTemplateName ?? "" }),
      ),
    ),
    client.send(new sdk.DescribeKeyPairsCommand({})).then(({ KeyPairs }) =>
      listed(
        "keypair",
        KeyPairs,
        (one) => one.KeyPairId,
        (one) => ({ name: one.KeyName ?? "" }),
      ),
    ),
  ]);
  return parts.flat();
}

type Client = InstanceType<(typeof Sdk)["EC2Client"]>;

async function machines(sdk: typeof Sdk, client: Client): Promise<Listed[]> {
  const [instances, volumes, snapshots] = await Promise.all([
    allOf(sdk.paginateDescribeInstances({ client }, {}), (page) =>
      page.Reservations?.flatMap(({ Instances = [] }) => Instances),
    ),
    allOf(sdk.paginateDescribeVolumes({ client }, {}), (page) => page.Volumes),
    allOf(sdk.paginateDescribeSnapshots({ client }, { OwnerIds: ["self"] }), (page) => page.Snapshots),
  ]);
  return [
    ...listed(
      "instance",
      instances.filter(({ State }) => State?.Name !== "terminated"),
      (one) => one.InstanceId,
      (one) => ({ leaving: !isHere(instanceStates, one.State?.Name) }),
    ),
    // AWS deletes the other volumes with their instance.
    ...listed(
      "volume",
      volumes.filter(
        ({ Attachments }) => !Attachments?.some(({ DeleteOnTermination }) => DeleteOnTermination === true),
      ),
      (one) => one.VolumeId,
      (one) => ({ leaving: !isHere(volumeStates, one.State) }),
    ),
    ...listed("snapshot", snapshots, (one) => one.SnapshotId),
  ];
}

async function network(sdk: typeof Sdk, client: Client): Promise<Listed[]> {
  const every = <Page, Item>(pages: AsyncIterable<Page>, items: (page: Page) => Item[] | undefined): Promise<Item[]> =>
    allOf(pages, items);
  const [vpcs, subnets, tables, gateways, egress, nats, addresses, endpoints, peerings, options, logs, groups, cards] =
    await Promise.all([
      every(sdk.paginateDescribeVpcs({ client }, {}), (page) => page.Vpcs),
      every(sdk.paginateDescribeSubnets({ client }, {}), (page) => page.Subnets),
      every(sdk.paginateDescribeRouteTables({ client }, {}), (page) => page.RouteTables),
      every(sdk.paginateDescribeInternetGateways({ client }, {}), (page) => page.InternetGateways),
      every(sdk.paginateDescribeEgressOnlyInternetGateways({ client }, {}), (page) => page.EgressOnlyInternetGateways),
      every(sdk.paginateDescribeNatGateways({ client }, {}), (page) => page.NatGateways),
      client.send(new sdk.DescribeAddressesCommand({})).then(({ Addresses }) => Addresses),
      every(sdk.paginateDescribeVpcEndpoints({ client }, {}), (page) => page.VpcEndpoints),
      every(sdk.paginateDescribeVpcPeeringConnections({ client }, {}), (page) => page.VpcPeeringConnections),
      every(sdk.paginateDescribeDhcpOptions({ client }, {}), (page) => page.DhcpOptions),
      every(sdk.paginateDescribeFlowLogs({ client }, {}), (page) => page.FlowLogs),
      every(sdk.paginateDescribeSecurityGroups({ client }, {}), (page) => page.SecurityGroups),
      every(sdk.paginateDescribeNetworkInterfaces({ client }, {}), (page) => page.NetworkInterfaces),
    ]);
  const name = ({ GroupName = "" }: Sdk.SecurityGroup): string => GroupName;
  return [
    ...listed("vpc", vpcs, (one) => one.VpcId),
    ...listed("subnet", subnets, (one) => one.SubnetId),
    // The main one goes with its VPC.
    ...listed(
      "route-table",
      tables.filter(({ Associations }) => !Associations?.some(({ Main }) => Main === true)),
      (one) => one.RouteTableId,
    ),
    ...listed(
      "internet-gateway",
      gateways,
      (one) => one.InternetGatewayId,
      (one) => ({ vpc: one.Attachments?.[0]?.VpcId }),
    ),
    ...listed("egress-only-internet-gateway", egress, (one) => one.EgressOnlyInternetGatewayId),
    ...listed(
      "nat-gateway",
      nats.filter(({ State }) => State !== "deleted"),
      (one) => one.NatGatewayId,
      (one) => ({ leaving: !isHere(natGatewayStates, one.State) }),
    ),
    ...listed("elastic-ip", addresses, (one) => one.AllocationId),
    ...listed(
      "vpc-endpoint",
      endpoints.filter(({ State }) => State?.toLowerCase() !== "deleted"),
      (one) => one.VpcEndpointId,
      (one) => ({ leaving: one.State?.toLowerCase() === "deleting" }),
    ),
    ...listed(
      "peering",
      peerings.filter(({ Status }) => !["deleted", "rejected", "expired", "failed"].includes(Status?.Code ?? "")),
      (one) => one.VpcPeeringConnectionId,
      (one) => ({ leaving: one.Status?.Code === "deleting" }),
    ),
    ...listed("dhcp-options", options, (one) => one.DhcpOptionsId),
    ...listed("flow-log", logs, (one) => one.FlowLogId),
    // The default one goes with its VPC.
    ...listed(
      "security-group",
      groups.filter((one) => name(one) !== "default"),
      (one) => one.GroupId,
      (one) => ({ name: name(one) }),
    ),
    // The others go with what uses them.
    ...listed(
      "network-interface",
      cards.filter(({ Status }) => Status === "available").map((one) => ({ ...one, Tags: one.TagSet })),
      (one) => one.NetworkInterfaceId,
    ),
  ];
}
