import type { ClusterEnvironment, EnvironmentZone } from "../../components/cluster/spec/cluster-environment.ts";
import { isGossip } from "../../components/cluster/spec/names.ts";
import type { PlainObject } from "../../components/config/merge.ts";
import { storeOf } from "../../components/cluster/manifest/placement.ts";
import { at, listOf, lower } from "../../providers/kops/rules/rule.ts";
import { bucketIn } from "./spec-values.ts";
import type { StoredCluster } from "./stored.ts";

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

/** The type of DNS, as kOps writes it. */
function dnsType({ name, spec }: Pick<StoredCluster, "name" | "spec">): "Public" | "Private" | "None" {
  const type = lower(at(spec, "topology.dns.type"));
  if (type === "private") return "Private";
  return type === "none" || isGossip(name) ? "None" : "Public";
}

/** Keeps an environment from filling in its hosted zone, where the cluster names none. */
export function keptDns(cluster: Pick<StoredCluster, "name" | "spec">): PlainObject | undefined {
  return text(cluster.spec["dnsZone"]) === undefined && dnsType(cluster) !== "None" ? { dnsZone: null } : undefined;
}

/** An environment around a cluster, as far as its manifests tell: other manifests in it compose to other specs. */
export function environmentAround({ name, spec }: Pick<StoredCluster, "name" | "spec">): ClusterEnvironment {
  const zones = new Map<string, EnvironmentZone>();
  for (const { zone, type, id, cidr, ipv6CIDR } of listOf(spec["subnets"])) {
    const key = text(zone) ?? "";
    const place =
      type === "Private"
        ? { privateSubnetId: text(id), privateCidr: text(cidr), privateIpv6Cidr: text(ipv6CIDR) }
        : { utilitySubnetId: text(id), utilityCidr: text(cidr), utilityIpv6Cidr: text(ipv6CIDR) };
    zones.set(key, { ...(zones.get(key) ?? { zone: key }), ...place });
  }
  const zoneId = text(spec["dnsZone"]);
  const ranges = Array.isArray(spec["additionalNetworkCIDRs"]) ? spec["additionalNetworkCIDRs"].map(String) : [];
  const discovery = bucketIn(at(spec, "serviceAccountIssuerDiscovery.discoveryStore"));
  return {
    network: {
      vpcId: text(spec["networkID"]) ?? "",
      vpcCidr: text(spec["networkCIDR"]) ?? "",
      secondaryCidrs: ranges,
      zones: [...zones.values()],
    },
    dns: {
      topology: dnsType({ name, spec }),
      zoneName: name.slice(name.indexOf(".") + 1),
      // An id that no cluster has: what fills it in shows as a difference.
      zoneId: zoneId ?? "ZONE-OF-THE-ENVIRONMENT",
    },
    store: {
      stateStore: storeOf(spec["configBase"], name) ?? "",
      ...(discovery !== undefined && { discoveryBucket: discovery }),
    },
  };
}

/** The environment that a request needs, or why no request can have this cluster. */
export function presumedEnvironment(cluster: StoredCluster): { environment: ClusterEnvironment } | { why: string } {
  const { name, spec } = cluster;
  const subnets = listOf(spec["subnets"]);
  if (storeOf(spec["configBase"], name) === undefined) return { why: "its configBase is in no state store" };
  if (text(spec["networkID"]) === undefined || subnets.some(({ id }) => text(id) === undefined))
    return { why: "kOps made its network, and a request is for the network of an environment" };
  if (spec["DisableSubnetTags"] !== true)
    return { why: "kOps tags its subnets (no DisableSubnetTags), and for a request this program would tag them too" };
  if (subnets.some(({ ipv6CIDR }) => text(ipv6CIDR) !== undefined)) return { why: "it has IPv6 ranges of its own" };
  const place = text(at(spec, "serviceAccountIssuerDiscovery.discoveryStore"));
  if (place !== undefined && place !== `s3://${bucketIn(place) ?? ""}/${name}`)
    return { why: "its OIDC documents are not where an environment has them" };
  if (at(spec, "kubeAPIServer.serviceAccountIssuer") !== undefined) return { why: "it has an issuer of its own" };
  return { environment: environmentAround(cluster) };
}
