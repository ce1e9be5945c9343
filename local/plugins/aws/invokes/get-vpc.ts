import { text } from "../shared/handler.ts";
import { handler } from "../resources/ec2/vpc.ts";
import { ec2Of, tagsOf } from "../resources/ec2/shared.ts";
import { withoutIgnored } from "../shared/tags.ts";
import { exactlyOne, filtersOf } from "./filters.ts";
import { reading, type Invoke } from "./invoke.ts";

export const invoke: Invoke = async (context, args) => {
  const id = text(args, "id");
  const Filters = filtersOf(args, {
    cidrBlock: "cidr",
    default: "isDefault",
    dhcpOptionsId: "dhcp-options-id",
    state: "state",
  });
  const { Vpcs: vpcs } = await ec2Of(context).describeVpcs({
    ...(id && { VpcIds: [id] }),
    ...(Filters.length > 0 && { Filters }),
  });
  const vpc = exactlyOne("VPC", vpcs);
  const observed = await handler.read(reading(context), vpc.VpcId ?? "", {});
  return {
    ...observed?.state,
    cidrBlockAssociations: (vpc.CidrBlockAssociationSet ?? []).map(({ AssociationId, CidrBlock, CidrBlockState }) => ({
      associationId: AssociationId,
      cidrBlock: CidrBlock,
      state: CidrBlockState?.State,
    })),
    default: vpc.IsDefault ?? false,
    filters: args["filters"],
    id: vpc.VpcId,
    ipv6CidrBlockAssociations: [],
    region: context.region,
    state: vpc.State,
    tags: withoutIgnored({ ...tagsOf(vpc) }, context.tagSettings),
  };
};
