import type { Filter } from "@aws-sdk/client-ec2";
import { allOf } from "../../aws/client.ts";
import { existingInstances } from "../../aws/states.ts";
import type { Lookup, Lookups } from "./existence.ts";
import type { OpenEc2 } from "./image-lookup.ts";
import { referenceKinds } from "./references.ts";
import type { Reference, targetKinds } from "./references.ts";

type TargetKind = (typeof targetKinds)[keyof typeof targetKinds];

/** A target that EC2 lists. */
interface Target {
  id: string | undefined;
  /** Undefined for a kind that has no states. */
  state?: string | undefined;
}

/** States in which a route can lead to a target. EC2 lists deleted ones for hours. */
const usable: Readonly<Partial<Record<TargetKind, readonly string[]>>> = {
  natGateway: ["pending", "available"],
  instance: existingInstances.Values,
  transitGateway: ["pending", "available", "modifying"],
  // Until the other side has accepted it, the route is a black hole.
  peering: ["initiating-request", "pending-acceptance", "provisioning", "active"],
};

/** The references to targets that do not exist, or exist no more. */
export function deadTargets(
  references: readonly Reference[],
  found: readonly Target[],
  region: string,
): Map<Reference, string> {
  return new Map(
    references.flatMap((one): [Reference, string][] => {
      const { kind, id } = one;
      const target = found.find((other) => other.id === id);
      if (!target) return [[one, `${referenceKinds[kind]} ${id} does not exist in ${region}`]];
      const states = usable[kind as TargetKind];
      if (!states || target.state === undefined || states.includes(target.state)) return [];
      return [[one, `${referenceKinds[kind]} ${id} is ${target.state}`]];
    }),
  );
}

/** Looks up what routes lead to (`egress` and `additionalRoutes` of subnets), with one call for each kind. */
export function routeTargetLookups(ec2: OpenEc2, region: string): Pick<Lookups, TargetKind> {
  const lookup =
    (
      ask: (
        api: Awaited<ReturnType<OpenEc2>>,
        byId: (name: string) => Filter[],
        options: { abortSignal: AbortSignal },
      ) => Promise<Target[]>,
    ): Lookup =>
    async (references, abortSignal) => {
      const Values = [...new Set(references.map(({ id }) => id))];
      return deadTargets(references, await ask(await ec2(), (Name) => [{ Name, Values }], { abortSignal }), region);
    };
  return {
    natGateway: lookup(({ sdk, client }, byId, options) =>
      allOf(sdk.paginateDescribeNatGateways({ client }, { Filter: byId("nat-gateway-id") }, options), (page) =>
        page.NatGateways?.map(({ NatGatewayId: id, State: state }) => ({ id, state })),
      ),
    ),
    instance: lookup(({ sdk, client }, byId, options) =>
      allOf(sdk.paginateDescribeInstances({ client }, { Filters: byId("instance-id") }, options), (page) =>
        page.Reservations?.flatMap(({ Instances = [] }) =>
          Instances.map(({ InstanceId: id, State }) => ({ id, state: State?.Name })),
        ),
      ),
    ),
    transitGateway: lookup(({ sdk, client }, byId, options) =>
      allOf(sdk.paginateDescribeTransitGateways({ client }, { Filters: byId("transit-gateway-id") }, options), (page) =>
        page.TransitGateways?.map(({ TransitGatewayId: id, State: state }) => ({ id, state })),
      ),
    ),
    peering: lookup(({ sdk, client }, byId, options) =>
      allOf(
        sdk.paginateDescribeVpcPeeringConnections({ client }, { Filters: byId("vpc-peering-connection-id") }, options),
        (page) =>
          page.VpcPeeringConnections?.map(({ VpcPeeringConnectionId: id, Status }) => ({ id, state: Status?.Code })),
      ),
    ),
    internetGateway: lookup(({ sdk, client }, byId, options) =>
      allOf(
        sdk.paginateDescribeInternetGateways({ client }, { Filters: byId("internet-gateway-id") }, options),
        (page) => page.InternetGateways?.map(({ InternetGatewayId: id }) => ({ id })),
      ),
    ),
    // EC2 has no filter for their ids. An account has a few: AWS's quota is five in a region.
    egressOnlyGateway: lookup(({ sdk, client }, _byId, options) =>
      allOf(sdk.paginateDescribeEgressOnlyInternetGateways({ client }, {}, options), (page) =>
        page.EgressOnlyInternetGateways?.map(({ EgressOnlyInternetGatewayId: id }) => ({ id })),
      ),
    ),
  };
}
