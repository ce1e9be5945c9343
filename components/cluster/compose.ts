import { ConfigError } from "../../providers/kops/model/errors.ts";
import type { ClusterSpec, InstanceGroupSpec } from "../../providers/kops/model/inputs.ts";
import { deepMerge, type PlainObject } from "../config/merge.ts";
import { composeAddons } from "./request/addons.ts";
import { composeApi } from "./request/api.ts";
import { composeAudit } from "./request/audit.ts";
import { bastionGroup, composeBastion } from "./request/bastion.ts";
import {
  composeControlPlane,
  composeEtcd,
  controlPlaneGroups,
  type ControlPlaneGroup,
} from "./request/control-plane.ts";
import { fillManifest } from "./manifest/fill-manifest.ts";
import { composeIdentity } from "./request/identity.ts";
import type { ManifestRequest } from "./manifest/manifest-request.ts";
import { fullName, isGossip, nodeSubnetName, utilitySubnetName } from "./request/names.ts";
import { placementOf, storeOf } from "./manifest/placement.ts";
import { composeNetworking, topologyIn, type Topology } from "./request/networking.ts";
import { composeGpu, composeNodes, placeGroups } from "./request/node-groups.ts";
import type { OperationRequest } from "./request/operation.ts";
import { additionalRanges } from "./manifest/ranges.ts";
import { addonNeeds, type ClusterRequest } from "./request/request.ts";
import type { SurroundingZone, ClusterSurroundings, PlacedSubnet } from "./manifest/surroundings.ts";

export { controlPlaneGroups } from "./request/control-plane.ts";

/** A cluster as kOps reads it. */
export interface ComposedCluster {
  /** Full name. */
  name: string;
  stateStore: string;
  cluster: ClusterSpec;
  instanceGroups: Record<string, InstanceGroupSpec>;
  sshPublicKeys: string[];
  /** The environment's subnets it uses. */
  subnets: PlacedSubnet[];
}

/** The kOps objects of a request. Pure: equal requests in equal surroundings give equal objects. */
export function composeCluster(
  request: ClusterRequest | ManifestRequest,
  surroundings: ClusterSurroundings,
): ComposedCluster {
  const name = fullName(request.name, surroundings.dns.zoneName);
  const composed =
    "manifest" in request ? composeManifest(request, surroundings) : composeRequest(name, request, surroundings);
  const cluster = deepMerge(composed.cluster, request.kops?.cluster ?? {});
  return {
    name,
    ...composed,
    cluster,
    // A folder of a bucket as base is a store in that folder, in a manifest as in the escape hatch.
    stateStore: storeOf(cluster["configBase"], name) ?? composed.stateStore,
    instanceGroups: mergeGroups(composed.instanceGroups, request.kops?.instanceGroups ?? {}),
  };
}

function mergeGroups(
  groups: Record<string, PlainObject>,
  over: Record<string, PlainObject>,
): Record<string, PlainObject> {
  const merged = { ...groups };
  for (const [name, group] of Object.entries(over)) merged[name] = deepMerge(merged[name] ?? {}, group);
  return merged;
}

/** The API server reads the secret only when the spec says so (`encryptionConfig` in pkg/apis/kops). */
const composeSecrets = ({ secrets }: Pick<OperationRequest, "secrets">): PlainObject =>
  secrets?.encryptionConfig === undefined ? {} : { encryptionConfig: true };

function composeManifest(request: ManifestRequest, surroundings: ClusterSurroundings): Omit<ComposedCluster, "name"> {
  const { cluster, stateStore, subnets } = fillManifest(
    request.manifest,
    surroundings,
    request.placement ?? placementOf(request, undefined, surroundings.network.vpcCidr),
    request.adopt === true,
  );
  return {
    cluster: { ...cluster, ...composeSecrets(request) },
    stateStore,
    subnets,
    instanceGroups: request.manifest.instanceGroups,
    sshPublicKeys: request.manifest.sshPublicKeys,
  };
}

/** The zones that a request names, in the order of the network: another order in a file is no change. */
function zonesFor({ zones }: ClusterRequest, surroundings: ClusterSurroundings): ClusterSurroundings {
  if (zones === undefined) return surroundings;
  return {
    ...surroundings,
    network: { ...surroundings.network, zones: surroundings.network.zones.filter(({ zone }) => zones.includes(zone)) },
  };
}

