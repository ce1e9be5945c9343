import { z } from "zod";
import { strict } from "../../config/problems.ts";
import type { PlainObject } from "../../config/merge.ts";
import { isCidr } from "../../network/cidr.ts";
import { composeMachine, machine, machineType, zoneName, type MachineDefaults } from "./machines.ts";
import { nodeSubnetName, utilitySubnetName } from "./names.ts";
import type { Topology } from "./networking.ts";

/** Name of the bastions' instance group, as `kops create cluster --bastion` has it. */
export const bastionGroup = "bastions";

export const bastion = strict({
  allowedCidrs: z
    .array(
      z
        .string()
        .refine(isCidr, { error: "must be a CIDR without host bits, such as 203.0.113.0/24" })
        .refine((cidr) => !cidr.endsWith("/0"), {
          error: "opens SSH to the whole world: name the networks that need it",
        }),
    )
    .min(1, { error: "must not be empty: nobody could reach the bastion" })
    .describe("Networks that may reach the bastion by SSH. No default, on purpose."),
  count: z
    .int()
    .min(1)
    .max(10)
    .default(1)
    .describe("Number of bastions, spread over the zones behind one load balancer. Default: 1."),
  machineType: machineType.default("t3.micro"),
  zones: z.array(zoneName).min(1).optional().describe("Zones of the bastions. Default: all zones of the network."),
  ...machine,
});

type BastionRequest = z.output<typeof bastion>;

/**
 * The InstanceGroupSpec of the bastions. They need a public address, so they stand in the utility subnets of a private
 * topology.
 */
export function composeBastion(
  request: BastionRequest,
  topology: Topology,
  zones: readonly string[],
  cluster: MachineDefaults,
): PlainObject {
  return {
    role: "Bastion",
    ...composeMachine(request, cluster),
    minSize: request.count,
    maxSize: request.count,
    subnets: (request.zones ?? zones).map(topology === "private" ? utilitySubnetName : nodeSubnetName),
  };
}
