import type * as Ec2Sdk from "@aws-sdk/client-ec2";
import type { Tag } from "@aws-sdk/client-ec2";
import { templateOf } from "../auto-scaling-groups.ts";
import type { AwsIdentity } from "../identity.ts";
import { balancersIn } from "./load-balancers.ts";
import { queuesAndRules, recordsOf, rolesAndProfiles } from "./global-resources.ts";
import { instanceStates, isBeingDeleted, isHere, natGatewayStates, volumeStates } from "../states.ts";
import { tagsOf } from "./resource.ts";
import type { Kind, Resource, Tags } from "./resource.ts";
import type { KopsNames } from "../../model/cloud-names.ts";
import { allOf, awsClient } from "../client.ts";
import { tagKeysOf, kopsClusterTag, clusterTagOf } from "../../model/tag-keys.ts";

/**
 * All resources of the region that may be a cluster's, and the network interfaces in its security groups or in its own
 * VPC.
 */
export async function resourcesOf(identity: AwsIdentity, names: KopsNames): Promise<Resource[]> {
  const [groups, ec2, balancers, identities, queues, records] = await Promise.all([
    autoScalingGroups(identity, names),
    ofEc2(identity, names),
    balancersIn(identity),
    rolesAndProfiles(identity, names),
    queuesAndRules(identity, names),
    names.records ? recordsOf(identity, names.cluster) : [],
  ]);
  return [...groups, ...ec2, ...balancers, ...identities, ...queues, ...records];
}

/** All Auto Scaling groups that AWS is not deleting. kOps gives the launch template the name of its group. */
async function autoScalingGroups(identity: AwsIdentity, { autoScalingGroups: named }: KopsNames): Promise<Resource[]> {
  const { AutoScalingClient, paginateDescribeAutoScalingGroups } = await import("@aws-sdk/client-auto-scaling");
  const client = awsClient(AutoScalingClient, identity);
  const all = await allOf(paginateDescribeAutoScalingGroups({ client }, {}), (page) => page.AutoScalingGroups);
  return all
    .filter((group) => !isBeingDeleted(group))
    .map((group) => {
      const name = group.AutoScalingGroupName ?? "";
      const template =
        group.LaunchTemplate?.LaunchTemplateName ??
        group.MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification?.LaunchTemplateName ??
        templateOf(group)?.LaunchTemplateId;
      return {
        kind: "autoscaling-group" as const,
        id: name,
        name,
        tags: tagsOf(group.Tags),
        ...(named.includes(name) && template === name ? { proof: `its launch template is ${name}` } : {}),
      };
    });
}

/** Resources of one kind, without those that have no id. */
async function resourcesIn<Page, Item extends { Tags?: Tag[] | undefined }>(
  kind: Kind,
  pages: AsyncIterable<Page> | Iterable<Page>,
  items: (page: Page) => Item[] | undefined,
  id: (item: Item) => string | undefined | false,
  more: (item: Item) => Partial<Resource> = () => ({}),
): Promise<Resource[]> {
  const found: Resource[] = [];
  for await (const page of pages) {
    for (const item of items(page) ?? []) {
      const tags = tagsOf(item.Tags);
      const known = id(item);
      if (known !== undefined && known !== false)
        found.push({ kind, id: known, name: tags["Name"] ?? "", tags, ...more(item) });
    }
  }
  return found;
}

/** Key pairs named after the cluster: kOps names them so, and deletes them by name. */
async function keyPairs(sdk: Sdk, client: Client, { cluster }: KopsNames): Promise<Resource[]> {
  const { KeyPairs } = await client.send(new sdk.DescribeKeyPairsCommand({}));
  const own = (name: string): boolean => name === `kubernetes.${cluster}` || name.startsWith(`kubernetes.${cluster}-`);
  return await resourcesIn(
    "keypair",
    [KeyPairs],
    (all) => all,
    (one) => own(one.KeyName ?? "") && one.KeyPairId,
    (one) => ({ name: one.KeyName ?? "", proof: "kOps names key pairs by the cluster" }),
  );
}

