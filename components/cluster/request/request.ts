import type { z } from "zod";
import { strict, type Issue } from "../../config/problems.ts";
import { addonKeys, addonProblems, type AddonNeeds } from "./addons.ts";
import { apiKeys, apiProblems } from "./api.ts";
import { auditKeys, auditProblems } from "./audit.ts";
import { basicKeys, clusterNameProblems, zoneProblems } from "./basics.ts";
import { bastionKeys, sshProblems } from "./bastion.ts";
import { controlPlaneKeys } from "./control-plane.ts";
import { identityKeys } from "./identity.ts";
import { imageProblems, machineKeys } from "./machines.ts";
import { networkingKeys, networkingProblems, topologyIn } from "./networking.ts";
import { groupNameProblems, isScaled, nodeKeys } from "./node-groups.ts";
import { operation, secretProblems, versionProblem } from "./operation.ts";
import { requestTagProblems, tagKeys } from "./tags.ts";

export { anyone } from "./api.ts";
export type { NodeGroup } from "./node-groups.ts";

/** A cluster file. Each part is defined in its own file: keys with descriptions and defaults, checks, composition. */
export const clusterRequest = strict({
  ...basicKeys,
  ...networkingKeys,
  ...apiKeys,
  ...controlPlaneKeys,
  ...nodeKeys,
  ...machineKeys,
  ...bastionKeys,
  ...identityKeys,
  ...auditKeys,
  ...addonKeys,
  ...tagKeys,
  ...operation,
});

/** A cluster that a team asks for: one file in `clusters/<stack>/`. */
export type ClusterRequest = z.output<typeof clusterRequest>;

/** The environment, as far as a request is checked against it. */
export interface RequestEnvironment {
  zones: readonly string[];
  fullName: string;
  /** Names of the stack's secrets for clusters. */
  secrets: readonly string[];
  /** Whether the network has private subnets. @default true */
  privateSubnets?: boolean | undefined;
  /** Whether the network has subnets for public addresses. @default true */
  utilitySubnets?: boolean | undefined;
  /** Whether IPv6 clusters can be in the network. @default false */
  ipv6Clusters?: boolean | undefined;
  /** AWS tags of the environment, for clusters without tags of their own. @default none */
  tags?: Readonly<Record<string, string>> | undefined;
  /** AWS tags of every cluster. @default none */
  defaultTags?: Readonly<Record<string, string>> | undefined;
}

export const addonNeeds = (request: ClusterRequest): AddonNeeds => ({
  scaled: Object.values(request.nodeGroups).some(isScaled),
  serviceAccounts: request.serviceAccounts !== undefined,
});

/** What is wrong with a request in its environment, or between its keys. */
export function checkRequest(request: ClusterRequest, environment: RequestEnvironment): Issue[] {
  const { privateSubnets = true, utilitySubnets = true, ipv6Clusters = false } = environment;
  const groups = [
    { path: ["controlPlane"], group: request.controlPlane },
    ...(request.bastion ? [{ path: ["bastion"], group: request.bastion }] : []),
    ...Object.entries(request.nodeGroups).map(([name, group]) => ({ path: ["nodeGroups", name], group })),
  ];
  const zones = groups.map(({ path, group }) => ({ path: [...path, "zones"], zones: group.zones }));
  const version = versionProblem(request);
  return [
    ...secretProblems(request, environment.secrets),
    ...zoneProblems(request, zones, environment.zones),
    ...groupNameProblems(request, request.zones ?? environment.zones),
    ...imageProblems(
      request,
      groups.map(({ group }) => group),
    ),
    ...networkingProblems(request, { privateSubnets, utilitySubnets, ipv6Clusters }),
    ...apiProblems(request, topologyIn(request.topology, privateSubnets), utilitySubnets),
    ...sshProblems(request, utilitySubnets),
    ...auditProblems(request, request.kops?.cluster),
    ...addonProblems(request.addons, addonNeeds(request)),
    ...clusterNameProblems(environment.fullName),
    ...requestTagProblems(request, environment),
    ...(version === undefined ? [] : [{ path: ["kubernetesVersion"], message: version }]),
  ];
}
