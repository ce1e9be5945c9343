import { crc32 } from "node:zlib";
import type { Route } from "@aws-sdk/client-ec2";
import type { Props } from "../../../protocol/values.ts";
import { needText, text, type Context, type Handler } from "../../shared/handler.ts";
import { observedTarget, targetOf } from "./routes.ts";
import { ec2Of } from "./shared.ts";

const DESTINATIONS = {
  destinationCidrBlock: "DestinationCidrBlock",
  destinationIpv6CidrBlock: "DestinationIpv6CidrBlock",
  destinationPrefixListId: "DestinationPrefixListId",
} as const;
type Destination = Partial<Record<(typeof DESTINATIONS)[keyof typeof DESTINATIONS], string>>;

export const handler: Handler = {
  token: "aws:ec2/route:Route",
  source: "terraform-provider-aws, internal/service/ec2/vpc_route.go, schema ForceNew",
  replace: ["destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId", "routeTableId"],
  // A table has one route per destination.
  deleteBeforeReplace: true,
  unsupported: ["odbNetworkArn"],
  validate(inputs) {
    const failures = [];
    const destinations = Object.keys(DESTINATIONS).filter((name) => inputs[name] !== undefined);
    if (destinations.length !== 1)
      failures.push({
        property: "destinationCidrBlock",
        reason: `give exactly one of ${Object.keys(DESTINATIONS).join(", ")}`,
      });
    return failures;
  },

  async create(context, inputs) {
    const table = needText(inputs, "routeTableId");
    await ec2Of(context).createRoute({ RouteTableId: table, ...destinationOf(inputs), ...targetOf(inputs) });
    // The official plugin's id: the table's, with a checksum of the destination.
    const id = `r-${table}${crc32(Object.values(destinationOf(inputs))[0] ?? "")}`;
    context.created(id);
    await context.waitFor(`the route to ${Object.values(destinationOf(inputs)).join()} in ${table}`, 300, async () =>
      (await find(context, inputs)) === undefined ? { pending: "not shown yet" } : { done: undefined },
    );
    return id;
  },

  async read(context, _id, state) {
    const route = await find(context, state);
    if (route === undefined) return undefined;
    return {
      state: {
        ...observedTarget(route),
        destinationCidrBlock: route.DestinationCidrBlock,
        destinationIpv6CidrBlock: route.DestinationIpv6CidrBlock,
        destinationPrefixListId: route.DestinationPrefixListId,
        instanceId: route.InstanceId ?? "",
        instanceOwnerId: route.InstanceOwnerId ?? "",
        networkInterfaceId: route.NetworkInterfaceId ?? "",
        origin: route.Origin ?? "CreateRoute",
        routeTableId: text(state, "routeTableId"),
        state: route.State ?? "active",
      },
    };
  },

  async update(context, _id, olds, news) {
    await ec2Of(context).replaceRoute({
      RouteTableId: needText(olds, "routeTableId"),
      ...destinationOf(olds),
      ...targetOf(news),
    });
  },

  async delete(context, _id, state) {
    await ec2Of(context).deleteRoute({ RouteTableId: needText(state, "routeTableId"), ...destinationOf(state) });
  },
};

function destinationOf(props: Props): Destination {
  const destination: Destination = {};
  for (const [name, parameter] of Object.entries(DESTINATIONS)) {
    const value = text(props, name);
    if (value !== undefined) destination[parameter] = value;
  }
  return destination;
}

async function find(context: Context, props: Props): Promise<Route | undefined> {
  const { RouteTables: [table] = [] } = await ec2Of(context).describeRouteTables({
    RouteTableIds: [needText(props, "routeTableId")],
  });
  const wanted = Object.entries(destinationOf(props));
  return table?.Routes?.find(
    (route) => wanted.length > 0 && wanted.every(([name, value]) => route[name as keyof Destination] === value),
  );
}
