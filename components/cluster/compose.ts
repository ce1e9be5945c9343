import { ConfigError } from "../../providers/kops/model/errors.ts";
import type { ClusterSpec, InstanceGroupSpec } from "../../providers/kops/model/inputs.ts";
import { deepMerge, type PlainObject } from "../config/merge.ts";
import { fillManifest } from "./manifest/fill-manifest.ts";
import type { ManifestRequest } from "./manifest/manifest-request.ts";
import { placementOf, storeOf } from "./manifest/placement.ts";
import { composeAddons } from "./request/addons.ts";
import { apiServer, composeApi } from "./request/api.ts";
import { composeAudit } from "./request/audit.ts";
import { composeBasics } from "./request/basics.ts";
import { bastionGroups, composeSsh } from "./request/bastion.ts";
import { composeControlPlane, composeEtcd } from "./request/control-plane.ts";
import { composeIdentity } from "./request/identity.ts";
import { composeNetworking, topologyIn, type Topology } from "./request/networking.ts";
import { composeNodes, composeNodeSettings } from "./request/node-groups.ts";
import { composeSecrets } from "./request/operation.ts";
import { addonNeeds, type ClusterRequest } from "./request/request.ts";
import { composeTags } from "./request/tags.ts";
import { additionalRanges } from "./spec/additional-ranges.ts";
import type { ClusterEnvironment, EnvironmentZone, PlacedSubnet } from "./spec/cluster-environment.ts";
import { fullName, isGossip, nodeSubnetName, utilitySubnetName } from "./spec/names.ts";

export { controlPlaneGroups } from "./request/control-plane.ts";

/** A cluster as kOps reads it. */
export interface ComposedCluster {
  /** Full name. */
  name: string;
  stateStore: string;
  cluster: ClusterSpec;
  instanceGroups: Record<string, InstanceGroupSpec>;
  sshPublicKeys: string[];
  /** Objects of other kinds that kOps keeps with the cluster. Absent: those in the store stay. */
  additionalObjects?: PlainObject[] | undefined;
  /** The environment's subnets that it uses. */
  subnets: PlacedSubnet[];
}

