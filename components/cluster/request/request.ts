import { z } from "zod";
import { nearest, strict, type Issue } from "../../config/problems.ts";
import { isPlainObject } from "../../config/merge.ts";
import { awsTags } from "../../tags/rules.ts";
import { addonProblems, addons } from "./addons.ts";
import { api, apiAccess, isPublicApi } from "./api.ts";
import { auditLog, auditPolicyPath } from "./audit.ts";
import { bastion, bastionGroup } from "./bastion.ts";
import { controlPlane, controlPlanePrefix, etcd } from "./control-plane.ts";
import { authentication, policies, serviceAccounts } from "./identity.ts";
import { architectureOf } from "./images.ts";
import { clusterImage, metadata, zoneName } from "./machines.ts";
import { longestClusterName } from "./names.ts";
import { encrypting, networking, podEncryption, topology, topologyIn } from "./networking.ts";
import { isScaled, nodeGroups, placeGroups } from "./node-groups.ts";
import { requestTagProblems } from "./tags.ts";
import { exactVersion, operation, secretProblems, versionProblem } from "./operation.ts";

export { anyone } from "./api.ts";
export type { NodeGroup } from "./node-groups.ts";

const dnsName = /^[a-z]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

const { kopsVersion, ...workedOn } = operation;

export const clusterRequest = strict({
  name: z
    .string()
    .regex(dnsName, { error: "must be a DNS name in lower case, such as k1" })
    .describe(
      "Name of the cluster. Without a dot it is completed with the environment's zone name. Cannot be changed: " +
        "another name is another cluster.",
    ),
  kopsVersion,
  kubernetesVersion: exactVersion("1.34.3").describe(
    "Exact version of Kubernetes, not newer than the version of kOps. Changing it replaces all nodes, control " +
      "plane first.",
  ),
  zones: z
    .array(zoneName)
    .min(1)
    .optional()
    .describe(
      "Zones of the network that the cluster lives in: its groups and load balancers have subnets of these only. " +
        "A zone added to the network later leaves such a cluster alone. One can be added here later; nodes are " +
        "spread over it from then on. Default: all zones of the network, also those added later.",
    ),
  topology: topology.optional(),
  apiAccess,
  api: api.optional().describe("The way to the Kubernetes API."),
  networking: networking.default("cilium"),
  podEncryption: podEncryption.optional(),
  controlPlane: controlPlane.prefault({}).describe("The control plane. Default: three nodes in three zones."),
  nodeGroups,
  bastion: bastion
    .optional()
    .describe(
      "Machines through which SSH reaches the nodes, with a load balancer of their own. Needs `sshPublicKey`. " +
        "Default: none.",
    ),
  image: clusterImage.optional(),
  metadata: metadata.optional(),
  etcd: etcd.prefault({}).describe("etcd, in which Kubernetes keeps everything. Backups go to the state store."),
  authentication: authentication.optional(),
  serviceAccounts: serviceAccounts.optional(),
  policies: policies.optional(),
  auditLog,
  addons: addons.prefault({}),
  sshPublicKey: z
    .string()
    .regex(/^(ssh-(rsa|ed25519)|ecdsa-sha2-\S+) [A-Za-z0-9+/=]+( .*)?$/, {
      error: "must be one line in authorized_keys form, such as ssh-ed25519 AAAA… name",
    })
    .optional()
    .describe(
      "SSH key of all instances, in authorized_keys form. No port is opened for it but by `bastion`. Changing it " +
        "replaces all nodes; taken out, it stays on nodes until they are replaced for something else. Default: none.",
    ),
  tags: awsTags()
    .optional()
    .describe(
      "AWS tags of everything kOps makes, etcd's and nodes' volumes with it, so that backup plans can choose by " +
        "them. Changing them replaces all nodes. Default: those of the environment.",
    ),
  ...workedOn,
});

/** What a team asks for: one file in `clusters/<stack>/`. */
export type ClusterRequest = z.output<typeof clusterRequest>;

/** What the checks of a request need to know of where it goes. */
export interface RequestEnvironment {
  zones: readonly string[];
  fullName: string;
  /** Names of the stack's secrets for clusters. */
  secrets: readonly string[];
  /** Whether the network has private subnets. @default true */
  privateSubnets?: boolean | undefined;
  /** AWS tags of the environment, for clusters without tags of their own. @default none */
  tags?: Readonly<Record<string, string>> | undefined;
}

/** What decides on add-ons that nobody named. */
export const addonNeeds = (request: ClusterRequest): { scaled: boolean; serviceAccounts: boolean } => ({
  scaled: Object.values(request.nodeGroups).some(isScaled),
  serviceAccounts: request.serviceAccounts !== undefined,
});

function zoneProblems(request: ClusterRequest, ofNetwork: readonly string[]): Issue[] {
  const own = unknownZones(request.zones, ["zones"], ofNetwork, "the network");
  const twice = (request.zones ?? []).flatMap((zone, index, all): Issue[] =>
    all.indexOf(zone) < index ? [{ path: ["zones", index], message: `${zone} is listed twice` }] : [],
  );
  const given: [readonly string[] | undefined, PropertyKey[]][] = [
    [request.controlPlane.zones, ["controlPlane", "zones"]],
    [request.bastion?.zones, ["bastion", "zones"]],
    ...Object.entries(request.nodeGroups).map(([name, { zones }]): [readonly string[] | undefined, PropertyKey[]] => [
      zones,
      ["nodeGroups", name, "zones"],
    ]),
  ];
  const [known, whose] = request.zones === undefined ? [ofNetwork, "the network"] : [request.zones, "the cluster"];
  return [...own, ...twice, ...given.flatMap(([zones, path]) => unknownZones(zones, path, known, whose))];
}

