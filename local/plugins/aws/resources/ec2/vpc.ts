import type { EC2, VpcAttributeName } from "@aws-sdk/client-ec2";
import type { Props } from "../../../protocol/values.ts";
import { bool, changed, text, type Context, type Handler } from "../../shared/handler.ts";
import { arnOf, ec2Of, tagEc2, tagsOf, tagSpecifications, whenFree } from "./shared.ts";

export const handler: Handler = {
  token: "aws:ec2/vpc:Vpc",
  source: "terraform-provider-aws, internal/service/ec2/vpc_.go, schema ForceNew",
  replace: ["cidrBlock", "ipv4IpamPoolId", "ipv4NetmaskLength"],
  defaults: { enableDnsSupport: true, instanceTenancy: "default" },
  unsupported: [
    "ipv4IpamPoolId",
    "ipv4NetmaskLength",
    "ipv6IpamPoolId",
    "ipv6NetmaskLength",
    "ipv6CidrBlock",
    "ipv6CidrBlockNetworkBorderGroup",
  ],
  // Dedicated tenancy can be removed in place, but not added.
  replaces: (olds, news) =>
    changed(olds, news, "instanceTenancy") &&
    !(olds["instanceTenancy"] === "dedicated" && news["instanceTenancy"] === "default")
      ? ["instanceTenancy"]
      : [],
  renews: (olds, news) => (hasIpv6(olds) === hasIpv6(news) ? [] : ["ipv6AssociationId", "ipv6CidrBlock"]),
  validate: (inputs) =>
    inputs["cidrBlock"] === undefined
      ? [{ property: "cidrBlock", reason: "a VPC needs a cidrBlock (IPAM pools are not part of the local cloud)" }]
      : [],

  async create(context, inputs) {
    const ec2 = ec2Of(context);
    const { Vpc: vpc } = await ec2.createVpc({
      CidrBlock: text(inputs, "cidrBlock"),
      InstanceTenancy: inputs["instanceTenancy"] === "dedicated" ? "dedicated" : "default",
      AmazonProvidedIpv6CidrBlock: hasIpv6(inputs),
      ...tagSpecifications("vpc", inputs),
    });
    const id = vpc?.VpcId ?? "";
    context.created(id);
    await context.waitFor(`the VPC ${id}`, 300, async () => {
      const { Vpcs: [seen] = [] } = await ec2.describeVpcs({ VpcIds: [id] });
      return seen?.State === "available" ? { done: undefined } : { pending: seen?.State ?? "not shown yet" };
    });
    await applyAttributes(context, id, { enableDnsSupport: true }, inputs);
    return id;
  },

  async read(context, id) {
    const ec2 = ec2Of(context);
    const { Vpcs: [vpc] = [] } = await ec2.describeVpcs({ VpcIds: [id] });
    if (vpc === undefined) return undefined;
    const ofVpc = [{ Name: "vpc-id", Values: [id] }];
    const [dnsSupport, dnsHostnames, metrics, acls, tables, groups] = await Promise.all([
      attribute(ec2, id, "enableDnsSupport"),
      attribute(ec2, id, "enableDnsHostnames"),
      attribute(ec2, id, "enableNetworkAddressUsageMetrics"),
      ec2.describeNetworkAcls({ Filters: [...ofVpc, { Name: "default", Values: ["true"] }] }),
      ec2.describeRouteTables({ Filters: [...ofVpc, { Name: "association.main", Values: ["true"] }] }),
      ec2.describeSecurityGroups({ Filters: [...ofVpc, { Name: "group-name", Values: ["default"] }] }),
    ]);
    const ipv6 = vpc.Ipv6CidrBlockAssociationSet?.find(
      ({ Ipv6CidrBlockState }) => Ipv6CidrBlockState?.State === "associated",
    );
    const main = tables.RouteTables?.[0]?.RouteTableId;
    const owner = vpc.OwnerId ?? (await context.account());
    return {
      state: {
        arn: arnOf(context, owner, `vpc/${id}`),
        assignGeneratedIpv6CidrBlock: ipv6 !== undefined,
        cidrBlock: vpc.CidrBlock,
        defaultNetworkAclId: acls.NetworkAcls?.[0]?.NetworkAclId,
        defaultRouteTableId: main,
        defaultSecurityGroupId: groups.SecurityGroups?.[0]?.GroupId,
        dhcpOptionsId: vpc.DhcpOptionsId,
        enableDnsHostnames: dnsHostnames,
        enableDnsSupport: dnsSupport,
        enableNetworkAddressUsageMetrics: metrics,
        instanceTenancy: vpc.InstanceTenancy,
        ipv6AssociationId: ipv6?.AssociationId ?? "",
        ipv6CidrBlock: ipv6?.Ipv6CidrBlock ?? "",
        ipv6CidrBlockNetworkBorderGroup: ipv6?.NetworkBorderGroup ?? "",
        mainRouteTableId: main,
        ownerId: owner,
      },
      tags: tagsOf(vpc),
    };
  },

  async update(context, id, olds, news) {
    await applyAttributes(context, id, olds, news);
    if (changed(olds, news, "instanceTenancy"))
      await ec2Of(context).modifyVpcTenancy({ VpcId: id, InstanceTenancy: "default" });
    if (hasIpv6(olds) !== hasIpv6(news)) await changeIpv6(context, id, olds, hasIpv6(news));
  },

  tag: tagEc2,

  delete: (context, id) => whenFree(context, `the VPC ${id}`, () => ec2Of(context).deleteVpc({ VpcId: id })),
};

const hasIpv6 = (props: Props): boolean => bool(props, "assignGeneratedIpv6CidrBlock") ?? false;

async function attribute(ec2: EC2, id: string, name: VpcAttributeName): Promise<boolean> {
  const answer = await ec2.describeVpcAttribute({ VpcId: id, Attribute: name });
  const value = {
    enableDnsSupport: answer.EnableDnsSupport,
    enableDnsHostnames: answer.EnableDnsHostnames,
    enableNetworkAddressUsageMetrics: answer.EnableNetworkAddressUsageMetrics,
  }[name];
  return value?.Value ?? false;
}

// EC2 takes one attribute per request. Host names need DNS support, so support comes first.
async function applyAttributes(context: Context, id: string, olds: Props, news: Props): Promise<void> {
  const ec2 = ec2Of(context);
  const wanted = (name: string): { Value: boolean } | undefined => {
    const value = bool(news, name);
    return value !== undefined && value !== (bool(olds, name) ?? false) ? { Value: value } : undefined;
  };
  const support = wanted("enableDnsSupport");
  const hostnames = wanted("enableDnsHostnames");
  const metrics = wanted("enableNetworkAddressUsageMetrics");
  if (support) await ec2.modifyVpcAttribute({ VpcId: id, EnableDnsSupport: support });
  if (hostnames) await ec2.modifyVpcAttribute({ VpcId: id, EnableDnsHostnames: hostnames });
  if (metrics) await ec2.modifyVpcAttribute({ VpcId: id, EnableNetworkAddressUsageMetrics: metrics });
}

async function changeIpv6(context: Context, id: string, olds: Props, on: boolean): Promise<void> {
  const ec2 = ec2Of(context);
  if (on) await ec2.associateVpcCidrBlock({ VpcId: id, AmazonProvidedIpv6CidrBlock: true });
  else await ec2.disassociateVpcCidrBlock({ AssociationId: text(olds, "ipv6AssociationId") });
}
