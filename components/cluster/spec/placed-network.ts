import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { CloudNames } from "../../../providers/kops/index.ts";
import type { ClusterReference } from "../../reference/index.ts";

type PlacedNetwork = ClusterReference["network"];

const subnets = z.array(
  z
    .object({ id: z.string(), zone: z.string(), type: z.string(), cidr: z.string().optional() })
    .optional()
    .catch(undefined),
);

const named = z.array(z.object({ name: z.string(), id: z.string().optional() }).loose());

const ranges = z.array(z.string()).min(1);

/**
 * The network in a ClusterSpec, which a manifest or the escape hatch may have changed. kOps makes the subnets without
 * an id.
 */
export function networkOf(
  clusterSpec: Readonly<Record<string, unknown>>,
  environment: { vpcId: pulumi.Input<string>; vpcCidr: string },
): pulumi.Output<PlacedNetwork> {
  const spec = pulumi.output({
    vpcId: clusterSpec["networkID"],
    vpcCidr: clusterSpec["networkCIDR"],
    ranges: clusterSpec["additionalNetworkCIDRs"],
    subnets: clusterSpec["subnets"],
  });
  return pulumi.all([spec, environment.vpcId]).apply(([given, environmentVpc]) => {
    const secondaryCidrs = ranges.safeParse(given.ranges).data;
    const placed = (subnets.safeParse(given.subnets).data ?? []).filter((subnet) => subnet !== undefined);
    return {
      vpcId: typeof given.vpcId === "string" ? given.vpcId : environmentVpc,
      vpcCidr: typeof given.vpcCidr === "string" ? given.vpcCidr : environment.vpcCidr,
      ...(secondaryCidrs && { secondaryCidrs }),
      subnets: placed,
      zones: [...new Set(placed.map(({ zone }) => zone))],
    };
  });
}

/** The same for a cluster whose subnets kOps makes, with the ids that kOps got from AWS. */
export function ownNetworkOf(
  clusterSpec: Readonly<Record<string, unknown>>,
  made: pulumi.Output<CloudNames["network"]>,
): pulumi.Output<PlacedNetwork> {
  return made.apply((network) => {
    const withIds = (named.safeParse(clusterSpec["subnets"]).data ?? []).map((subnet) => ({
      ...subnet,
      id: network?.subnets[subnet.name],
    }));
    return networkOf(
      { ...clusterSpec, subnets: withIds, ...(network && { networkID: network.vpcId }) },
      { vpcId: "", vpcCidr: "" },
    );
  });
}
