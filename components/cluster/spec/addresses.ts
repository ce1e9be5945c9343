import { z } from "zod";
import { isGossip, issuerUrl, publicApiName } from "./names.ts";

const spec = z.object({
  nonMasqueradeCIDR: z.string().optional(),
  masterPublicName: z.string().optional(),
  topology: z.object({ dns: z.object({ type: z.string().optional() }).nullish() }).nullish(),
  serviceAccountIssuerDiscovery: z.object({ discoveryStore: z.string().optional() }).nullish(),
  kubeAPIServer: z.object({ serviceAccountIssuer: z.string().optional() }).nullish(),
});

type Spec = Readonly<Record<string, unknown>>;

/** The API's DNS name; undefined if the cluster publishes none and only its load balancer has an address. */
export function apiNameOf(cluster: string, clusterSpec: Spec): string | undefined {
  const { data } = spec.safeParse(clusterSpec);
  // Only the nodes know names that end in .k8s.local, by gossip.
  if (data?.topology?.dns?.type === "None" || isGossip(cluster)) return undefined;
  return data?.masterPublicName !== undefined && data.masterPublicName !== ""
    ? data.masterPublicName
    : publicApiName(cluster);
}

/**
 * The issuer in service account tokens, as kOps computes it (pkg/model/components/discovery.go), if its discovery
 * documents are in a bucket of the region, in a folder or at its root; undefined if AWS cannot read them.
 */
export function issuerOf(clusterSpec: Spec, region: string): string | undefined {
  const { data } = spec.safeParse(clusterSpec);
  const store = /^s3:\/\/([^/]+)(?:\/(.*))?$/.exec(data?.serviceAccountIssuerDiscovery?.discoveryStore ?? "");
  if (!store) return undefined;
  const [, bucket = "", path = ""] = store;
  return (
    data?.kubeAPIServer?.serviceAccountIssuer ??
    issuerUrl(path.replace(/\/+$/, ""), bucket, region, data?.nonMasqueradeCIDR === "::/0")
  );
}
