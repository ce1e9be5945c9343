/** What can be let through by the input `allow`. Each is named after the kOps field it guards. */
export const refusalNames = [
  "certificateAuthority",
  "cloudProvider",
  "configBase",
  "controlPlaneGroups",
  "etcdClusters",
  "etcdEncryption",
  "image",
  "kubernetesVersion",
  "loadBalancer",
  "networkCIDR",
  "networkID",
  "networking",
  "nonMasqueradeCIDR",
  "podCIDR",
  "role",
  "serviceAccountIssuer",
  "serviceClusterIPRange",
  "subnets",
  "topology",
  "unknownFields",
] as const;

export type RefusalName = (typeof refusalNames)[number];

/** One problem of the inputs: where, and what. */
export interface Failure {
  property: string;
  reason: string;
}
