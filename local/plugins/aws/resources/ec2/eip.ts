import type { Props } from "../../../protocol/values.ts";
import { changed, text, type Context, type Handler } from "../../shared/handler.ts";
import { arnOf, ec2Of, tagEc2, tagsOf, tagSpecifications } from "./shared.ts";

export const handler: Handler = {
  token: "aws:ec2/eip:Eip",
  source: "terraform-provider-aws, internal/service/ec2/ec2_eip.go, schema ForceNew",
  replace: ["address", "customerOwnedIpv4Pool", "domain", "ipamPoolId", "networkBorderGroup", "publicIpv4Pool"],
  unsupported: ["customerOwnedIpv4Pool", "ipamPoolId"],
  writeOnly: ["address", "associateWithPrivateIp"],

  async create(context, inputs) {
    const address = await ec2Of(context).allocateAddress({
      Domain: "vpc",
      ...(text(inputs, "address") && { Address: text(inputs, "address") }),
      ...(text(inputs, "networkBorderGroup") && { NetworkBorderGroup: text(inputs, "networkBorderGroup") }),
      ...(text(inputs, "publicIpv4Pool") && { PublicIpv4Pool: text(inputs, "publicIpv4Pool") }),
      ...tagSpecifications("elastic-ip", inputs),
    });
    const id = address.AllocationId ?? "";
    context.created(id);
    await associate(context, id, inputs);
    return id;
  },

  async read(context, id) {
    const { Addresses: [address] = [] } = await ec2Of(context).describeAddresses({ AllocationIds: [id] });
    if (address === undefined) return undefined;
    return {
      state: {
        allocationId: id,
        arn: arnOf(context, await context.account(), `elastic-ip/${id}`),
        associationId: address.AssociationId ?? "",
        carrierIp: address.CarrierIp ?? "",
        customerOwnedIp: address.CustomerOwnedIp ?? "",
        domain: address.Domain,
        instance: address.InstanceId ?? "",
        networkBorderGroup: address.NetworkBorderGroup ?? context.region,
        networkInterface: address.NetworkInterfaceId ?? "",
        privateIp: address.PrivateIpAddress ?? "",
        publicDns: publicDns(context.region, address.PublicIp),
        publicIp: address.PublicIp,
        publicIpv4Pool: address.PublicIpv4Pool ?? "amazon",
      },
      tags: tagsOf(address),
    };
  },

  async update(context, id, olds, news) {
    if (!changed(olds, news, "instance", "networkInterface", "associateWithPrivateIp")) return;
    if (news["instance"] === undefined && news["networkInterface"] === undefined) return;
    const association = text(olds, "associationId");
    if (association !== undefined) await ec2Of(context).disassociateAddress({ AssociationId: association });
    await associate(context, id, news);
  },

  tag: tagEc2,

  async delete(context, id) {
    const ec2 = ec2Of(context);
    const { Addresses: [address] = [] } = await ec2.describeAddresses({ AllocationIds: [id] });
    if (address?.AssociationId !== undefined) await ec2.disassociateAddress({ AssociationId: address.AssociationId });
    await ec2.releaseAddress({ AllocationId: id });
  },
};

async function associate(context: Context, id: string, inputs: Props): Promise<void> {
  const [instance, networkInterface, address] = [
    text(inputs, "instance"),
    text(inputs, "networkInterface"),
    text(inputs, "associateWithPrivateIp"),
  ];
  if (instance === undefined && networkInterface === undefined) return;
  await ec2Of(context).associateAddress({
    AllocationId: id,
    ...(instance && { InstanceId: instance }),
    ...(networkInterface && { NetworkInterfaceId: networkInterface }),
    ...(address && { PrivateIpAddress: address }),
  });
}

function publicDns(region: string, ip: string | undefined): string {
  if (ip === undefined) return "";
  const host = `ec2-${ip.replaceAll(".", "-")}`;
  return region === "us-east-1" ? `${host}.compute-1.amazonaws.com` : `${host}.${region}.compute.amazonaws.com`;
}
