import { text } from "../shared/handler.ts";
import { ec2Of, tagsOf } from "../resources/ec2/shared.ts";
import { handler } from "../resources/ec2/subnet.ts";
import { withoutIgnored } from "../shared/tags.ts";
import { exactlyOne, filtersOf } from "./filters.ts";
import { reading, type Invoke } from "./invoke.ts";

export const invoke: Invoke = async (context, args) => {
  const id = text(args, "id");
  const Filters = filtersOf(args, {
    availabilityZone: "availabilityZone",
    availabilityZoneId: "availabilityZoneId",
    cidrBlock: "cidrBlock",
    defaultForAz: "defaultForAz",
    ipv6CidrBlock: "ipv6-cidr-block-association.ipv6-cidr-block",
    state: "state",
    vpcId: "vpc-id",
  });
  const { Subnets: subnets } = await ec2Of(context).describeSubnets({
    ...(id && { SubnetIds: [id] }),
    ...(Filters.length > 0 && { Filters }),
  });
  const subnet = exactlyOne("subnet", subnets);
  const observed = await handler.read(reading(context), subnet.SubnetId ?? "", {});
  return {
    ...observed?.state,
    availableIpAddressCount: subnet.AvailableIpAddressCount ?? 0,
    customerOwnedIpv4Pool: "",
    defaultForAz: subnet.DefaultForAz ?? false,
    enableLniAtDeviceIndex: 0,
    filters: args["filters"],
    id: subnet.SubnetId,
    mapCustomerOwnedIpOnLaunch: false,
    outpostArn: "",
    region: context.region,
    state: subnet.State,
    tags: withoutIgnored({ ...tagsOf(subnet) }, context.tagSettings),
  };
};
