import type { EC2 } from "@aws-sdk/client-ec2";
import type { Props } from "../../../protocol/values.ts";
import { objects, text, type Handler } from "../../shared/handler.ts";
import { isManaged, observedTarget, targetOf } from "./routes.ts";
import { arnOf, ec2Of, tagEc2, tagsOf, tagSpecifications, whenFree } from "./shared.ts";

export const handler: Handler = {
  token: "aws:ec2/routeTable:RouteTable",
  source: "terraform-provider-aws, internal/service/ec2/vpc_route_table.go, schema ForceNew",
  replace: ["vpcId"],
  sets: ["routes"],
  unsupported: ["propagatingVgws"],

  async create(context, inputs) {
    const ec2 = ec2Of(context);
    const { RouteTable: table } = await ec2.createRouteTable({
      VpcId: text(inputs, "vpcId"),
      ...tagSpecifications("route-table", inputs),
    });
    const id = table?.RouteTableId ?? "";
    context.created(id);
    for (const route of objects(inputs, "routes"))
      await ec2.createRoute({ RouteTableId: id, ...destinationOf(route), ...targetOf(route) });
    return id;
  },

  async read(context, id) {
    const { RouteTables: [table] = [] } = await ec2Of(context).describeRouteTables({ RouteTableIds: [id] });
    if (table === undefined) return undefined;
    const owner = table.OwnerId ?? (await context.account());
    return {
      state: {
        arn: arnOf(context, owner, `route-table/${id}`),
        ownerId: owner,
        propagatingVgws: [],
        routes: (table.Routes ?? []).filter(isManaged).map((route) => ({
          ...observedTarget(route),
          cidrBlock: route.DestinationCidrBlock,
          ipv6CidrBlock: route.DestinationIpv6CidrBlock,
          destinationPrefixListId: route.DestinationPrefixListId,
        })),
        vpcId: table.VpcId,
      },
      tags: tagsOf(table),
    };
  },

  async update(context, id, olds, news) {
    // If left out, somebody else owns the routes.
    if (news["routes"] !== undefined)
      await changeRoutes(ec2Of(context), id, objects(olds, "routes"), objects(news, "routes"));
  },

  tag: tagEc2,

  async delete(context, id) {
    const ec2 = ec2Of(context);
    const { RouteTables: [table] = [] } = await ec2.describeRouteTables({ RouteTableIds: [id] });
    for (const { RouteTableAssociationId, Main } of table?.Associations ?? []) {
      if (!Main && RouteTableAssociationId)
        await ec2.disassociateRouteTable({ AssociationId: RouteTableAssociationId });
    }
    await whenFree(context, `the route table ${id}`, () => ec2.deleteRouteTable({ RouteTableId: id }));
  },
};

async function changeRoutes(ec2: EC2, table: string, olds: readonly Props[], news: readonly Props[]): Promise<void> {
  const key = (route: Props): string => Object.values(destinationOf(route)).join();
  const before = new Map(olds.map((route) => [key(route), route]));
  const after = new Map(news.map((route) => [key(route), route]));
  for (const [destination, route] of before) {
    if (!after.has(destination)) await ec2.deleteRoute({ RouteTableId: table, ...destinationOf(route) });
  }
  for (const [destination, route] of after) {
    const previous = before.get(destination);
    const request = { RouteTableId: table, ...destinationOf(route), ...targetOf(route) };
    if (previous === undefined) await ec2.createRoute(request);
    else if (JSON.stringify(targetOf(previous)) !== JSON.stringify(targetOf(route))) await ec2.replaceRoute(request);
  }
}

function destinationOf(route: Props): {
  DestinationCidrBlock?: string;
  DestinationIpv6CidrBlock?: string;
  DestinationPrefixListId?: string;
} {
  const [cidr, ipv6, list] = [
    text(route, "cidrBlock"),
    text(route, "ipv6CidrBlock"),
    text(route, "destinationPrefixListId"),
  ];
  return {
    ...(cidr && { DestinationCidrBlock: cidr }),
    ...(ipv6 && { DestinationIpv6CidrBlock: ipv6 }),
    ...(list && { DestinationPrefixListId: list }),
  };
}
