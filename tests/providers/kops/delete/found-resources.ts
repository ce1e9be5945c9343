import type { Resource, Tags } from "../../../../providers/kops/aws/resources/resource.ts";
import { kopsNames } from "../../../../providers/kops/model/cloud-names.ts";

export const cluster = "k1.example.com";
export const names = kopsNames(cluster, { autoScalingGroups: ["nodes.k1.example.com"], records: true });
export const owned = { [`kubernetes.io/cluster/${cluster}`]: "owned", KubernetesCluster: cluster };
export const claim = {
  ...owned,
  "kubernetes.io/created-for/pvc/name": "db",
  "kubernetes.io/created-for/pvc/namespace": "shop",
};
export const resource = (
  kind: Resource["kind"],
  id: string,
  tags: Tags = {},
  more: Partial<Resource> = {},
): Resource => ({
  kind,
  id,
  name: "",
  tags,
  ...more,
});