function composeRequest(
  name: string,
  request: ClusterRequest,
  environment: ClusterSurroundings,
): Omit<ComposedCluster, "name"> {
  const surroundings = zonesFor(request, environment);
  const zones = surroundings.network.zones.map(({ zone }) => zone);
  const controlPlane = controlPlaneGroups(request.controlPlane.count, request.controlPlane.zones ?? zones);
  const topology = topologyIn(
    request.topology,
    surroundings.network.zones.every(({ privateSubnetId }) => privateSubnetId !== undefined),
  );
  const subnets = placeSubnets(topology, surroundings.network.zones);
  return {
    stateStore: surroundings.store.stateStore,
    subnets: subnets.map(({ kind, zone, id }) => ({ kind, zone, id })),
    cluster: composeSpec(name, request, topology, surroundings, controlPlane, subnets),
    instanceGroups: {
      ...Object.fromEntries(
        controlPlane.map((group) => [group.name, composeControlPlane(group, request.controlPlane, request)]),
      ),
      ...Object.fromEntries(
        placeGroups(request.nodeGroups, zones).map((placed) => [placed.name, composeNodes(placed, request)]),
      ),
      ...(request.bastion && { [bastionGroup]: composeBastion(request.bastion, topology, zones, request) }),
    },
    sshPublicKeys: request.sshPublicKey === undefined ? [] : [request.sshPublicKey],
  };
}

function composeSpec(
  name: string,
  request: ClusterRequest,
  topology: Topology,
  { network, dns, store, tags }: ClusterSurroundings,
  controlPlane: readonly ControlPlaneGroup[],
  subnets: readonly ComposedSubnet[],
): PlainObject {
  const cloudLabels = request.tags ?? tags;
  const audit = composeAudit(request.auditLog);
  const identity = composeIdentity(request);
  const ranges = additionalRanges(
    network,
    subnets.map(({ spec: { cidr } }) => String(cidr)),
  );
  const spec: PlainObject = {
    channel: "stable",
    cloudProvider: "aws",
    configBase: `${store.stateStore}/${name}`,
    kubernetesVersion: request.kubernetesVersion,
    cloudConfig: { manageStorageClasses: true },
    ...(cloudLabels && Object.keys(cloudLabels).length > 0 && { cloudLabels }),

    networkID: network.vpcId,
    networkCIDR: network.vpcCidr,
    ...(ranges.length > 0 && { additionalNetworkCIDRs: ranges }),
    // By gossip nodes find each other without any DNS.
    ...(!isGossip(name) && { topology: { dns: { type: dns.topology } } }),
    ...(dns.zoneId !== undefined && dns.topology !== "None" && !isGossip(name) && { dnsZone: dns.zoneId }),
    subnets: subnets.map(({ spec: subnet }) => subnet),
    // In v1alpha2 `tagSubnets: false` is written like this. Subnet tags have one owner, and it is not kOps.
    DisableSubnetTags: true,
    ...composeNetworking(request.networking, request.podEncryption, network.vpcCidr),

    ...composeApi(request.api, request.apiAccess, topology),
    // An empty name stands for no key, even when one is left in the store from before.
    ...(request.sshPublicKey === undefined && { sshKeyName: "" }),
    ...(request.bastion && { sshAccess: request.bastion.allowedCidrs }),

    authorization: { rbac: {} },
    kubeAPIServer: { anonymousAuth: false, ...audit.kubeAPIServer, ...identity.kubeAPIServer },
    ...(audit.fileAssets.length > 0 && { fileAssets: audit.fileAssets }),
    ...composeSecrets(request),
    kubelet: { anonymousAuth: false },
    ...composeGpu(request.nodeGroups),
    iam: { allowContainerRegistry: true, legacy: false, useServiceAccountExternalPermissions: true, ...identity.iam },
    ...identity.spec,
    serviceAccountIssuerDiscovery: {
      discoveryStore: `s3://${store.discoveryBucket}/${name}`,
      enableAWSOIDCProvider: true,
    },

    etcdClusters: composeEtcd(request.etcd, controlPlane),
  };
  return deepMerge(spec, composeAddons(request.addons, addonNeeds(request)));
}

type ComposedSubnet = PlacedSubnet & { spec: PlainObject };

/**
 * Nodes stand in private subnets, with utility subnets for what has public addresses; or, in a public topology, all in
 * the network's utility subnets, which kOps then calls public.
 */
function placeSubnets(topology: Topology, zones: readonly SurroundingZone[]): ComposedSubnet[] {
  if (topology === "public") {
    return zones.map(({ zone, utilityCidr: cidr, utilitySubnetId: id }) => ({
      kind: "utility",
      zone,
      id,
      spec: { name: nodeSubnetName(zone), type: "Public", zone, cidr, id },
    }));
  }
  return [
    ...zones.map(({ zone, privateCidr: cidr, privateSubnetId: id }): ComposedSubnet => {
      if (id === undefined)
        throw new ConfigError({
          what: "A cluster of a private topology has no place",
          why: `the network has no private subnet in ${zone}`,
          next: "write topology: public in its file, or give the network private subnets",
        });
      return { kind: "private", zone, id, spec: { name: nodeSubnetName(zone), type: "Private", zone, cidr, id } };
    }),
    ...zones.map(({ zone, utilityCidr: cidr, utilitySubnetId: id }): ComposedSubnet => ({
      kind: "utility",
      zone,
      id,
      spec: { name: utilitySubnetName(zone), type: "Utility", zone, cidr, id },
    })),
  ];
}
