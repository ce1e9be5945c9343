import { availabilityZoneName } from "../../../providers/kops/model/regions.ts";
import { parseStoreUrl } from "../../../providers/kops/store/object-store.ts";
import type { LivingCluster } from "../../../providers/state-store/living.ts";
import { isPlainObject } from "../../config/merge.ts";
import { anyIpv6 } from "../../network/model/ipv6.ts";
import type { OwnState, OwnSubnet } from "./own-state.ts";

/** An environment as the program is about to register it. */
export interface DesiredEnvironment {
  region: string;
  /** @default this stack makes none */
  shared?: {
    store: {
      state: string;
      discovery: string;
      role?: string | undefined;
      makesKey: boolean;
      /** Whether a destroy would purge the store although the stack is no sandbox. @default false */
      purges?: boolean | undefined;
    };
    network:
      | { made: true; cidr: string; subnets: readonly Omit<OwnSubnet, "id">[]; ipv6Clusters?: boolean | undefined }
      | { made: false; vpcId: string; subnets: readonly Omit<OwnSubnet, "cidr">[] };
    dns: { made: boolean; name: string; private: boolean } | { made: false; id: string } | undefined;
  };
}

/** A cluster that may need the environment, with where it was found. */
export type Dependent = LivingCluster & {
  /** Bucket of its keys and manifests. */
  stateBucket?: string | undefined;
  /** Subnets that carry its tag, with their VPC. */
  tagged?: { vpcId: string; subnetIds: readonly string[] } | undefined;
};

/** A part of the environment that would be deleted or replaced. */
export interface Loss {
  /** Config key and property. */
  source: string;
  path: string;
  /** What would happen. */
  message: string;
  isNeededBy: (cluster: Dependent) => boolean;
}

const specOf = ({ spec }: LivingCluster): Record<string, unknown> => spec ?? {};

/** The bucket that publishes a cluster's issuer. */
function discoveryBucketOf(cluster: LivingCluster): string | undefined {
  const discovery = specOf(cluster)["serviceAccountIssuerDiscovery"];
  const store = isPlainObject(discovery) ? discovery["discoveryStore"] : undefined;
  return typeof store === "string" ? parseStoreUrl(store).bucket : undefined;
}

function usesSubnet(cluster: Dependent, id: string): boolean {
  const { subnets } = specOf(cluster);
  const inSpec = Array.isArray(subnets) && subnets.some((subnet) => isPlainObject(subnet) && subnet["id"] === id);
  return inSpec || (cluster.tagged?.subnetIds.includes(id) ?? false);
}

const usesVpc = (cluster: Dependent, vpcId: string): boolean =>
  specOf(cluster)["networkID"] === vpcId || cluster.tagged?.vpcId === vpcId;

/** Whether a cluster's API is found without a hosted zone. */
function isWithoutZone({ name, spec = {} }: LivingCluster): boolean {
  const { topology } = spec;
  const dns = isPlainObject(topology) ? topology["dns"] : undefined;
  return name.endsWith(".k8s.local") || (isPlainObject(dns) && String(dns["type"]).toLowerCase() === "none");
}

function usesZone(cluster: Dependent, { id, name }: { id: string; name: string }): boolean {
  const { dnsZone } = specOf(cluster);
  if (typeof dnsZone === "string" && dnsZone !== "") return dnsZone === id || dnsZone === name;
  return cluster.spec !== undefined && !isWithoutZone(cluster) && cluster.name.endsWith(`.${name}`);
}

const accountOf = (role: string | undefined): string | undefined => role?.split(":")[4];

/** What a stack's environment would lose by a change, whether or not a cluster needs it. */
export function lossesOf(current: OwnState, desired: DesiredEnvironment): Loss[] {
  const losses = [
    ...storeLosses(current, desired),
    ...networkLosses(current, desired),
    ...dnsLosses(current, desired),
    ...(desired.shared ? regionLosses(current, desired.region) : []),
  ];
  // If the environment is another stack's, one key decides everything.
  return current.referenced === undefined
    ? losses
    : losses.map((loss) => ({ ...loss, source: "pilot:environment", path: "" }));
}

const instead = (shared: unknown): string => (shared === undefined ? "is no longer made here (pilot:environment)" : "");

function storeLosses(
  { referenced, stateBucket, discoveryBucket, keyArn, storeRole, purges }: OwnState,
  { shared }: DesiredEnvironment,
): Loss[] {
  const losses: Loss[] = [];
  const store = shared?.store;
  const inState = (cluster: Dependent): boolean => cluster.stateBucket === stateBucket;
  const published = (cluster: Dependent): boolean => discoveryBucketOf(cluster) === discoveryBucket;
  const lose = (path: string, message: string, isNeededBy: Loss["isNeededBy"]): void => {
    losses.push({ source: "pilot:stateStore", path, message, isNeededBy });
  };
  // With another provider the buckets are other resources, even with the same name.
  const elsewhere =
    store &&
    referenced === undefined &&
    (accountOf(storeRole) !== accountOf(store.role) || (storeRole === undefined) !== (store.role === undefined));
  if (stateBucket !== undefined) {
    if (!store) lose("", `the state bucket ${stateBucket} ${instead(shared)}`, inState);
    else if (store.state !== stateBucket)
      lose("stateBucket", `the state bucket ${stateBucket} would be replaced by ${store.state}`, inState);
    else if (elsewhere === true)
      lose(
        "role",
        `the state bucket ${stateBucket} would be created again, by ${store.role ?? "the clusters' own account"} ` +
          `instead of ${storeRole ?? "the clusters' own account"}`,
        inState,
      );
  }
  if (discoveryBucket !== undefined) {
    if (!store) lose("", `the discovery bucket ${discoveryBucket} ${instead(shared)}`, published);
    else if (store.discovery !== discoveryBucket)
      lose(
        "discoveryBucket",
        `the discovery bucket ${discoveryBucket} would be replaced by ${store.discovery}`,
        published,
      );
    else if (elsewhere === true)
      lose("role", `the discovery bucket ${discoveryBucket} would be created again`, published);
  }
  if (stateBucket !== undefined && !purges && store?.purges === true && store.state === stateBucket)
    lose("onDestroy", `a destroy would delete every version of every object in ${stateBucket}`, inState);
  // A retained key still decrypts.
  if (keyArn !== undefined && purges && (!store?.makesKey || elsewhere === true)) {
    lose(
      "encryption",
      `the KMS key ${keyArn}, which encrypts objects of ${stateBucket ?? "the state bucket"}, would be deleted`,
      inState,
    );
  }
  return losses;
}