/** The kOps objects of a request. Pure: equal requests in equal environments give equal objects. */
export function composeCluster(
  request: ClusterRequest | ManifestRequest,
  environment: ClusterEnvironment,
): ComposedCluster {
  const name = fullName(request.name, environment.dns.zoneName);
  const composed =
    "manifest" in request ? composeManifest(request, environment) : composeRequest(name, request, environment);
  const { defaultTags = {} } = environment;
  const tagged = Object.keys(defaultTags).length > 0 ? { cloudLabels: defaultTags } : {};
  const cluster = deepMerge(deepMerge(tagged, composed.cluster), request.kops?.cluster ?? {});
  const additionalObjects = request.kops?.additionalObjects ?? composed.additionalObjects;
  return {
    name,
    ...composed,
    cluster,
    // If configBase is in a folder of a bucket, that folder is the state store; in a manifest and in the escape hatch.
    stateStore: storeOf(cluster["configBase"], name) ?? composed.stateStore,
    instanceGroups: mergeGroups(composed.instanceGroups, request.kops?.instanceGroups ?? {}),
    ...(additionalObjects && { additionalObjects }),
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

function composeManifest(request: ManifestRequest, environment: ClusterEnvironment): Omit<ComposedCluster, "name"> {
  const { cluster, stateStore, subnets } = fillManifest(
    request.manifest,
    environment,
    request.placement ?? placementOf(request, undefined, environment.network.vpcCidr),
    request.adopt === true,
  );
  return {
    cluster: { ...cluster, ...composeSecrets(request) },
    stateStore,
    subnets,
    instanceGroups: request.manifest.instanceGroups,
    sshPublicKeys: request.manifest.sshPublicKeys,
    additionalObjects: request.manifest.additionalObjects,
  };
}

function composeRequest(
  name: string,
  request: ClusterRequest,
  environment: ClusterEnvironment,
): Omit<ComposedCluster, "name"> {
  // In the order of the network: another order in a file is no change.
  const used = environment.network.zones.filter(({ zone }) => request.zones?.includes(zone) ?? true);
  const zones = used.map(({ zone }) => zone);
  const topology = topologyIn(
    request.topology,
    used.every(({ privateSubnetId }) => privateSubnetId !== undefined),
  );
  const placed = placeSubnets(topology, used);
  const subnets = request.ipv6 === true ? withIpv6(placed, used) : placed;
  return {
    stateStore: environment.store.stateStore,
    subnets: subnets.map(({ kind, zone, id }) => ({ kind, zone, id })),
    cluster: [
      composeBasics(request, `${environment.store.stateStore}/${name}`),
      composeTags(request, environment.tags),
      composeNetwork(name, environment, subnets),
      composeNetworking(request, environment.network.vpcCidr),
      composeApi(request, topology),
      composeSsh(request),
      apiServer,
      composeAudit(request),
      composeSecrets(request),
      composeNodeSettings(request),
      composeIdentity(request, `s3://${environment.store.discoveryBucket}/${name}`),
      composeEtcd(request, zones),
      composeAddons(request.addons, addonNeeds(request)),
    ].reduce(deepMerge, {}),
    instanceGroups: {
      ...composeControlPlane(request, zones),
      ...composeNodes(request, zones),
      ...bastionGroups(request, topology, zones),
    },
    sshPublicKeys: request.sshPublicKey === undefined ? [] : [request.sshPublicKey],
  };
}

/** The environment's network and DNS. */
function composeNetwork(
  name: string,
  { network, dns }: ClusterEnvironment,
  subnets: readonly ComposedSubnet[],
): PlainObject {
  const ranges = additionalRanges(
    network,
    subnets.map(({ spec: { cidr } }) => String(cidr)),
  );
  return {
    networkID: network.vpcId,
    networkCIDR: network.vpcCidr,
    ...(ranges.length > 0 && { additionalNetworkCIDRs: ranges }),
    // With gossip, nodes find each other without any DNS.
    ...(!isGossip(name) && { topology: { dns: { type: dns.topology } } }),
    ...(dns.zoneId !== undefined && dns.topology !== "None" && !isGossip(name) && { dnsZone: dns.zoneId }),
    subnets: subnets.map(({ spec }) => spec),
    // v1alpha2 writes `tagSubnets: false` like this. Subnet tags have one owner, and it is not kOps.
    DisableSubnetTags: true,
  };
}

type ComposedSubnet = PlacedSubnet & { spec: PlainObject };

/**
 * In a private topology, private subnets for nodes and, where the network has them, utility subnets for everything with
 * a public address. In a public topology, only the network's utility subnets, which kOps then calls public.
 */
function placeSubnets(topology: Topology, zones: readonly EnvironmentZone[]): ComposedSubnet[] {
  const utility = (type: "Public" | "Utility", nameOf: (zone: string) => string): ComposedSubnet[] =>
    zones.flatMap(({ zone, utilityCidr: cidr, utilitySubnetId: id }) =>
      id === undefined ? [] : [{ kind: "utility", zone, id, spec: { name: nameOf(zone), type, zone, cidr, id } }],
    );
  if (topology === "public") return utility("Public", nodeSubnetName);
  return [
    ...zones.map(({ zone, privateCidr: cidr, privateSubnetId: id }): ComposedSubnet => {
      if (id === undefined)
        throw new ConfigError({
          what: "A cluster of a private topology has no subnets for its nodes",
          why: `the network has no private subnet in ${zone}`,
          next: "write topology: public in its file, or give the network private subnets",
        });
      return { kind: "private", zone, id, spec: { name: nodeSubnetName(zone), type: "Private", zone, cidr, id } };
    }),
    ...utility("Utility", utilitySubnetName),
  ];
}

/**
 * The same with their IPv6 ranges: kOps then gives each node an IPv6 address and makes dual-stack load balancers. The
 * environment has the routes. kOps would look for its egress-only gateway, and fail if the region has another one
 * (kubernetes/kops#18088): with an external egress it leaves the private subnets alone (isUnmanaged in
 * pkg/model/awsmodel/network.go). Their type stays Private, although they have IPv4 too: kOps wants one subnet of that
 * type for an internal load balancer, and treats DualStack in groups with subnets of their own no differently.
 */
function withIpv6(subnets: readonly ComposedSubnet[], zones: readonly EnvironmentZone[]): ComposedSubnet[] {
  return subnets.map((subnet) => {
    const { kind, spec } = subnet;
    const zone = zones.find((one) => one.zone === subnet.zone);
    const ipv6CIDR = kind === "private" ? zone?.privateIpv6Cidr : zone?.utilityIpv6Cidr;
    if (ipv6CIDR === undefined)
      throw new ConfigError({
        what: "An IPv6 cluster has no addresses for its nodes",
        why: `the network's ${kind} subnet in ${subnet.zone} has no IPv6 range`,
        next: "write ipv6: clusters under pilot:network, or remove ipv6 from the cluster's file",
      });
    return { ...subnet, spec: { ...spec, ipv6CIDR, ...(kind === "private" && { egress: "External" }) } };
  });
}
