import type { ClusterSurroundings, PlacedSubnet } from "./compose.ts";
import { isPlainObject, type PlainObject } from "../merge.ts";
import type { KopsManifest, LocatedManifest, ManifestIssue } from "./manifest.ts";
import { versionProblem } from "./operation.ts";
import { additionalRanges } from "./ranges.ts";

/** What a subnet of kOps stands in, of what an environment has. */
const kindOf = { Private: "private", Public: "utility", Utility: "utility" } as const;

const isGiven = (value: unknown): boolean => value !== undefined && value !== null && value !== "";

const subnetsOf = (cluster: PlainObject): PlainObject[] => (Array.isArray(cluster["subnets"]) ? cluster["subnets"].filter(isPlainObject) : []);

const hasNetwork = (cluster: PlainObject): boolean => subnetsOf(cluster).some(({ id }) => isGiven(id));

/** A place that no cluster on AWS lives in: where `--dry-run` and templates write theirs (of `file://` kOps leaves only the path). */
const isNowhere = (base: unknown): boolean => !isGiven(base) || (typeof base === "string" && /^((memfs|file):\/\/|\/)/.test(base));

/** What of a manifest keeps it from being filled in, or does not go with the environment. */
export function manifestProblems(
  { manifest: { cluster, instanceGroups }, clusterLine, groupLine }: LocatedManifest,
  environment: { zones: readonly string[]; kopsVersion?: string | undefined; privateSubnets?: boolean | undefined },
): ManifestIssue[] {
  const issues: ManifestIssue[] = [];
  const report = (path: PropertyKey[], message: string) => issues.push({ line: clusterLine(path), path: ["spec", ...path], message });

  const provider = cluster["cloudProvider"];
  if (provider !== "aws") report(["cloudProvider"], `must be aws, not ${JSON.stringify(provider)}`);
  const base = cluster["configBase"];
  if (!isNowhere(base) && !(typeof base === "string" && base.startsWith("s3://"))) report(["configBase"], "must be in S3, s3://…; left out, it is the environment's state store");
  const version = cluster["kubernetesVersion"];
  const problem = typeof version === "string" && environment.kopsVersion !== undefined ? versionProblem(environment.kopsVersion, version) : undefined;
  if (typeof version !== "string") report(["kubernetesVersion"], "must be an exact version, such as 1.34.3");
  else if (problem !== undefined) report(["kubernetesVersion"], problem);

  const subnets = subnetsOf(cluster);
  if (subnets.length === 0) report(["subnets"], "must name at least one subnet");
  const without = subnets.filter(({ id }) => !isGiven(id));
  if (without.length > 0 && without.length < subnets.length) {
    report(["subnets"], `${without.map(({ name }) => String(name)).join(", ")} ha${without.length === 1 ? "s" : "ve"} no id, others have one: kOps takes ids for all subnets or none`);
  } else {
    for (const { name, zone, type } of without) {
      if (typeof zone !== "string" || !environment.zones.includes(zone)) report(["subnets"], `${String(name)}: ${String(zone)} is not a zone of the network (it has ${environment.zones.join(", ")})`);
      if (typeof type !== "string" || !(type in kindOf)) report(["subnets"], `${String(name)}: the type ${String(type)} cannot be filled in: only ${Object.keys(kindOf).join(", ")}`);
      else if (type === "Private" && environment.privateSubnets === false) report(["subnets"], `${String(name)}: the network has no private subnets`);
    }
  }
  const known = subnets.map(({ name }) => name);
  for (const [name, group] of Object.entries(instanceGroups)) {
    const used = Array.isArray(group["subnets"]) ? group["subnets"] : [];
    for (const subnet of used) {
      if (!known.includes(subnet)) issues.push({ line: groupLine(name, ["subnets"]), path: ["spec", "subnets"], message: `${String(subnet)} is not a subnet of the cluster (it has ${known.join(", ")})` });
    }
  }
  return issues;
}

/** A manifest with what only its surroundings know. */
export interface FilledManifest {
  cluster: PlainObject;
  stateStore: string;
  /** The subnets that were filled in. */
  subnets: PlacedSubnet[];
}

/** The store that a cluster of this configBase is kept in: what comes before its name. */
function storeOf(base: unknown, name: string): string | undefined {
  return typeof base === "string" && base.startsWith("s3://") && base.endsWith(`/${name}`) ? base.slice(0, -name.length - 1) : undefined;
}

/**
 * Puts ids where a manifest has none: VPC and subnets, each with the range that goes with it (kOps refuses another one),
 * the state store, the hosted zone. Where the subnets are the environment's, their tags are, too. Nothing else is changed.
 */
export function fillManifest({ name, cluster }: KopsManifest, { network, dns, store }: ClusterSurroundings): FilledManifest {
  const filled: PlacedSubnet[] = [];
  const cidrs: string[] = [];
  const fill = (subnet: PlainObject): PlainObject => {
    const kind = kindOf[subnet["type"] as keyof typeof kindOf];
    const zone = network.zones.find((one) => one.zone === subnet["zone"]);
    const [id, cidr] = kind === "private" ? [zone?.privateSubnetId, zone?.privateCidr] : [zone?.utilitySubnetId, zone?.utilityCidr];
    if (zone === undefined || id === undefined) return subnet;
    filled.push({ kind, zone: zone.zone, id });
    if (cidr !== undefined) cidrs.push(cidr);
    return { ...subnet, cidr, id };
  };
  const ours = !hasNetwork(cluster);
  const subnets = ours && Array.isArray(cluster["subnets"]) ? cluster["subnets"].map((subnet: unknown) => (isPlainObject(subnet) ? fill(subnet) : subnet)) : cluster["subnets"];
  const given: unknown[] = Array.isArray(cluster["additionalNetworkCIDRs"]) ? cluster["additionalNetworkCIDRs"] : [];
  const ranges = additionalRanges(network, cidrs).filter((range) => !given.includes(range));
  const base = isNowhere(cluster["configBase"]) ? `${store.stateStore}/${name}` : cluster["configBase"];
  const topology = isPlainObject(cluster["topology"]) ? cluster["topology"] : {};
  const dnsType = isPlainObject(topology["dns"]) && isGiven(topology["dns"]["type"]) ? topology["dns"]["type"] : dns.topology;
  const tagsDecided = isGiven(cluster["DisableSubnetTags"]) || isGiven(cluster["tagSubnets"]);
  return {
    cluster: {
      ...cluster,
      configBase: base,
      ...(!isGiven(cluster["networkID"]) && { networkID: network.vpcId, networkCIDR: network.vpcCidr }),
      ...(ranges.length > 0 && { additionalNetworkCIDRs: [...given, ...ranges] }),
      topology: { ...topology, dns: { ...(isPlainObject(topology["dns"]) ? topology["dns"] : {}), type: dnsType } },
      ...(!isGiven(cluster["dnsZone"]) && dns.zoneId !== undefined && dnsType !== "None" && { dnsZone: dns.zoneId }),
      subnets,
      ...(ours && !tagsDecided && { DisableSubnetTags: true }),
    },
    stateStore: storeOf(base, name) ?? store.stateStore,
    subnets: filled,
  };
}