function networkLosses({ network: current }: OwnState, { shared }: DesiredEnvironment): Loss[] {
  if (!current) return [];
  const network = shared?.network;
  const lose = (path: string, message: string, isNeededBy: Loss["isNeededBy"]): Loss => ({
    source: "pilot:network",
    path,
    message,
    isNeededBy,
  });
  const inVpc = (cluster: Dependent): boolean => usesVpc(cluster, current.vpcId);
  if (!network) return [lose("", `the VPC ${current.vpcId} ${instead(shared)}`, inVpc)];
  if (network.made !== current.made)
    return [
      lose(
        "existing",
        current.made
          ? `the VPC ${current.vpcId} would be deleted and an existing one used instead`
          : `another VPC would be made beside ${current.vpcId}`,
        inVpc,
      ),
    ];
  if (network.made && network.cidr !== current.cidr)
    return [
      lose("cidr", `the VPC ${current.vpcId} (${current.cidr}) would be replaced by another (${network.cidr})`, inVpc),
    ];
  if (!network.made && network.vpcId !== current.vpcId)
    return [lose("existing", `the VPC would be ${network.vpcId} instead of ${current.vpcId}`, inVpc)];
  const losses: Loss[] = [];
  if (network.made && current.ipv6Clusters === true && network.ipv6Clusters !== true) {
    const isIpv6 = (cluster: Dependent): boolean => specOf(cluster)["nonMasqueradeCIDR"] === anyIpv6;
    const message = "the routes of private subnets for NAT64 would be deleted: pods would reach no IPv4 address";
    losses.push(lose("ipv6", message, (cluster) => isIpv6(cluster) && inVpc(cluster)));
  }
  const lost = current.subnets.flatMap((subnet): Loss[] => {
    const { kind, zone, id, cidr } = subnet;
    const needed = (cluster: Dependent): boolean => usesSubnet(cluster, id);
    if (network.made) {
      const now = network.subnets.find((one) => one.kind === kind && one.zone === zone);
      if (now?.cidr === cidr) return [];
      return [
        now
          ? lose(
              `subnets.${zone}`,
              `the ${kind} subnet ${id} (${cidr}) would be replaced by another (${now.cidr})`,
              needed,
            )
          : lose("zones", `the ${kind} subnet ${id} of ${zone} would be deleted`, needed),
      ];
    }
    return network.subnets.some((one) => one.id === id)
      ? []
      : [lose("existing.subnets", `the ${kind} subnet ${id} of ${zone} would no longer be used`, needed)];
  });
  return [...losses, ...lost];
}

function dnsLosses(
  { zone: current, domainOnly: withoutZone, stateBucket }: OwnState,
  { shared }: DesiredEnvironment,
): Loss[] {
  const dns = shared?.dns;
  if (!current) {
    const isNeededBy = (cluster: Dependent): boolean =>
      cluster.spec !== undefined &&
      cluster.stateBucket === stateBucket &&
      isWithoutZone(cluster) &&
      !cluster.name.endsWith(".k8s.local");
    return withoutZone && dns
      ? [
          {
            source: "pilot:dns",
            path: "type",
            message: "clusters without a hosted zone would get one, and their API another name",
            isNeededBy,
          },
        ]
      : [];
  }
  const lose = (path: string, message: string): Loss[] => [
    { source: "pilot:dns", path, message, isNeededBy: (cluster) => usesZone(cluster, current) },
  ];
  const what = `the hosted zone ${current.name} (${current.id})`;
  if (!shared) return lose("", `${what} ${instead(shared)}`);
  if (!dns) return lose("type", `${what} would ${current.made ? "be deleted" : "no longer be used"}`);
  if ("id" in dns)
    return dns.id === current.id && !current.made
      ? []
      : lose(
          "type",
          `${what} would ${current.made ? "be deleted, and" : "no longer be used, but"} ` +
            (dns.id === current.id ? "it is to be used" : `${dns.id} instead`),
        );
  if (!current.made) return lose("type", `another zone would be made beside ${what}`);
  if (dns.name !== current.name) return lose("name", `${what} would be replaced by ${dns.name}`);
  return dns.private === current.private
    ? []
    : lose("type", `${what} would be replaced by a ${dns.private ? "private" : "public"} one`);
}

/** With another region, everything would be created again there. */
export function regionLosses({ network: current, clusters }: OwnState, region: string): Loss[] {
  const zone = current?.subnets.map((subnet) => subnet.zone).find((name) => availabilityZoneName.test(name));
  const was =
    zone?.replace(/[a-z]$/, "") ?? clusters.map(({ state }) => state["region"]).find((one) => typeof one === "string");
  return was === undefined || was === region
    ? []
    : [
        {
          source: "aws:region",
          path: "",
          message: `everything would be created again in ${region} instead of ${was}`,
          isNeededBy: () => true,
        },
      ];
}
