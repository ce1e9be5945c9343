import { Network, type NetworkArgs } from "../../../components/network/index.ts";
import { ofType, record } from "../mocks.ts";

export const zones = ["ap-southeast-2a", "ap-southeast-2b", "ap-southeast-2c"];

export const network = (args: Partial<NetworkArgs> = {}) =>
  record(
    () =>
      new Network("net", {
        region: "ap-southeast-2",
        cidr: "10.20.0.0/16",
        zones,
        tags: { environment: "test" },
        ...args,
      }),
  );

/** Route tables that an endpoint of the network serves. */
export const tablesOf = (resources: Parameters<typeof ofType>[0], endpoint: string): unknown[] =>
  Object.values(ofType(resources, "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation"))
    .filter(({ inputs }) => inputs["vpcEndpointId"] === `${endpoint}-id`)
    .map(({ inputs }) => inputs["routeTableId"]);
