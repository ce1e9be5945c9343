import type { Input } from "@pulumi/pulumi";
import { z } from "zod";
import { publishedDocuments, type PublishedDocument } from "./discovery.ts";
import { isGossip, issuerUrl, publicApiName } from "./names.ts";

const spec = z.object({
  nonMasqueradeCIDR: z.string().optional(),
  masterPublicName: z.string().optional(),
  topology: z.object({ dns: z.object({ type: z.string().optional() }).nullish() }).nullish(),
  serviceAccountIssuerDiscovery: z.object({ discoveryStore: z.string().optional() }).nullish(),
  // Not known before the environment's distribution is made.
  kubeAPIServer: z.object({ serviceAccountIssuer: z.custom<Input<string>>().optional() }).nullish(),
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

const bucketOf = /^s3:\/\/([^/]+)(?:\/(.*))?$/;

/** The issuer in service account tokens. */
export interface Issuer {
  address: Input<string>;
  /** What must be served there. Absent if that is the bucket's own address. */
  documents?: PublishedDocument[];
}

/**
 * The issuer as kOps computes it (pkg/model/components/discovery.go), if its discovery documents are in a bucket of the
 * region, in a folder or at its root; undefined if AWS cannot read them.
 */
export function issuerOf(clusterSpec: Spec, region: string): Issuer | undefined {
  const { data } = spec.safeParse(clusterSpec);
  const discoveryStore = data?.serviceAccountIssuerDiscovery?.discoveryStore ?? "";
  const store = bucketOf.exec(discoveryStore);
  if (!store) return undefined;
  const [, bucket = "", path = ""] = store;
  const own = issuerUrl(path.replace(/\/+$/, ""), bucket, region, data?.nonMasqueradeCIDR === "::/0");
  const address = data?.kubeAPIServer?.serviceAccountIssuer ?? own;
  return { address, ...(address !== own && { documents: publishedDocuments(address, discoveryStore) }) };
}