async function ofEc2(identity: AwsIdentity, names: KopsNames): Promise<Resource[]> {
  const sdk = await import("@aws-sdk/client-ec2");
  const client = awsClient(sdk.EC2Client, identity);
  // A new object for each call, because paginators write into it.
  const tagged = (): { Filters: { Name: string; Values: string[] }[] } => ({
    Filters: [{ Name: "tag-key", Values: tagKeysOf(names.cluster) }],
  });
  const { groups, interfaces } = await groupsAndInterfaces(sdk, client, names);
  const parts = await Promise.all([
    resourcesIn(
      "instance",
      sdk.paginateDescribeInstances({ client }, tagged()),
      (page) => page.Reservations?.flatMap(({ Instances = [] }) => Instances),
      (one) => isHere(instanceStates, one.State?.Name) && one.InstanceId,
    ),
    // Without volumes that AWS deletes with their instance.
    resourcesIn(
      "volume",
      sdk.paginateDescribeVolumes({ client }, tagged()),
      (page) => page.Volumes,
      (one) =>
        isHere(volumeStates, one.State) &&
        !one.Attachments?.some((its) => its.DeleteOnTermination === true) &&
        one.VolumeId,
    ),
    resourcesIn(
      "snapshot",
      sdk.paginateDescribeSnapshots({ client }, { ...tagged(), OwnerIds: ["self"] }),
      (page) => page.Snapshots,
      (one) => one.SnapshotId,
    ),
    resourcesIn(
      "nat-gateway",
      sdk.paginateDescribeNatGateways({ client }, { Filter: tagged().Filters }),
      (page) => page.NatGateways,
      (one) => isHere(natGatewayStates, one.State) && one.NatGatewayId,
    ),
    client.send(new sdk.DescribeAddressesCommand(tagged())).then((page) =>
      resourcesIn(
        "elastic-ip",
        [page],
        () => page.Addresses,
        (one) => one.AllocationId,
      ),
    ),
    resourcesIn(
      "subnet",
      sdk.paginateDescribeSubnets({ client }, tagged()),
      (page) => page.Subnets,
      (one) => one.SubnetId,
    ),
    resourcesIn(
      "route-table",
      sdk.paginateDescribeRouteTables({ client }, tagged()),
      (page) => page.RouteTables,
      (one) => one.RouteTableId,
    ),
    resourcesIn(
      "internet-gateway",
      sdk.paginateDescribeInternetGateways({ client }, tagged()),
      (page) => page.InternetGateways,
      (one) => one.InternetGatewayId,
      (one) => ({ vpc: one.Attachments?.[0]?.VpcId }),
    ),
    resourcesIn(
      "egress-only-internet-gateway",
      sdk.paginateDescribeEgressOnlyInternetGateways({ client }, tagged()),
      (page) => page.EgressOnlyInternetGateways,
      (one) => one.EgressOnlyInternetGatewayId,
    ),
    resourcesIn(
      "dhcp-options",
      sdk.paginateDescribeDhcpOptions({ client }, tagged()),
      (page) => page.DhcpOptions,
      (one) => one.DhcpOptionsId,
    ),
    resourcesIn(
      "vpc",
      sdk.paginateDescribeVpcs({ client }, tagged()),
      (page) => page.Vpcs,
      (one) => one.VpcId,
    ),
    keyPairs(sdk, client, names),
    templates(sdk, client, names),
  ]);
  return [...groups, ...interfaces, ...parts.flat()];
}

type Sdk = typeof Ec2Sdk;
type Client = InstanceType<Sdk["EC2Client"]>;

/** Launch templates. Without a tag, one is kOps's if it tags instances for the cluster. */
async function templates(sdk: Sdk, client: Client, names: KopsNames): Promise<Resource[]> {
  const all = await allOf(sdk.paginateDescribeLaunchTemplates({ client }, {}), (page) => page.LaunchTemplates);
  return await Promise.all(
    all.map(async ({ LaunchTemplateId: id = "", LaunchTemplateName: name = "", Tags }): Promise<Resource> => {
      const found: Resource = { kind: "autoscaling-config", id, name, tags: tagsOf(Tags) };
      if (!names.autoScalingGroups.includes(name) || found.tags[kopsClusterTag] !== undefined) return found;
      const { LaunchTemplateVersions: [latest] = [] } = await client.send(
        new sdk.DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId: id, Versions: ["$Latest"] }),
      );
      const tags = latest?.LaunchTemplateData?.TagSpecifications?.flatMap((one) => one.Tags ?? []) ?? [];
      return tagsOf(tags)[kopsClusterTag] === names.cluster
        ? { ...found, proof: "it tags instances for the cluster" }
        : found;
    }),
  );
}

/** Descriptions that kOps gives its security groups (pkg/model/awsmodel). */
const kopsDescriptions = /^Security group for (masters|nodes|bastion|api ELB|bastion ELB|api-elb|bastion-elb)$/;

/**
 * Security groups, by tag or name; rules in groups of others that refer to the cluster's groups, including those that
 * kOps wrote there (`securityGroupOverride`); and network interfaces that have one of the cluster's groups, are in its
 * own VPC, or are tagged for it.
 */