function unknownZones(
  zones: readonly string[] = [],
  path: PropertyKey[],
  known: readonly string[],
  whose: string,
): Issue[] {
  return zones.flatMap((zone, index) => {
    if (known.includes(zone)) return [];
    const meant = nearest(zone, known);
    return [
      {
        path: [...path, index],
        message:
          `${zone} is not a zone of ${whose}${meant === undefined ? "" : `, did you mean ${meant}?`} (it has ` +
          `${known.join(", ")})`,
      },
    ];
  });
}

/** Names of instance groups that two parts of a request would both give. */
function nameProblems(request: ClusterRequest, zones: readonly string[]): Issue[] {
  const problems: Issue[] = [];
  for (const name of Object.keys(request.nodeGroups)) {
    if (name.startsWith(controlPlanePrefix))
      problems.push({
        path: ["nodeGroups", name],
        message: `names that begin with ${controlPlanePrefix} are those of the control plane`,
      });
    if (request.bastion && name === bastionGroup)
      problems.push({ path: ["nodeGroups", name], message: "is the name of the bastions' group" });
  }
  const placed = placeGroups(request.nodeGroups, zones).filter(({ group }) => group.perZone === true);
  for (const { name } of placed) {
    if (name in request.nodeGroups)
      problems.push({
        path: ["nodeGroups", name],
        message: "is also the name of a group that another one has for a zone (perZone)",
      });
  }
  return problems;
}

/** A single image starts machines of one architecture. */
function imageProblems(request: ClusterRequest): Issue[] {
  if (typeof request.image !== "string") return [];
  const groups = [
    request.controlPlane,
    ...Object.values(request.nodeGroups),
    ...(request.bastion ? [request.bastion] : []),
  ];
  const architectures = new Set(
    groups.filter(({ image }) => image === undefined).map(({ machineType }) => architectureOf(machineType)),
  );
  if (architectures.size < 2) return [];
  return [
    {
      path: ["image"],
      message:
        "cannot be one image: groups that name none are of both architectures; give a mapping of amd64 and arm64",
    },
  ];
}

function topologyProblems(request: ClusterRequest, privateSubnets: boolean): Issue[] {
  const problems: Issue[] = [];
  if (request.topology === "private" && !privateSubnets) {
    problems.push({
      path: ["topology"],
      message:
        "cannot be private: the network has no private subnets; write topology: public, or give the network some",
    });
  }
  const resolved = topologyIn(request.topology, privateSubnets);
  if (resolved === "public" && !isPublicApi(request.api, resolved)) {
    problems.push({
      path: ["api", "loadBalancer"],
      message: "cannot be internal in a public topology: kOps puts it into private subnets",
    });
  }
  if (request.podEncryption !== undefined && !encrypting.includes(request.networking)) {
    problems.push({
      path: ["podEncryption"],
      message: `is not to be had with ${request.networking}: only with ${encrypting.join(" or ")}`,
    });
  }
  if (request.bastion && request.sshPublicKey === undefined) {
    problems.push({ path: ["bastion"], message: "needs sshPublicKey: nobody could log in" });
  }
  return problems;
}

/**
 * Lists of the escape hatch replace: one of files without the audit policy leaves the API server without the file it is
 * told to read.
 */
function auditProblems({ auditLog: audit, kops }: ClusterRequest): Issue[] {
  const assets = kops?.cluster?.["fileAssets"];
  if (audit === false || !Array.isArray(assets)) return [];
  if (assets.some((asset: unknown) => isPlainObject(asset) && asset["path"] === auditPolicyPath)) return [];
  return [
    {
      path: ["kops", "cluster", "fileAssets"],
      message:
        "replaces the file of the audit policy, without which the API server does not start: add one at " +
        `${auditPolicyPath}, or write auditLog: false`,
    },
  ];
}

/** What of a name AWS does not take. */
export function clusterNameProblems(fullName: string): Issue[] {
  if (fullName.length <= longestClusterName) return [];
  return [
    {
      path: ["name"],
      message:
        `${fullName} has ${fullName.length} characters, more than ${longestClusterName}: IAM role names made of ` +
        "it would be too long for AWS",
    },
  ];
}

/** What of a request only makes sense, or not, in a certain environment or together. */
export function checkRequest(request: ClusterRequest, environment: RequestEnvironment): Issue[] {
  const version = versionProblem(request.kopsVersion, request.kubernetesVersion);
  return [
    ...secretProblems(request, environment.secrets),
    ...zoneProblems(request, environment.zones),
    ...nameProblems(request, request.zones ?? environment.zones),
    ...imageProblems(request),
    ...topologyProblems(request, environment.privateSubnets ?? true),
    ...auditProblems(request),
    ...addonProblems(request.addons, addonNeeds(request)),
    ...clusterNameProblems(environment.fullName),
    ...requestTagProblems(request, environment.tags),
    ...(version === undefined ? [] : [{ path: ["kubernetesVersion"], message: version }]),
  ];
}
