import type { Kind } from "./schema.ts";

const everywhere = ["apiVersion", "kind", "metadata.name", "metadata.namespace"];

/**
 * Fields whose change replaces the object: the official plugin's list (provider/pkg/provider/diff.go), even where the
 * API allows more or less. The plugin does not know, for example, that a PriorityClass's `value` is fixed.
 */
const byKind: Readonly<Record<string, readonly string[]>> = {
  "v1 PersistentVolumeClaim": ["spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"],
  "v1 Pod": ["spec"],
  "v1 ResourceQuota": ["spec.scopes"],
  "v1 Secret": ["type"],
  "v1 Service": ["spec.clusterIP"],
  "apps/v1 Deployment": ["spec.selector"],
  "apps/v1 DaemonSet": ["spec.selector"],
  "apps/v1 StatefulSet": [
    "spec.podManagementPolicy",
    "spec.revisionHistoryLimit",
    "spec.selector",
    "spec.serviceName",
    "spec.volumeClaimTemplates",
  ],
  "batch/v1 Job": ["spec.completions", "spec.parallelism", "spec.selector", "spec.template"],
  "rbac.authorization.k8s.io/v1 ClusterRoleBinding": ["roleRef"],
  "rbac.authorization.k8s.io/v1 RoleBinding": ["roleRef"],
  "storage.k8s.io/v1 StorageClass": ["parameters", "provisioner"],
};

/**
 * The content of a config map or secret. A change replaces the object, so that what mounts it is replaced as well,
 * unless the provider says otherwise.
 */
const contents: Readonly<Record<string, readonly string[]>> = {
  "v1 ConfigMap": ["binaryData", "data"],
  "v1 Secret": ["data", "stringData"],
};

/** Whether a change at this path replaces the object. `mutable` names the kinds whose content changes in place. */
export function forcesReplacement(
  { apiVersion, kind }: Kind,
  path: string,
  mutable: Readonly<Record<string, boolean>>,
): boolean {
  const name = `${apiVersion} ${kind}`;
  const fields = [...everywhere, ...(byKind[name] ?? []), ...(mutable[kind] === true ? [] : (contents[name] ?? []))];
  return fields.some((field) => path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[`));
}
