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

/** The API's own DNS name; nothing where a cluster publishes none, and only its load balancer's address is there. */
export function apiNameOf(cluster: string, clusterSpec: Spec): string | undefined {
  const { data } = spec.safeParse(clusterSpec);
  // Names that end in .k8s.local are known to the nodes alone, by gossip.
  if (data?.topology?.dns?.type === "None" || isGossip(cluster)) return undefined;
  return data?.masterPublicName !== undefined && data.masterPublicName !== ""
    ? data.masterPublicName
    : publicApiName(cluster);
}

/**
 * The issuer in tokens of service accounts, as kOps computes it (pkg/model/components/discovery.go), where its
 * discovery documents are published in a bucket of the region, in a folder or at its root; nothing where AWS could not
 * read them.
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
