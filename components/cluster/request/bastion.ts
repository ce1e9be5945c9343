import { z } from "zod";
import { strict, type Issue } from "../../config/problems.ts";
import type { PlainObject } from "../../config/merge.ts";
import { accessRange } from "./access-range.ts";
import { composeMachine, machine, machineType, zoneName, type MachineDefaults } from "./machines.ts";
import { nodeSubnetName, utilitySubnetName } from "../spec/names.ts";
import { noUtility, type Topology } from "./networking.ts";

/** Name of the bastions' instance group, as in `kops create cluster --bastion`. */
export const bastionGroup = "bastions";

const bastion = strict({
  allowedCidrs: z
    .array(accessRange("203.0.113.0/24", "opens SSH to the whole world: name the networks that need it"))
    .min(1, { error: "must not be empty: nobody could reach the bastion" })
    .describe("Networks that may reach the bastion by SSH: CIDRs and ids of prefix lists. No default, on purpose."),
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

/** Access to the machines by SSH. */
export const bastionKeys = {
  bastion: bastion
    .optional()
    .describe(
      "Machines through which SSH reaches the nodes, with a load balancer of their own. Needs `sshPublicKey`. " +
        "Default: none.",
    ),
  sshPublicKey: z
    .string()
    .regex(/^(ssh-(rsa|ed25519)|ecdsa-sha2-\S+) [A-Za-z0-9+/=]+( .*)?$/, {
      error: "must be one line in authorized_keys form, such as ssh-ed25519 AAAA… name",
    })
    .optional()
    .describe(
      "SSH key of all instances, in authorized_keys form. Only `bastion` opens a port for it. Changing it replaces " +
        "all nodes. If you remove it, nodes keep it until they are replaced for another reason. Default: none.",
    ),
};

type SshRequest = z.output<z.ZodObject<typeof bastionKeys>>;

export function sshProblems({ bastion: request, sshPublicKey }: SshRequest, utilitySubnets: boolean): Issue[] {
  if (!request) return [];
  return [
    ...(utilitySubnets ? [] : [{ path: ["bastion"], message: `needs a public address: ${noUtility}` }]),
    ...(sshPublicKey === undefined ? [{ path: ["bastion"], message: "needs sshPublicKey: nobody could log in" }] : []),
  ];
}

export function composeSsh({ bastion: request, sshPublicKey }: SshRequest): PlainObject {
  return {
    // An empty name means no key, even if one from before is still in the store.
    ...(sshPublicKey === undefined && { sshKeyName: "" }),
    ...(request && { sshAccess: request.allowedCidrs }),
  };
}

/** The bastions' instance group. Bastions need a public address: in a private topology that is the utility subnets. */
export function bastionGroups(
  { bastion: request, ...cluster }: SshRequest & MachineDefaults,
  topology: Topology,
  zones: readonly string[],
): Record<string, PlainObject> {
  if (!request) return {};
  const group = {
    role: "Bastion",
    ...composeMachine(request, cluster),
    minSize: request.count,
    maxSize: request.count,
    subnets: (request.zones ?? zones).map(topology === "private" ? utilitySubnetName : nodeSubnetName),
  };
  return { [bastionGroup]: group };
}
