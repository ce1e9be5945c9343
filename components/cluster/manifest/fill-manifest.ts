import { emptyPart, hasEmptyPart } from "../../../providers/kops/rules/discovery.ts";
import { isPlainObject, type PlainObject } from "../../config/merge.ts";
import type { KopsManifest, LocatedManifest, ManifestIssue } from "./manifest.ts";
import { isGossip } from "../spec/names.ts";
import { versionProblem, type OperationRequest } from "../request/operation.ts";
import type { Placement } from "./manifest-request.ts";
import { hasSubnetIds, isNowhere, storeOf } from "./placement.ts";
import { additionalRanges } from "../spec/additional-ranges.ts";
import type { ClusterEnvironment, PlacedSubnet } from "../spec/cluster-environment.ts";

/** The environment's kind of subnet for each type of kOps. */
const kindOf = { Private: "private", Public: "utility", Utility: "utility" } as const;

const isGiven = (value: unknown): boolean => value !== undefined && value !== null && value !== "";

const subnetsOf = (cluster: PlainObject): PlainObject[] =>
  Array.isArray(cluster["subnets"]) ? cluster["subnets"].filter(isPlainObject) : [];

/** What the checks of a manifest need of what is given beside it. */
export interface OfManifest {
  kopsVersion?: string | undefined;
  allow?: OperationRequest["allow"];
}

/** Why a manifest cannot be used in an environment. */
export function manifestProblems(
  { manifest: { cluster, instanceGroups }, clusterPlace, groupPlace }: LocatedManifest,
  { kopsVersion, allow }: OfManifest,
): ManifestIssue[] {
  const issues: ManifestIssue[] = [];
  const report = (path: PropertyKey[], message: string) =>
    issues.push({ ...clusterPlace(path), path: ["spec", ...path], message });

  const provider = cluster["cloudProvider"];
  if (provider !== "aws") report(["cloudProvider"], `must be aws, not ${JSON.stringify(provider)}`);
  const base = cluster["configBase"];
  if (!isNowhere(base) && !(typeof base === "string" && base.startsWith("s3://")))
    report(["configBase"], "must be in S3, s3://…; without it, the environment's state store is used");
  for (const [part, key] of [
    ["serviceAccountIssuerDiscovery", "discoveryStore"],
    ["kubeAPIServer", "serviceAccountIssuer"],
  ] as const) {
    const fields = cluster[part];
    if (isPlainObject(fields) && hasEmptyPart(fields[key])) report([part, key], emptyPart);
  }
  const version = cluster["kubernetesVersion"];
  const problem =
    typeof version === "string" && kopsVersion !== undefined
      ? versionProblem({ kopsVersion, kubernetesVersion: version, allow })
      : undefined;
  if (typeof version !== "string") report(["kubernetesVersion"], "must be an exact version, such as 1.34.3");
  else if (problem !== undefined) report(["kubernetesVersion"], problem);

  const subnets = subnetsOf(cluster);
  if (subnets.length === 0) report(["subnets"], "must name at least one subnet");
  const without = subnets.filter(({ id }) => !isGiven(id));
  if (without.length > 0 && without.length < subnets.length) {
    report(
      ["subnets"],
      `${without.map(({ name }) => String(name)).join(", ")} ha${without.length === 1 ? "s" : "ve"} no id, others ` +
        "have one: kOps takes ids for all subnets or none",
    );
  }
  const known = subnets.map(({ name }) => name);
  for (const [name, group] of Object.entries(instanceGroups)) {
    const used = Array.isArray(group["subnets"]) ? group["subnets"] : [];
    for (const subnet of used) {
      if (!known.includes(subnet))
        issues.push({
          ...groupPlace(name, ["subnets"]),
          path: ["spec", "subnets"],
          message: `${String(subnet)} is not a subnet of the cluster (it has ${known.join(", ")})`,
        });
    }
  }
  return issues;
}

/** Why a manifest's subnets cannot be filled in with the environment's. */
export function fillingProblems(
  { manifest: { cluster }, clusterPlace }: LocatedManifest,
  environment: {
    zones: readonly string[];
    privateSubnets?: boolean | undefined;
    utilitySubnets?: boolean | undefined;
  },
): ManifestIssue[] {
  if (hasSubnetIds(cluster)) return [];
  /** By zone and kind, the subnet of the manifest that is filled in with it. */
  const taken = new Map<string, string>();
  return subnetsOf(cluster).flatMap(({ name, zone, type }) => {
    const report = (message: string): ManifestIssue => ({
      ...clusterPlace(["subnets"]),
      path: ["spec", "subnets"],
      message: `${String(name)}: ${message}`,
    });
    const issues: ManifestIssue[] = [];
    if (typeof zone !== "string" || !environment.zones.includes(zone))
      issues.push(report(`${String(zone)} is not a zone of the network (it has ${environment.zones.join(", ")})`));
    if (typeof type !== "string" || !(type in kindOf))
      issues.push(
        report(
          `the type ${String(type)} cannot be filled in: only ${Object.keys(kindOf).join(", ")}${type === "DualStack" ? "; an IPv6 cluster has a network of its own: write network: own" : ""}`,
        ),
      );
    else if (type === "Private" && environment.privateSubnets === false)
      issues.push(report("the network has no private subnets"));
    else if (type !== "Private" && environment.utilitySubnets === false)
      issues.push(report("the network has no utility subnets"));
    if (issues.length > 0) return issues;
    // Both would have one id, and their tags one Pulumi resource: the engine would stop everything.
    const kind = kindOf[type as keyof typeof kindOf];
    const place = `${kind} subnet in ${String(zone)}`;
    const other = taken.get(place);
    if (other !== undefined)
      return [
        report(
          `the network has one ${place}, which is already that of the subnet ${other}; remove one of them, or give ` +
            "all subnets ids",
        ),
      ];
    taken.set(place, String(name));
    return [];
  });
}

