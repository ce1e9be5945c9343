import type { Kind } from "./schema.ts";

const everywhere = ["apiVersion", "kind", "metadata.name", "metadata.namespace"];

/** Fields that the API lets nobody change: another value is another object. (The official plugin: provider/pkg/provider/forceNew.go.) */
const byKind: Readonly<Record<string, readonly string[]>> = {
  "v1 ConfigMap": ["data", "binaryData", "immutable"],
  "v1 Secret": ["data", "stringData", "type", "immutable"],
  "v1 PersistentVolumeClaim": ["spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName", "spec.volumeMode"],
  "v1 Pod": ["spec"],
  "v1 Service": ["spec.clusterIP"],
  "apps/v1 Deployment": ["spec.selector"],
  "apps/v1 DaemonSet": ["spec.selector"],
  "apps/v1 StatefulSet": ["spec.selector", "spec.serviceName", "spec.volumeClaimTemplates", "spec.podManagementPolicy"],
  "batch/v1 Job": ["spec.selector", "spec.template", "spec.completions"],
  "rbac.authorization.k8s.io/v1 ClusterRoleBinding": ["roleRef"],
  "rbac.authorization.k8s.io/v1 RoleBinding": ["roleRef"],
  "scheduling.k8s.io/v1 PriorityClass": ["value", "preemptionPolicy"],
  "storage.k8s.io/v1 StorageClass": ["provisioner", "parameters", "reclaimPolicy", "volumeBindingMode", "mountOptions"],
};

/** Whether a change at this path makes a new object. Config maps and secrets can be told to be changed in place. */
export function forcesReplacement({ apiVersion, kind }: Kind, path: string, mutable: Readonly<Record<string, boolean>>): boolean {
  const fields = mutable[kind] === true ? [] : (byKind[`${apiVersion} ${kind}`] ?? []);
  return [...everywhere, ...fields].some((field) => path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[`));
}
