import { text } from "../shared/handler.ts";
import { ec2Of, tagsOf } from "../resources/ec2/shared.ts";
import { handler } from "../resources/ec2/eip.ts";
import { withoutIgnored } from "../shared/tags.ts";
import { exactlyOne, filtersOf } from "./filters.ts";
import { reading, type Invoke } from "./invoke.ts";

export const invoke: Invoke = async (context, args) => {
  const [id, publicIp] = [text(args, "id"), text(args, "publicIp")];
  const Filters = filtersOf(args, {});
  const { Addresses: addresses } = await ec2Of(context).describeAddresses({
    ...(id && { AllocationIds: [id] }),
    ...(publicIp && { PublicIps: [publicIp] }),
    ...(Filters.length > 0 && { Filters }),
  });
  const address = exactlyOne("Elastic IP", addresses);
  const allocation = address.AllocationId ?? "";
  const observed = await handler.read(reading(context), allocation, {});
  return {
    ...observed?.state,
    filters: args["filters"],
    id: allocation,
    instanceId: address.InstanceId ?? "",
    networkInterfaceId: address.NetworkInterfaceId ?? "",
    networkInterfaceOwnerId: address.NetworkInterfaceOwnerId ?? "",
    region: context.region,
    tags: withoutIgnored({ ...tagsOf(address) }, context.tagSettings),
  };
};