async function groupsAndInterfaces(
  sdk: Sdk,
  client: Client,
  names: KopsNames,
): Promise<{ groups: Resource[]; interfaces: Resource[] }> {
  const keys = tagKeysOf(names.cluster);
  const own = (tags: Tags): boolean =>
    tags[kopsClusterTag] === names.cluster || tags[clusterTagOf(names.cluster)] === "owned";
  const vpcs = await allOf(
    sdk.paginateDescribeVpcs(
      { client },
      { Filters: [{ Name: `tag:${clusterTagOf(names.cluster)}`, Values: ["owned"] }] },
    ),
    (page) => page.Vpcs,
  );
  const inVpc = new Set(vpcs.map(({ VpcId }) => VpcId));
  const all = await allOf(sdk.paginateDescribeSecurityGroups({ client }, {}), (page) => page.SecurityGroups);
  const groups = all
    // AWS deletes the default group of a VPC with the VPC.
    .filter(
      ({ Tags, GroupName, VpcId }) =>
        keys.some((key) => key in tagsOf(Tags)) ||
        names.securityGroups.includes(GroupName ?? "") ||
        (inVpc.has(VpcId) && GroupName !== "default"),
    )
    .map((it): Resource => ({
      kind: "security-group",
      id: it.GroupId ?? "",
      name: it.GroupName ?? "",
      tags: tagsOf(it.Tags),
      vpc: it.VpcId,
      ...(names.securityGroups.includes(it.GroupName ?? "") && kopsDescriptions.test(it.Description ?? "")
        ? { proof: `it is described as "${it.Description ?? ""}"` }
        : {}),
    }));
  const ids = new Set(groups.filter(({ tags, proof }) => own(tags) || proof !== undefined).map(({ id }) => id));
  const ruled = await allOf(sdk.paginateDescribeSecurityGroupRules({ client }, {}), (page) => page.SecurityGroupRules);
  const rules = ruled
    .filter(
      ({ GroupId, ReferencedGroupInfo }) => !ids.has(GroupId ?? "") && ids.has(ReferencedGroupInfo?.GroupId ?? ""),
    )
    .map((it): Resource => {
      const group = all.find(({ GroupId }) => GroupId === it.GroupId);
      // The tags of the group count too: the group of a load balancer may refer to the group of the nodes.
      return {
        kind: "security-group-rule",
        id: it.SecurityGroupRuleId ?? "",
        name: `in security group ${it.GroupId ?? ""} (${group?.GroupName ?? "?"})`,
        tags: { ...tagsOf(group?.Tags), ...tagsOf(it.Tags) },
        groups: [it.ReferencedGroupInfo?.GroupId ?? ""],
        detail: { group: it.GroupId, egress: it.IsEgress === true },
      };
    });
  const filters = [
    ...(ids.size > 0 ? [{ Name: "group-id", Values: [...ids] }] : []),
    ...(vpcs.length > 0 ? [{ Name: "vpc-id", Values: vpcs.map(({ VpcId }) => VpcId ?? "") }] : []),
    { Name: "tag-key", Values: keys },
  ];
  const pages = await Promise.all(
    filters.map((filter) =>
      allOf(sdk.paginateDescribeNetworkInterfaces({ client }, { Filters: [filter] }), (page) => page.NetworkInterfaces),
    ),
  );
  const seen = new Map(pages.flat().map((it) => [it.NetworkInterfaceId ?? "", it]));
  const instanceIds = [...new Set([...seen.values()].flatMap(({ Attachment }) => Attachment?.InstanceId ?? []))];
  const instances =
    instanceIds.length === 0
      ? []
      : await allOf(
          sdk.paginateDescribeInstances({ client }, { Filters: [{ Name: "instance-id", Values: instanceIds }] }),
          (page) => page.Reservations?.flatMap(({ Instances = [] }) => Instances),
        );
  const interfaces = [...seen.values()].map((it): Resource => {
    const { InstanceId: instance } = it.Attachment ?? {};
    return {
      kind: "network-interface",
      id: it.NetworkInterfaceId ?? "",
      name: it.Description ?? "",
      tags: tagsOf(it.TagSet),
      groups: (it.Groups ?? []).map(({ GroupId }) => GroupId ?? ""),
      vpc: it.VpcId,
      ...(instance === undefined
        ? {}
        : {
            instance: { id: instance, tags: tagsOf(instances.find(({ InstanceId }) => InstanceId === instance)?.Tags) },
          }),
      detail: { status: it.Status, type: it.InterfaceType, requester: it.RequesterId },
    };
  });
  return { groups: [...groups, ...rules], interfaces };
}
