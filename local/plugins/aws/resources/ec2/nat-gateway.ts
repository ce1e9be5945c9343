import type { NatGateway } from "@aws-sdk/client-ec2";
import { ifThere } from "../../shared/errors.ts";
import { text, type Context, type Handler } from "../../shared/handler.ts";
import { ec2Of, tagEc2, tagsOf, tagSpecifications } from "./shared.ts";

export const handler: Handler = {
  token: "aws:ec2/natGateway:NatGateway",
  source: "terraform-provider-aws, internal/service/ec2/vpc_nat_gateway.go, schema ForceNew",
  replace: ["allocationId", "availabilityMode", "connectivityType", "privateIp", "subnetId", "vpcId"],
  defaults: { connectivityType: "public" },
  unsupported: [
    "availabilityZoneAddresses",
    "secondaryAllocationIds",
    "secondaryPrivateIpAddressCount",
    "secondaryPrivateIpAddresses",
    "vpcId",
  ],
  validate(inputs) {
    const failures = [];
    if (inputs["availabilityMode"] === "regional")
      failures.push({ property: "availabilityMode", reason: "the local cloud has zonal NAT gateways only" });
    if (inputs["subnetId"] === undefined)
      failures.push({ property: "subnetId", reason: "a zonal NAT gateway needs a subnetId" });
    if (inputs["connectivityType"] === "private" && inputs["allocationId"] !== undefined) {
      failures.push({ property: "allocationId", reason: "a private NAT gateway has no Elastic IP address" });
    }
    return failures;
  },

  async create(context, inputs) {
    const ec2 = ec2Of(context);
    const { NatGateway: gateway } = await ec2.createNatGateway({
      SubnetId: text(inputs, "subnetId"),
      ConnectivityType: inputs["connectivityType"] === "private" ? "private" : "public",
      ...(text(inputs, "allocationId") && { AllocationId: text(inputs, "allocationId") }),
      ...(text(inputs, "privateIp") && { PrivateIpAddress: text(inputs, "privateIp") }),
      ...tagSpecifications("natgateway", inputs),
    });
    const id = gateway?.NatGatewayId ?? "";
    context.created(id);
    await context.waitFor(`the NAT gateway ${id}`, 600, async () => {
      const seen = await find(context, id);
      // A failed gateway never recovers, and AWS gives the reason only here.
      if (seen?.State === "failed")
        throw new Error(`the NAT gateway ${id} failed: ${seen.FailureMessage ?? "AWS does not say why"}`);
      return seen?.State === "available" ? { done: undefined } : { pending: seen?.State ?? "not shown yet" };
    });
    return id;
  },

  async read(context, id) {
    const gateway = await find(context, id);
    // AWS shows a deleted gateway for another hour.
    if (gateway === undefined || gateway.State === "deleted" || gateway.State === "deleting") return undefined;
    const addresses = gateway.NatGatewayAddresses ?? [];
    const primary = addresses.find(({ IsPrimary }) => IsPrimary) ?? addresses[0];
    return {
      state: {
        allocationId: primary?.AllocationId,
        associationId: primary?.AssociationId ?? "",
        availabilityMode: gateway.AvailabilityMode ?? "zonal",
        connectivityType: gateway.ConnectivityType,
        networkInterfaceId: primary?.NetworkInterfaceId ?? "",
        privateIp: primary?.PrivateIp ?? "",
        publicIp: primary?.PublicIp ?? "",
        secondaryAllocationIds: [],
        secondaryPrivateIpAddressCount: 0,
        secondaryPrivateIpAddresses: [],
        subnetId: gateway.SubnetId,
        vpcId: gateway.VpcId,
      },
      tags: tagsOf(gateway),
    };
  },

  tag: tagEc2,

  async delete(context, id) {
    await ec2Of(context).deleteNatGateway({ NatGatewayId: id });
    // Its address can be released and its subnet deleted only after it is really gone.
    await context.waitFor(`the NAT gateway ${id} to be gone`, 1800, async () => {
      const seen = await ifThere(() => find(context, id));
      return seen === undefined || seen.State === "deleted"
        ? { done: undefined }
        : { pending: seen.State ?? "still there" };
    });
  },
};

async function find(context: Context, id: string): Promise<NatGateway | undefined> {
  const { NatGateways: [gateway] = [] } = await ec2Of(context).describeNatGateways({ NatGatewayIds: [id] });
  return gateway;
}
