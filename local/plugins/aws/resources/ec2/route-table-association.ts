import type { RouteTableAssociation } from "@aws-sdk/client-ec2";
import { needText, text, type Context, type Handler } from "../../shared/handler.ts";
import { ec2Of } from "./shared.ts";

export const handler: Handler = {
  token: "aws:ec2/routeTableAssociation:RouteTableAssociation",
  source: "terraform-provider-aws, internal/service/ec2/vpc_route_table_association.go, schema ForceNew",
  replace: ["gatewayId", "subnetId"],
  // A subnet has one association: a second one is refused while the first exists.
  deleteBeforeReplace: true,
  validate: (inputs) =>
    (inputs["subnetId"] === undefined) === (inputs["gatewayId"] === undefined)
      ? [{ property: "subnetId", reason: "give either a subnetId or a gatewayId" }]
      : [],

  async create(context, inputs) {
    const [subnet, gateway] = [text(inputs, "subnetId"), text(inputs, "gatewayId")];
    const { AssociationId: id = "" } = await ec2Of(context).associateRouteTable({
      RouteTableId: text(inputs, "routeTableId"),
      ...(subnet && { SubnetId: subnet }),
      ...(gateway && { GatewayId: gateway }),
    });
    return id;
  },

  async read(context, id, state) {
    const found = await find(
      context,
      "association.route-table-association-id",
      id,
      ({ RouteTableAssociationId }) => RouteTableAssociationId === id,
    );
    // Another route table gives the association another id, which an update cannot report.
    const subnet = text(state, "subnetId");
    const seen =
      found ??
      (subnet && (await find(context, "association.subnet-id", subnet, ({ SubnetId }) => SubnetId === subnet)));
    if (!seen) return undefined;
    return {
      id: seen.RouteTableAssociationId ?? id,
      state: { routeTableId: seen.RouteTableId, subnetId: seen.SubnetId, gatewayId: seen.GatewayId },
    };
  },

  async update(context, id, olds, news) {
    const seen = await this.read(context, id, olds);
    await ec2Of(context).replaceRouteTableAssociation({
      AssociationId: seen?.id ?? id,
      RouteTableId: needText(news, "routeTableId"),
    });
  },

  async delete(context, id, state) {
    const seen = await this.read(context, id, state);
    if (seen !== undefined) await ec2Of(context).disassociateRouteTable({ AssociationId: seen.id ?? id });
  },
};

async function find(
  context: Context,
  filter: string,
  value: string,
  matches: (association: RouteTableAssociation) => boolean,
): Promise<RouteTableAssociation | undefined> {
  const { RouteTables: tables = [] } = await ec2Of(context).describeRouteTables({
    Filters: [{ Name: filter, Values: [value] }],
  });
  return tables.flatMap(({ Associations = [] }) => Associations).find(matches);
}
