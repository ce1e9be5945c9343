import { isRecord } from "../model/spec.ts";
import { at, differs, fromTo, guides, lower, newCluster, present, shown } from "./rule.ts";
import type { Change, Fields, Json, Refusal } from "./rule.ts";
import type { RefusalName } from "../model/inputs.ts";

/** A field of the Cluster that cannot change. */
interface Fixed {
  name: RefusalName;
  path: string;
  why: string;
  guide: string;
  /** kOps's default, as far as the inputs tell it. */
  byDefault?: (inputs: Fields) => Json;
  /** While this field is absent from the desired cluster, the value stays (`withAssignments`). */
  kept?: string;
  /** kOps's default is not known here: only two given values can be compared. */
  unknownDefault?: boolean;
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
    why: `AWS cannot change the primary range of a VPC; add ranges with additionalNetworkCIDRs, or ${newCluster}`,
    guide: guides.vpc,
    byDefault: (inputs) => (present(at(inputs, "cluster.networkID")) === undefined ? "172.20.0.0/16" : undefined),
    kept: "networkCIDR",
    unknownDefault: true,
  },
  {
    // Subnet.CheckChanges: subnets, load balancers, security groups and nodes stay in their VPC.
    name: "networkID",
    path: "networkID",
    why: `nothing in AWS moves to another VPC: ${newCluster}`,
    guide: guides.vpc,
  },
  {
    // PerformAssignments takes 100.64.0.0/10, or with the Amazon VPC CNI the range of the network, and keeps it.
    name: "nonMasqueradeCIDR",
    path: "nonMasqueradeCIDR",
    why: `running pods have addresses of the old range, and nodes with the new one no longer reach them: ${newCluster}`,
    guide: guides.networking,
    byDefault: (inputs) => (usesAmazonVpc(inputs) ? undefined : "100.64.0.0/10"),
    kept: "nonMasqueradeCIDR",
    unknownDefault: true,
  },
  {
    // kOps checks only the form of the value (validateNetworking). Default: assignSubnets in populate_cluster_spec.go.
    name: "serviceClusterIPRange",
    path: "serviceClusterIPRange",
    why:
      "existing Services, the cluster's DNS and the API server's certificate keep addresses of the old range: " +
      newCluster,
    guide: guides.networking,
    byDefault: (inputs) => (isIPv6Only(inputs) ? "fd00:5e4f:ce::/108" : "100.64.0.0/13"),
  },
  {
    // By default assignSubnets in populate_cluster_spec.go takes the upper half of nonMasqueradeCIDR.
    name: "podCIDR",
    path: "podCIDR",
    why: `running pods and the ranges given to nodes are of the old range: ${newCluster}`,
    guide: guides.networking,
    unknownDefault: true,
  },
  {
    // TopologySpec of v1alpha2: older kOps versions read it, newer ones derive it from the types of the subnets.
    name: "topology",
    path: "topology.masters",
    why: `nodes, load balancer and subnets of the old topology stay where they are: ${newCluster}`,
    guide: guides.topology,
    unknownDefault: true,
  },
  {
    name: "topology",
    path: "topology.nodes",
    why: `nodes and subnets of the old topology stay where they are: ${newCluster}`,
    guide: guides.topology,
    unknownDefault: true,
  },
  {
    // kOps allows the change (awsValidateTopologyDNS only wants a load balancer of class Network with `none`), but
    // names in certificates, user data and kubeconfigs change. PopulateClusterSpec takes Public by default.
    name: "topology",
    path: "topology.dns.type",
    why: `nodes find the API by the old names until the last one is replaced: ${newCluster}`,
    guide: guides.topology,
    byDefault: (inputs) => (shown(inputs["name"]).endsWith(".k8s.local") ? undefined : "Public"),
    kept: "topology",
    unknownDefault: true,
  },
  {
    // validateCloudProvider sees only the new value, so every resource of the old cloud would stay.
    name: "cloudProvider",
    path: "cloudProvider",
    why: `a cluster cannot move to another cloud: ${newCluster}`,
    guide: guides.cloud,
    unknownDefault: true,
  },
  {
    // kOps allows it, but tokens of the old issuer are refused at once; `additionalServiceAccountIssuers` serves both.
    name: "serviceAccountIssuer",
    path: "serviceAccountIssuerDiscovery.discoveryStore",
    why:
      "it is part of the issuer of every service account's token: AWS and the API server refuse the tokens issued " +
      "before; serve both with additionalServiceAccountIssuers as the guide shows",
    guide: guides.issuer,
    caseSensitive: true,
  },
  {
    name: "serviceAccountIssuer",
    path: "kubeAPIServer.serviceAccountIssuer",
    why:
      "it is the issuer of every service account's token: the tokens issued before are refused; serve both with " +
      "additionalServiceAccountIssuers as the guide shows",
    guide: guides.issuer,
    caseSensitive: true,
  },
];

export function fixedFields({ old, desired }: Change): Refusal[] {
  if (!isRecord(old?.["cluster"]) || !isRecord(desired["cluster"])) return [];
  return fixed.flatMap(({ name, path, why, guide, byDefault, kept, unknownDefault, caseSensitive }) => {
    if (kept !== undefined && present(at(desired, `cluster.${kept}`)) === undefined) return [];
    const before = present(at(old, `cluster.${path}`)) ?? byDefault?.(old);
    const after = present(at(desired, `cluster.${path}`)) ?? byDefault?.(desired);
    if (unknownDefault === true && (before === undefined || after === undefined)) return [];
    if (!(caseSensitive === true ? differs(before, after) : differs(lower(before), lower(after)))) return [];
    return [{ name, property: `cluster.${path}`, reason: `${fromTo(before, after)}: ${why}`, guide }];
  });
}
