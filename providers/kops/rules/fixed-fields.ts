import { isRecord } from "../model/spec.ts";
import { at, differs, fromTo, guides, lower, newCluster, present, shown } from "./rule.ts";
import type { Change, Fields, Json, Refusal } from "./rule.ts";
import type { RefusalName } from "../model/inputs.ts";

/** A field of the Cluster that stays as it is. */
interface Fixed {
  name: RefusalName;
  path: string;
  why: string;
  guide: string;
  /** What kOps takes where nothing is given, as far as the inputs tell. */
  byDefault?: (inputs: Fields) => Json;
  /** Where this is left out of the desired cluster, the value stays (`withAssignments`). */
  kept?: string;
  /** What kOps takes where nothing is given cannot be told: only two values can be compared. */
  untold?: boolean;
  caseSensitive?: boolean;
}

function isIPv6Only(inputs: Fields): boolean {
  return at(inputs, "cluster.nonMasqueradeCIDR") === "::/0";
}

function usesAmazonVpc(inputs: Fields): boolean {
  return isRecord(at(inputs, "cluster.networking.amazonvpc"));
}

const fixed: readonly Fixed[] = [
  {
    // VPC.CheckChanges in upup/pkg/fi/cloudup/awstasks: FieldIsImmutable. Assigned by PerformAssignments.
    name: "networkCIDR",
    path: "networkCIDR",
    why: `AWS cannot change the primary range of a VPC; more ranges go into additionalNetworkCIDRs; else ${newCluster}`,
    guide: guides.vpc,
    byDefault: (inputs) => (present(at(inputs, "cluster.networkID")) === undefined ? "172.20.0.0/16" : undefined),
    kept: "networkCIDR",
    untold: true,
  },
  {
    // Subnet.CheckChanges: a subnet stays in its VPC, and so do load balancers, security groups and nodes.
    name: "networkID",
    path: "networkID",
    why: `nothing in AWS moves to another VPC: ${newCluster}`,
    guide: guides.vpc,
  },
  {
    // PerformAssignments takes 100.64.0.0/10, or with the Amazon VPC CNI the network's own range, and keeps it.
    name: "nonMasqueradeCIDR",
    path: "nonMasqueradeCIDR",
    why: `running pods have addresses of the old range, and nodes with the new one no longer reach them: ${newCluster}`,
    guide: guides.networking,
    byDefault: (inputs) => (usesAmazonVpc(inputs) ? undefined : "100.64.0.0/10"),
    kept: "nonMasqueradeCIDR",
    untold: true,
  },
  {
    // Not checked by kOps beyond the form of the value (validateNetworking); left out, assignSubnets in
    // populate_cluster_spec.go gives this default.
    name: "serviceClusterIPRange",
    path: "serviceClusterIPRange",
    why:
      "existing Services, the cluster's DNS and the API server's certificate keep addresses of the old range: " +
      newCluster,
    guide: guides.networking,
    byDefault: (inputs) => (isIPv6Only(inputs) ? "fd00:5e4f:ce::/108" : "100.64.0.0/13"),
  },
  {
    // Left out, assignSubnets in populate_cluster_spec.go takes the upper half of nonMasqueradeCIDR.
    name: "podCIDR",
    path: "podCIDR",
    why: `running pods and the ranges given to nodes are of the old range: ${newCluster}`,
    guide: guides.networking,
    untold: true,
  },
  {
    // TopologySpec of v1alpha2; older kOps versions read it, newer ones take it from the types of the subnets.
    name: "topology",
    path: "topology.masters",
    why: `nodes, load balancer and subnets of the old topology stay where they are: ${newCluster}`,
    guide: guides.topology,
    untold: true,
  },
  {
    name: "topology",
    path: "topology.nodes",
    why: `nodes and subnets of the old topology stay where they are: ${newCluster}`,
    guide: guides.topology,
    untold: true,
  },
  {
    // Not checked by kOps as a change (awsValidateTopologyDNS asks for a load balancer of class Network with `none`):
    // names in certificates, user data and kubeconfigs become others. Left out, PopulateClusterSpec takes Public.
    name: "topology",
    path: "topology.dns.type",
    why: `nodes find the API by the old names until the last one is replaced: ${newCluster}`,
    guide: guides.topology,
    byDefault: (inputs) => (shown(inputs["name"]).endsWith(".k8s.local") ? undefined : "Public"),
    kept: "topology",
    untold: true,
  },
  {
    // validateCloudProvider sees only the new value, and every resource of the old cloud would stay.
    name: "cloudProvider",
    path: "cloudProvider",
    why: `a cluster cannot move to another cloud: ${newCluster}`,
    guide: guides.cloud,
    untold: true,
  },
  {
    // Not checked by kOps: tokens of the old issuer are refused at once. `additionalServiceAccountIssuers` is the way.
    name: "serviceAccountIssuer",
    path: "serviceAccountIssuerDiscovery.discoveryStore",
    why:
      "it is part of the issuer of every service account's token: AWS and the API server refuse those given out " +
      "before; serve both with additionalServiceAccountIssuers as the guide shows",
    guide: guides.issuer,
    caseSensitive: true,
  },
  {
    name: "serviceAccountIssuer",
    path: "kubeAPIServer.serviceAccountIssuer",
    why:
      "it is the issuer of every service account's token: those given out before are refused; serve both with " +
      "additionalServiceAccountIssuers as the guide shows",
    guide: guides.issuer,
    caseSensitive: true,
  },
];

export function fixedFields({ old, desired }: Change): Refusal[] {
  if (!isRecord(old?.["cluster"]) || !isRecord(desired["cluster"])) return [];
  return fixed.flatMap(({ name, path, why, guide, byDefault, kept, untold, caseSensitive }) => {
    if (kept !== undefined && present(at(desired, `cluster.${kept}`)) === undefined) return [];
    const before = present(at(old, `cluster.${path}`)) ?? byDefault?.(old);
    const after = present(at(desired, `cluster.${path}`)) ?? byDefault?.(desired);
    if (untold === true && (before === undefined || after === undefined)) return [];
    if (!(caseSensitive === true ? differs(before, after) : differs(lower(before), lower(after)))) return [];
    return [{ name, property: `cluster.${path}`, reason: `${fromTo(before, after)}: ${why}`, guide }];
  });
}
