import { ec2Of } from "../resources/ec2/shared.ts";
import { filtersOf } from "./filters.ts";
import type { Invoke } from "./invoke.ts";

export const invoke: Invoke = async (context, args) => {
  const Filters = filtersOf(args, { vpcId: "vpc-id" });
  const { RouteTables: tables = [] } = await ec2Of(context).describeRouteTables({
    ...(Filters.length > 0 && { Filters }),
  });
  return {
    filters: args["filters"],
    id: context.region,
    ids: tables.map(({ RouteTableId }) => RouteTableId),
    region: context.region,
    tags: args["tags"] ?? {},
    vpcId: args["vpcId"],
  };
};
