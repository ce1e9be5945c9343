import type { CreateRouteRequest, Route } from "@aws-sdk/client-ec2";
import type { Props } from "../../../protocol/values.ts";
import { text } from "../../shared/handler.ts";

/** Targets of a route: the argument's name with the request's. */
const TARGETS = {
  carrierGatewayId: "CarrierGatewayId",
  coreNetworkArn: "CoreNetworkArn",
  egressOnlyGatewayId: "EgressOnlyInternetGatewayId",
  gatewayId: "GatewayId",
  localGatewayId: "LocalGatewayId",
  natGatewayId: "NatGatewayId",
  networkInterfaceId: "NetworkInterfaceId",
  transitGatewayId: "TransitGatewayId",
  vpcEndpointId: "VpcEndpointId",
  vpcPeeringConnectionId: "VpcPeeringConnectionId",
} as const satisfies Record<string, keyof CreateRouteRequest>;

type Target = Partial<Record<(typeof TARGETS)[keyof typeof TARGETS], string>>;

export function targetOf(route: Props): Target {
  const target: Target = {};
  for (const [name, parameter] of Object.entries(TARGETS)) {
    const value = text(route, name);
    if (value !== undefined) target[parameter] = value;
  }
  return target;
}

/** A route as AWS returns it, with the arguments' names. AWS returns a load balancer's endpoint as a gateway. */
export function observedTarget(route: Route): Record<string, string | undefined> {
  const endpoint = route.GatewayId?.startsWith("vpce-") ?? false;
  return {
    carrierGatewayId: route.CarrierGatewayId,
    coreNetworkArn: route.CoreNetworkArn,
    egressOnlyGatewayId: route.EgressOnlyInternetGatewayId,
    gatewayId: endpoint ? undefined : route.GatewayId,
    localGatewayId: route.LocalGatewayId,
    natGatewayId: route.NatGatewayId,
    networkInterfaceId: route.NetworkInterfaceId,
    transitGatewayId: route.TransitGatewayId,
    vpcEndpointId: endpoint ? route.GatewayId : undefined,
    vpcPeeringConnectionId: route.VpcPeeringConnectionId,
  };
}

/** Routes that somebody added. AWS adds and removes those of the VPC, of gateway endpoints and of VPNs itself. */
export function isManaged(route: Route): boolean {
  if (route.GatewayId === "local" || route.Origin === "EnableVgwRoutePropagation") return false;
  return !(route.DestinationPrefixListId !== undefined && (route.GatewayId?.startsWith("vpce-") ?? false));
}