/** A manifest with ids of its environment. */
export interface FilledManifest {
  cluster: PlainObject;
  stateStore: string;
  /** The environment's subnets that it uses. */
  subnets: PlacedSubnet[];
}

/**
 * DNS type and hosted zone, if the manifest gives none. An existing cluster in a network of its own keeps what kOps
 * gave it; a gossip cluster has neither.
 */
function dnsOf(
  name: string,
  cluster: PlainObject,
  { network, living }: Placement,
  dns: ClusterEnvironment["dns"],
): PlainObject {
  if (isGossip(name) || (network === "own" && living !== undefined)) return {};
  const topology = isPlainObject(cluster["topology"]) ? cluster["topology"] : {};
  const given = isPlainObject(topology["dns"]) ? topology["dns"] : {};
  const type = isGiven(given["type"]) ? given["type"] : dns.topology;
  return {
    topology: { ...topology, dns: { ...given, type } },
    ...(!isGiven(cluster["dnsZone"]) && dns.zoneId !== undefined && type !== "None" && { dnsZone: dns.zoneId }),
  };
}

/**
 * The environment's subnets among those of a manifest with ids, by zone, kind and range. `kops get` of a cluster made
 * here writes such ids, and tells kOps not to tag: only this program does.
 */
function environmentSubnets(cluster: PlainObject, zones: ClusterEnvironment["network"]["zones"]): PlacedSubnet[] {
  const found = subnetsOf(cluster).flatMap(({ type, zone: name, cidr }): PlacedSubnet[] => {
    const kind = kindOf[type as keyof typeof kindOf];
    const zone = zones.find((one) => one.zone === name);
    const [id, range] =
      kind === "private" ? [zone?.privateSubnetId, zone?.privateCidr] : [zone?.utilitySubnetId, zone?.utilityCidr];
    return zone === undefined || id === undefined || range !== cidr ? [] : [{ kind, zone: zone.zone, id }];
  });
  // A manifest may name one subnet twice. It still has one tag.
  return found.filter(
    ({ kind, zone }, index) => found.findIndex((one) => one.kind === kind && one.zone === zone) === index,
  );
}

/**
 * Fills in what a manifest leaves out: VPC and subnets, each with its range (kOps refuses any other), state store and
 * hosted zone. Tags of the environment's subnets are made here. Changes nothing else, and nothing in the network of a
 * cluster that has its own. `adopts`: keeps everything that the cluster has.
 */
export function fillManifest(
  { name, cluster }: KopsManifest,
  { network, dns, store }: ClusterEnvironment,
  placement: Placement,
  adopts = false,
): FilledManifest {
  const base = isNowhere(cluster["configBase"]) ? `${store.stateStore}/${name}` : cluster["configBase"];
  const common = { configBase: base, ...dnsOf(name, cluster, placement, dns) };
  const stateStore = storeOf(base, name) ?? store.stateStore;
  if (placement.network === "own") return { cluster: { ...cluster, ...common }, stateStore, subnets: [] };
  const filled: PlacedSubnet[] = [];
  const cidrs: string[] = [];
  const fill = (subnet: PlainObject): PlainObject => {
    const kind = kindOf[subnet["type"] as keyof typeof kindOf];
    const zone = network.zones.find((one) => one.zone === subnet["zone"]);
    const [id, cidr] =
      kind === "private" ? [zone?.privateSubnetId, zone?.privateCidr] : [zone?.utilitySubnetId, zone?.utilityCidr];
    if (zone === undefined || id === undefined) return subnet;
    filled.push({ kind, zone: zone.zone, id });
    if (cidr !== undefined) cidrs.push(cidr);
    return { ...subnet, cidr, id };
  };
  const ours = !hasSubnetIds(cluster);
  const subnets =
    ours && Array.isArray(cluster["subnets"])
      ? cluster["subnets"].map((subnet: unknown) => (isPlainObject(subnet) ? fill(subnet) : subnet))
      : cluster["subnets"];
  if (!ours && !adopts && cluster["DisableSubnetTags"] === true)
    filled.push(...environmentSubnets(cluster, network.zones));
  const given: unknown[] = Array.isArray(cluster["additionalNetworkCIDRs"]) ? cluster["additionalNetworkCIDRs"] : [];
  const ranges = additionalRanges(network, cidrs).filter((range) => !given.includes(range));
  const tagsDecided = isGiven(cluster["DisableSubnetTags"]) || isGiven(cluster["tagSubnets"]);
  return {
    cluster: {
      ...cluster,
      ...common,
      ...(!isGiven(cluster["networkID"]) && { networkID: network.vpcId, networkCIDR: network.vpcCidr }),
      ...(ranges.length > 0 && { additionalNetworkCIDRs: [...given, ...ranges] }),
      subnets,
      ...(ours && !tagsDecided && { DisableSubnetTags: true }),
    },
    stateStore,
    subnets: filled,
  };
}
