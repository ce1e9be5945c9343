import type * as Ec2Sdk from "@aws-sdk/client-ec2";
import type { Tag } from "@aws-sdk/client-ec2";
import { allOf, templateOf } from "../auto-scaling-groups.ts";
import { awsClientSettings } from "../identity.ts";
import type { AwsIdentity } from "../identity.ts";
import { balancersIn } from "./load-balancers.ts";
import { queuesAndRules, recordsOf, rolesAndProfiles } from "./global-resources.ts";
import { tagKeysOf, tagsOf } from "./resource.ts";
import type { Kind, Resource, Tags } from "./resource.ts";
import type { MadeNames } from "../../store/made-names.ts";

/**
 * Everything of the region that may be a cluster's, and the network interfaces that have one of these groups or lie in
 * its own VPC.
 */
export async function resourcesOf(identity: AwsIdentity, names: MadeNames): Promise<Resource[]> {
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

/** All Auto Scaling groups but those that AWS is deleting. kOps names the launch template of a group as the group. */
async function autoScalingGroups(identity: AwsIdentity, { autoScalingGroups: named }: MadeNames): Promise<Resource[]> {
  const { AutoScalingClient, paginateDescribeAutoScalingGroups } = await import("@aws-sdk/client-auto-scaling");
  const client = new AutoScalingClient(awsClientSettings(identity));
  const all = await allOf(paginateDescribeAutoScalingGroups({ client }, {}), (page) => page.AutoScalingGroups);
  return all
    .filter(({ Status }) => Status === undefined)
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

/** States of what AWS still shows and has deleted already, or is deleting. */
const going = /^(deleting|deleted|shutting-down|terminated)$/;

/** Resources of one kind, those without an id left out. */
async function each<Page, Item extends { Tags?: Tag[] | undefined }>(
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

/** kOps names key pairs by the cluster, and deletes them by that. */
async function keyPairs(sdk: Sdk, client: Client, { cluster }: MadeNames): Promise<Resource[]> {
  const { KeyPairs } = await client.send(new sdk.DescribeKeyPairsCommand({}));
  const own = (name: string): boolean => name === `kubernetes.${cluster}` || name.startsWith(`kubernetes.${cluster}-`);
  return await each(
    "keypair",
    [KeyPairs],
    (all) => all,
    (one) => own(one.KeyName ?? "") && one.KeyPairId,
    (one) => ({ name: one.KeyName ?? "", proof: "kOps names key pairs by the cluster" }),
  );
}

async function ofEc2(identity: AwsIdentity, names: MadeNames): Promise<Resource[]> {
  const sdk = await import("@aws-sdk/client-ec2");
  const client = new sdk.EC2Client(awsClientSettings(identity));
  // Anew for each call: paginators write into what they are given.
  const tagged = (): { Filters: { Name: string; Values: string[] }[] } => ({
    Filters: [{ Name: "tag-key", Values: tagKeysOf(names.cluster) }],
  });
  const { groups, interfaces } = await groupsAndInterfaces(sdk, client, names);
  const parts = await Promise.all([
    each(
      "instance",
      sdk.paginateDescribeInstances({ client }, tagged()),
      (page) => page.Reservations?.flatMap(({ Instances = [] }) => Instances),
      (one) => !going.test(one.State?.Name ?? "") && one.InstanceId,
    ),
    // A volume that AWS deletes with its instance goes by itself.
    each(
      "volume",
      sdk.paginateDescribeVolumes({ client }, tagged()),
      (page) => page.Volumes,
      (one) =>
        !going.test(one.State ?? "") &&
        !one.Attachments?.some((its) => its.DeleteOnTermination === true) &&
        one.VolumeId,
    ),
    each(
      "snapshot",
      sdk.paginateDescribeSnapshots({ client }, { ...tagged(), OwnerIds: ["self"] }),
      (page) => page.Snapshots,
      (one) => one.SnapshotId,
    ),
    each(
      "nat-gateway",
      sdk.paginateDescribeNatGateways({ client }, { Filter: tagged().Filters }),
      (page) => page.NatGateways,
      (one) => !going.test(one.State ?? "") && one.NatGatewayId,
    ),
    client.send(new sdk.DescribeAddressesCommand(tagged())).then((page) =>
      each(
        "elastic-ip",
        [page],
        () => page.Addresses,
        (one) => one.AllocationId,
      ),
    ),
    each(
      "subnet",
      sdk.paginateDescribeSubnets({ client }, tagged()),
      (page) => page.Subnets,
      (one) => one.SubnetId,
    ),
    each(
      "route-table",
      sdk.paginateDescribeRouteTables({ client }, tagged()),
      (page) => page.RouteTables,
      (one) => one.RouteTableId,
    ),
    each(
      "internet-gateway",
      sdk.paginateDescribeInternetGateways({ client }, tagged()),
      (page) => page.InternetGateways,
      (one) => one.InternetGatewayId,
      (one) => ({ vpc: one.Attachments?.[0]?.VpcId }),
    ),
    each(
      "egress-only-internet-gateway",
      sdk.paginateDescribeEgressOnlyInternetGateways({ client }, tagged()),
      (page) => page.EgressOnlyInternetGateways,
      (one) => one.EgressOnlyInternetGatewayId,
    ),
    each(
      "dhcp-options",
      sdk.paginateDescribeDhcpOptions({ client }, tagged()),
      (page) => page.DhcpOptions,
      (one) => one.DhcpOptionsId,
    ),
    each(
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

/** Launch templates by tag or name. Untagged, one is kOps's when it tags instances for the cluster. */
async function templates(sdk: Sdk, client: Client, names: MadeNames): Promise<Resource[]> {
  const all = await allOf(sdk.paginateDescribeLaunchTemplates({ client }, {}), (page) => page.LaunchTemplates);
  return await Promise.all(
    all.map(async ({ LaunchTemplateId: id = "", LaunchTemplateName: name = "", Tags }): Promise<Resource> => {
      const found: Resource = { kind: "autoscaling-config", id, name, tags: tagsOf(Tags) };
      if (!names.autoScalingGroups.includes(name) || found.tags["KubernetesCluster"] !== undefined) return found;
      const { LaunchTemplateVersions: [latest] = [] } = await client.send(
        new sdk.DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId: id, Versions: ["$Latest"] }),
      );
      const tags = latest?.LaunchTemplateData?.TagSpecifications?.flatMap((one) => one.Tags ?? []) ?? [];
      return tagsOf(tags)["KubernetesCluster"] === names.cluster
        ? { ...found, proof: "it tags instances for the cluster" }
        : found;
    }),
  );
}

/** Texts that kOps describes its security groups with (pkg/model/awsmodel). */
const kopsDescriptions = /^Security group for (masters|nodes|bastion|api ELB|bastion ELB|api-elb|bastion-elb)$/;

/**
 * Security groups by tag or name; the rules that kOps wrote into groups that are not its own (`securityGroupOverride`),
 * and those by which a group of somebody else names one of the cluster's; the network interfaces that have one of these
 * groups, lie in a VPC of the cluster's own, or are tagged for it.
 */
async function groupsAndInterfaces(
  sdk: Sdk,
  client: Client,
  names: MadeNames,
): Promise<{ groups: Resource[]; interfaces: Resource[] }> {
  const keys = tagKeysOf(names.cluster);
  const own = (tags: Tags): boolean =>
    tags["KubernetesCluster"] === names.cluster || tags[`kubernetes.io/cluster/${names.cluster}`] === "owned";
  const vpcs = await allOf(
    sdk.paginateDescribeVpcs(
      { client },
      { Filters: [{ Name: `tag:kubernetes.io/cluster/${names.cluster}`, Values: ["owned"] }] },
    ),
    (page) => page.Vpcs,
  );
  const inVpc = new Set(vpcs.map(({ VpcId }) => VpcId));
  const all = await allOf(sdk.paginateDescribeSecurityGroups({ client }, {}), (page) => page.SecurityGroups);
  const groups = all
    // The group that AWS makes with a VPC goes with it.
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
      // The group of a load balancer of the cluster's may name its nodes' group: it goes with that.
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
  const looks = await Promise.all(
    filters.map((filter) =>
      allOf(sdk.paginateDescribeNetworkInterfaces({ client }, { Filters: [filter] }), (page) => page.NetworkInterfaces),
    ),
  );
  const seen = new Map(looks.flat().map((it) => [it.NetworkInterfaceId ?? "", it]));
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
