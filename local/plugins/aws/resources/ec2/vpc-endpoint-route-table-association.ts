import { crc32 } from "node:zlib";
import type { Props } from "../../../protocol/values.ts";
import { hasCode } from "../../shared/errors.ts";
import { needText, type Context, type Handler } from "../../shared/handler.ts";
import { ec2Of } from "./shared.ts";

/** One route table of a gateway endpoint, whoever owns the others. */
export const handler: Handler = {
  token: "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation",
  source: "terraform-provider-aws, internal/service/ec2/vpc_endpoint_route_table_association.go, schema ForceNew",
  replace: ["routeTableId", "vpcEndpointId"],

  async create(context, inputs) {
    const [endpoint, table] = [needText(inputs, "vpcEndpointId"), needText(inputs, "routeTableId")];
    await ec2Of(context).modifyVpcEndpoint({ VpcEndpointId: endpoint, AddRouteTableIds: [table] });
    // The official plugin's id: the endpoint's, with a checksum of the table's.
    const id = `a-${endpoint}${crc32(table)}`;
    context.created(id);
    await context.waitFor(`the endpoint ${endpoint} to be in the route table ${table}`, 300, async () =>
      (await isThere(context, inputs)) ? { done: undefined } : { pending: "not shown yet" },
    );
    return id;
  },

  async read(context, _id, state) {
    if (!(await isThere(context, state))) return undefined;
    return {
      state: { routeTableId: needText(state, "routeTableId"), vpcEndpointId: needText(state, "vpcEndpointId") },
    };
  },

  async delete(context, _id, state) {
    try {
      await ec2Of(context).modifyVpcEndpoint({
        VpcEndpointId: needText(state, "vpcEndpointId"),
        RemoveRouteTableIds: [needText(state, "routeTableId")],
      });
    } catch (error) {
      // The table is no longer associated.
      if (!hasCode(error, "InvalidParameter")) throw error;
    }
  },
};

async function isThere(context: Context, props: Props): Promise<boolean> {
  const { VpcEndpoints: [endpoint] = [] } = await ec2Of(context).describeVpcEndpoints({
    VpcEndpointIds: [needText(props, "vpcEndpointId")],
  });
  return endpoint?.RouteTableIds?.includes(needText(props, "routeTableId")) ?? false;
}
