import { ec2Of } from "../resources/ec2/shared.ts";
import { filtersOf } from "./filters.ts";
import type { Invoke } from "./invoke.ts";

export const invoke: Invoke = async (context, args) => {
  const Filters = filtersOf(args);
  const ids: (string | undefined)[] = [];
  let NextToken: string | undefined;
  do {
    const page = await ec2Of(context).describeSubnets({
      ...(Filters.length > 0 && { Filters }),
      ...(NextToken && { NextToken }),
    });
    ids.push(...(page.Subnets ?? []).map(({ SubnetId }) => SubnetId));
    NextToken = page.NextToken;
  } while (NextToken);
  return { filters: args["filters"], id: context.region, ids, region: context.region, tags: args["tags"] ?? {} };
};
