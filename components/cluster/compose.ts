import type { Input } from "@pulumi/pulumi";
import type { ClusterSpec, InstanceGroupSpec } from "../../providers/kops/inputs.ts";
import { deepMerge, type PlainObject } from "../merge.ts";
import { zoneLetter } from "../network/subnets.ts";
import { defaultImage } from "./images.ts";
import { fullName, utilitySubnetName } from "./names.ts";
import { anyone, type ClusterRequest, type NodeGroup } from "./request.ts";

/** Where a cluster goes, as far as its manifests depend on it. Ids may be outputs: they are placed, never read. */
export interface ClusterSurroundings {
  network: {
    vpcId: Input<string>;
    vpcCidr: string;
    zones: readonly {
      zone: string;
      /** Both absent where nodes live in the utility subnet. */
      privateSubnetId?: Input<string>;
      privateCidr?: string;
      utilitySubnetId: Input<string>;
      utilityCidr: string;
    }[];
  };
  dns: { topology: "Public" | "Private" | "None"; zoneName: string; zoneId?: Input<string> };
  store: { stateStore: string; discoveryBucket: string };
  /** AWS tags for everything kOps makes. @default none */
  tags?: Record<string, string> | undefined;
}

/** A cluster as kOps reads it. */
export interface ComposedCluster {
  /** Full name. */
  name: string;
  cluster: ClusterSpec;
  instanceGroups: Record<string, InstanceGroupSpec>;
}

/** An instance group of the control plane: always exactly one node. */
interface ControlPlaneGroup {
  name: string;
  zone: string;
  /** Name of its etcd members. */
  member: string;
}

/**
 * One group per control-plane node. Names depend on zone and turn only, so that a control plane that grows from one to
 * three, or gets a zone, keeps the groups (and etcd members, and volumes) it has.
 */
export function controlPlaneGroups(count: number, zones: readonly string[]): ControlPlaneGroup[] {
  return Array.from({ length: count }, (_, index) => {
    const zone = zones[index % zones.length] ?? "";
    const turn = Math.floor(index / zones.length) + 1;
    const suffix = turn === 1 ? "" : `-${turn}`;
    return { name: `control-plane-${zone}${suffix}`, zone, member: `${zoneLetter(zone)}${suffix}` };
  });
}

/** The kOps objects of a request. Pure: equal requests in equal surroundings give equal objects. */
export function composeCluster(request: ClusterRequest, surroundings: ClusterSurroundings): ComposedCluster {
  const name = fullName(request.name, surroundings.dns.zoneName);
  const zones = surroundings.network.zones.map(({ zone }) => zone);
  const controlPlane = controlPlaneGroups(request.controlPlane.count, request.controlPlane.zones ?? zones);

  const cluster = composeSpec(name, request, surroundings, controlPlane);
  const instanceGroups = {
    ...Object.fromEntries(controlPlane.map((group) => [group.name, composeControlPlane(group, request)])),
    ...Object.fromEntries(Object.entries(request.nodeGroups).map(([group, spec]) => [group, composeNodes(spec, request, zones)])),
  };
  return {
    name,
    cluster: deepMerge(cluster, request.kops?.cluster ?? {}),
    instanceGroups: mergeGroups(instanceGroups, request.kops?.instanceGroups ?? {}),
  };
}

function mergeGroups(groups: Record<string, PlainObject>, over: Record<string, PlainObject>): Record<string, PlainObject> {
  const merged = { ...groups };
  for (const [name, group] of Object.entries(over)) merged[name] = deepMerge(merged[name] ?? {}, group);
  return merged;
}

