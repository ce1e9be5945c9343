import { given, withCluster } from "./full-inputs.ts";
import type { Case } from "./refused-changes.ts";

/** Changes of the VPC and of the ranges of VPC, pods and Services. */
export const ranges: readonly Case[] = [
  {
    what: "another range of the VPC",
    desired: withCluster({ networkCIDR: "10.1.0.0/16" }),
    property: "cluster.networkCIDR",
    says: ["from 10.0.0.0/16 to 10.1.0.0/16"],
    allow: "networkCIDR",
  },
  {
    what: "a range of the VPC other than the one kOps chose",
    old: withCluster({ networkCIDR: undefined, networkID: undefined }),
    desired: withCluster({ networkID: undefined }),
    property: "cluster.networkCIDR",
    says: ["from 172.20.0.0/16"],
    allow: "networkCIDR",
  },
  {
    what: "another VPC",
    desired: withCluster({ networkID: "vpc-2" }),
    property: "cluster.networkID",
    says: ["from vpc-1 to vpc-2"],
    allow: "networkID",
  },
  {
    what: "a VPC that exists instead of the one kOps made",
    old: withCluster({ networkID: undefined }),
    desired: given(),
    property: "cluster.networkID",
    says: ["from nothing to vpc-1"],
    allow: "networkID",
  },
  {
    what: "another range for pods and Services",
    desired: withCluster({ nonMasqueradeCIDR: "100.0.0.0/10" }),
    property: "cluster.nonMasqueradeCIDR",
    says: ["from 100.64.0.0/10"],
    allow: "nonMasqueradeCIDR",
  },
  {
    what: "a range for Services other than the default",
    desired: withCluster({ serviceClusterIPRange: "100.65.0.0/16" }),
    property: "cluster.serviceClusterIPRange",
    says: ["from 100.64.0.0/13"],
    allow: "serviceClusterIPRange",
  },
  {
    what: "another range for pods",
    desired: withCluster({ podCIDR: "100.112.0.0/12" }),
    property: "cluster.podCIDR",
    says: ["from 100.96.0.0/11"],
    allow: "podCIDR",
  },
  {
    what: "one more range of the VPC where pods and Services are",
    desired: withCluster({ additionalNetworkCIDRs: ["100.90.0.0/16"] }),
    property: "cluster.nonMasqueradeCIDR",
    says: ["100.64.0.0/10", "additionalNetworkCIDRs[0] 100.90.0.0/16", "write nonMasqueradeCIDR: 10.64.0.0/10"],
  },
  {
    what: "one more range of the VPC where Services are",
    old: withCluster({ networking: { amazonvpc: {} }, podCIDR: undefined, nonMasqueradeCIDR: "10.0.0.0/16" }),
    desired: withCluster({
      networking: { amazonvpc: {} },
      podCIDR: undefined,
      nonMasqueradeCIDR: "10.0.0.0/16",
      additionalNetworkCIDRs: ["100.64.0.0/16"],
    }),
    property: "cluster.serviceClusterIPRange",
    says: ["100.64.0.0/13 (kOps's default)", "additionalNetworkCIDRs[0] 100.64.0.0/16"],
    allow: "ranges",
  },
];
