import type { HostnameType, ModifySubnetAttributeRequest } from "@aws-sdk/client-ec2";
import type { Props } from "../../../protocol/values.ts";
import { bool, text, type Context, type Handler } from "../../shared/handler.ts";
import { arnOf, ec2Of, tagEc2, tagsOf, tagSpecifications, whenFree } from "./shared.ts";

export const handler: Handler = {
  token: "aws:ec2/subnet:Subnet",
  source: "terraform-provider-aws, internal/service/ec2/vpc_subnet.go, schema ForceNew",
  replace: [
    "availabilityZone",
    "availabilityZoneId",
    "cidrBlock",
    "ipv4IpamPoolId",
    "ipv4NetmaskLength",
    "ipv6IpamPoolId",
    "ipv6Native",
    "ipv6NetmaskLength",
    "outpostArn",
    "vpcId",
  ],
  unsupported: [
    "customerOwnedIpv4Pool",
    "enableLniAtDeviceIndex",
    "ipv4IpamPoolId",
    "ipv4NetmaskLength",
    "ipv6IpamPoolId",
    "ipv6NetmaskLength",
    "mapCustomerOwnedIpOnLaunch",
    "outpostArn",
  ],
  replaces: (olds, news) =>
    bool(olds, "assignIpv6AddressOnCreation") === true &&
    news["ipv6CidrBlock"] !== undefined &&
    news["ipv6CidrBlock"] !== olds["ipv6CidrBlock"]
      ? ["ipv6CidrBlock"]
      : [],

  async create(context, inputs) {
    const ec2 = ec2Of(context);
    const { Subnet: subnet } = await ec2.createSubnet({
      VpcId: text(inputs, "vpcId"),
      CidrBlock: text(inputs, "cidrBlock"),
      ...(text(inputs, "availabilityZone") && { AvailabilityZone: text(inputs, "availabilityZone") }),
      ...(text(inputs, "availabilityZoneId") && { AvailabilityZoneId: text(inputs, "availabilityZoneId") }),
      ...(text(inputs, "ipv6CidrBlock") && { Ipv6CidrBlock: text(inputs, "ipv6CidrBlock") }),
      ...(bool(inputs, "ipv6Native") && { Ipv6Native: true }),
      ...tagSpecifications("subnet", inputs),
    });
    const id = subnet?.SubnetId ?? "";
    context.created(id);
    await context.waitFor(`the subnet ${id}`, 600, async () => {
      const { Subnets: [seen] = [] } = await ec2.describeSubnets({ SubnetIds: [id] });
      return seen?.State === "available" ? { done: undefined } : { pending: seen?.State ?? "not shown yet" };
    });
    await applyAttributes(context, id, {}, inputs);
    return id;
  },

  async read(context, id) {
    const { Subnets: [subnet] = [] } = await ec2Of(context).describeSubnets({ SubnetIds: [id] });
    if (subnet === undefined) return undefined;
    const ipv6 = subnet.Ipv6CidrBlockAssociationSet?.find(
      ({ Ipv6CidrBlockState }) => Ipv6CidrBlockState?.State === "associated",
    );
    const owner = subnet.OwnerId ?? (await context.account());
    const names = subnet.PrivateDnsNameOptionsOnLaunch;
    return {
      state: {
        arn: subnet.SubnetArn ?? arnOf(context, owner, `subnet/${id}`),
        assignIpv6AddressOnCreation: subnet.AssignIpv6AddressOnCreation ?? false,
        availabilityZone: subnet.AvailabilityZone,
        availabilityZoneId: subnet.AvailabilityZoneId,
        cidrBlock: subnet.CidrBlock,
        enableDns64: subnet.EnableDns64 ?? false,
        enableResourceNameDnsARecordOnLaunch: names?.EnableResourceNameDnsARecord ?? false,
        enableResourceNameDnsAaaaRecordOnLaunch: names?.EnableResourceNameDnsAAAARecord ?? false,
        ipv6CidrBlock: ipv6?.Ipv6CidrBlock ?? "",
        ipv6CidrBlockAssociationId: ipv6?.AssociationId ?? "",
        ipv6Native: subnet.Ipv6Native ?? false,
        mapPublicIpOnLaunch: subnet.MapPublicIpOnLaunch ?? false,
        ownerId: owner,
        privateDnsHostnameTypeOnLaunch: names?.HostnameType ?? "ip-name",
        vpcId: subnet.VpcId,
      },
      tags: tagsOf(subnet),
    };
  },

  async update(context, id, olds, news) {
    const ec2 = ec2Of(context);
    const block = text(news, "ipv6CidrBlock");
    if (news["ipv6CidrBlock"] !== undefined && block !== text(olds, "ipv6CidrBlock")) {
      const association = text(olds, "ipv6CidrBlockAssociationId");
      if (association) await ec2.disassociateSubnetCidrBlock({ AssociationId: association });
      if (block) await ec2.associateSubnetCidrBlock({ SubnetId: id, Ipv6CidrBlock: block });
    }
    await applyAttributes(context, id, olds, news);
  },

  tag: tagEc2,

  delete: (context, id) => whenFree(context, `the subnet ${id}`, () => ec2Of(context).deleteSubnet({ SubnetId: id })),
};

const SWITCHES = {
  assignIpv6AddressOnCreation: "AssignIpv6AddressOnCreation",
  enableDns64: "EnableDns64",
  enableResourceNameDnsARecordOnLaunch: "EnableResourceNameDnsARecordOnLaunch",
  enableResourceNameDnsAaaaRecordOnLaunch: "EnableResourceNameDnsAAAARecordOnLaunch",
  mapPublicIpOnLaunch: "MapPublicIpOnLaunch",
} as const;

// EC2 takes one attribute per request.
async function applyAttributes(context: Context, id: string, olds: Props, news: Props): Promise<void> {
  const ec2 = ec2Of(context);
  const requests: Omit<ModifySubnetAttributeRequest, "SubnetId">[] = [];
  for (const [name, parameter] of Object.entries(SWITCHES)) {
    const value = bool(news, name) ?? false;
    if (value !== (bool(olds, name) ?? false)) requests.push({ [parameter]: { Value: value } });
  }
  const hostnames = text(news, "privateDnsHostnameTypeOnLaunch");
  if (hostnames && hostnames !== (text(olds, "privateDnsHostnameTypeOnLaunch") ?? "ip-name")) {
    requests.push({ PrivateDnsHostnameTypeOnLaunch: hostnames as HostnameType });
  }
  for (const request of requests) await ec2.modifySubnetAttribute({ SubnetId: id, ...request });
}
