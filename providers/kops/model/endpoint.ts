import type { KopsClusterInputs } from "./inputs.ts";

interface ApiPart {
  api?: { publicName?: string };
  /** `api.publicName` as v1alpha2 writes it. */
  masterPublicName?: string;
  topology?: { dns?: { type?: string } };
}

/**
 * Address of the Kubernetes API by the cluster's own name; nothing when only the load balancer has one (`dns: none`,
 * gossip).
 */
export function namedEndpoint(inputs: Pick<KopsClusterInputs, "name" | "cluster">): string | undefined {
  const { api, masterPublicName, topology } = inputs.cluster as ApiPart;
  if (topology?.dns?.type === "None" || inputs.name.endsWith(".k8s.local")) return undefined;
  return `https://${masterPublicName || api?.publicName || `api.${inputs.name}`}`;
}
