import { text } from "../shared/handler.ts";
import { handler } from "../resources/ec2/route-table.ts";
import { ec2Of, tagsOf } from "../resources/ec2/shared.ts";
import { withoutIgnored } from "../shared/tags.ts";
import { exactlyOne, filtersOf } from "./filters.ts";
import { reading, type Invoke } from "./invoke.ts";

export const invoke: Invoke = async (context, args) => {
  const Filters = filtersOf(args, {
    gatewayId: "association.gateway-id",
    routeTableId: "route-table-id",
    subnetId: "association.subnet-id",
    vpcId: "vpc-id",
  });
  const { RouteTables: tables } = await ec2Of(context).describeRouteTables({ ...(Filters.length > 0 && { Filters }) });
  const table = exactlyOne("route table", tables);
  const id = table.RouteTableId ?? "";
  const observed = await handler.read(reading(context), id, {});
  return {
    ...observed?.state,
    associations: (table.Associations ?? []).map((association) => ({
      gatewayId: association.GatewayId ?? "",
      main: association.Main ?? false,
      routeTableAssociationId: association.RouteTableAssociationId ?? "",
      routeTableId: association.RouteTableId ?? id,
      subnetId: association.SubnetId ?? "",
    })),
    filters: args["filters"],
    gatewayId: text(args, "gatewayId") ?? "",
    id,
    region: context.region,
    routeTableId: id,
    subnetId: text(args, "subnetId") ?? "",
    tags: withoutIgnored({ ...tagsOf(table) }, context.tagSettings),
  };
};