function composeSpec(
  name: string,
  request: ClusterRequest,
  { network, dns, store, tags }: ClusterSurroundings,
  controlPlane: readonly ControlPlaneGroup[],
): PlainObject {
  const cloudLabels = request.tags ?? tags;
  return {
    channel: "stable",
    cloudProvider: "aws",
    configBase: `${store.stateStore}/${name}`,
    kubernetesVersion: request.kubernetesVersion,
    cloudConfig: { manageStorageClasses: true },
    ...(cloudLabels && Object.keys(cloudLabels).length > 0 && { cloudLabels }),

    networkID: network.vpcId,
    networkCIDR: network.vpcCidr,
    // kOps's default, said aloud: no private VPC can overlap with it.
    nonMasqueradeCIDR: "100.64.0.0/10",
    topology: { dns: { type: dns.topology } },
    ...(dns.zoneId !== undefined && dns.topology !== "None" && { dnsZone: dns.zoneId }),
    subnets: composeSubnets(network.zones),
    // In v1alpha2 `tagSubnets: false` is written like this. Subnet tags have one owner, and it is not kOps.
    DisableSubnetTags: true,
    networking: { cilium: { enableNodePort: true } },
    // Cilium does its work.
    kubeProxy: { enabled: false },

    // kOps puts an internal load balancer into private subnets only.
    api: { loadBalancer: { class: "Network", type: network.zones[0]?.privateSubnetId === undefined ? "Public" : "Internal" } },
    kubernetesApiAccess: request.apiAccess === anyone ? ["0.0.0.0/0", "::/0"] : request.apiAccess,
    // An empty name stands for no key, even when one is left in the store from before.
    ...(request.sshPublicKey === undefined && { sshKeyName: "" }),

    authorization: { rbac: {} },
    kubeAPIServer: { anonymousAuth: false },
    kubelet: { anonymousAuth: false },
    iam: { allowContainerRegistry: true, legacy: false, useServiceAccountExternalPermissions: true },
    serviceAccountIssuerDiscovery: {
      discoveryStore: `s3://${store.discoveryBucket}/${name}`,
      enableAWSOIDCProvider: true,
    },

    etcdClusters: [
      { name: "main", cpuRequest: "200m" },
      { name: "events", cpuRequest: "100m" },
    ].map((etcd) => ({
      ...etcd,
      memoryRequest: "100Mi",
      manager: { backupRetentionDays: request.etcd.backupRetentionDays },
      etcdMembers: controlPlane.map((group) => ({
        name: group.member,
        instanceGroup: group.name,
        encryptedVolume: true,
        ...(request.etcd.volumeSize !== undefined && { volumeSize: request.etcd.volumeSize }),
      })),
    })),
  };
}

function composeSubnets(zones: ClusterSurroundings["network"]["zones"]): PlainObject[] {
  const [first] = zones;
  if (first?.privateSubnetId === undefined) {
    return zones.map(({ zone, utilityCidr, utilitySubnetId }) => ({ name: zone, type: "Public", zone, cidr: utilityCidr, id: utilitySubnetId }));
  }
  return [
    ...zones.map(({ zone, privateCidr, privateSubnetId }) => ({ name: zone, type: "Private", zone, cidr: privateCidr, id: privateSubnetId })),
    ...zones.map(({ zone, utilityCidr, utilitySubnetId }) => ({ name: utilitySubnetName(zone), type: "Utility", zone, cidr: utilityCidr, id: utilitySubnetId })),
  ];
}

type MachineRequest = Pick<NodeGroup, "machineType" | "image" | "volumeSize" | "metadata">;

function composeMachine(machine: MachineRequest, request: ClusterRequest): PlainObject {
  return {
    machineType: machine.machineType,
    image: machine.image ?? request.image ?? defaultImage(machine.machineType),
    instanceMetadata: {
      httpTokens: "required",
      httpPutResponseHopLimit: machine.metadata?.hopLimit ?? request.metadata?.hopLimit ?? 1,
    },
    rootVolumeEncryption: true,
    ...(machine.volumeSize !== undefined && { rootVolumeSize: machine.volumeSize }),
  };
}

function composeControlPlane({ zone }: ControlPlaneGroup, request: ClusterRequest): PlainObject {
  return {
    role: "ControlPlane",
    ...composeMachine(request.controlPlane, request),
    minSize: 1,
    maxSize: 1,
    subnets: [zone],
  };
}

function composeNodes(group: NodeGroup, request: ClusterRequest, zones: readonly string[]): PlainObject {
  return {
    role: "Node",
    ...composeMachine(group, request),
    minSize: group.count ?? group.minSize,
    maxSize: group.count ?? group.maxSize,
    subnets: group.zones ?? [...zones],
    ...(group.labels && { nodeLabels: group.labels }),
    ...(group.taints && { taints: group.taints }),
    ...(group.spot === true && {
      mixedInstancesPolicy: {
        instances: [group.machineType],
        onDemandBase: 0,
        onDemandAboveBase: 0,
        spotAllocationStrategy: "price-capacity-optimized",
      },
    }),
  };
}
