import { dnsSuffixOf, partitionOf } from "../../../providers/kops/aws/partition.ts";
import { iamNameOf } from "../../../providers/kops/model/cloud-names.ts";

/** Names that kOps will use. They follow from inputs, so a preview knows them, also while the cluster changes. */

export const fullName = (name: string, zoneName: string): string => (name.includes(".") ? name : `${name}.${zoneName}`);

/** Always in the API server's certificate, whatever the DNS type; kOps puts it into every kubeconfig. */
export const internalApiName = (cluster: string): string => `api.internal.${cluster}`;

/** Whether nodes find each other by gossip, without a zone (IsGossipClusterName in pkg/dns). */
export const isGossip = (cluster: string): boolean => cluster.endsWith(".k8s.local");

export const publicApiName = (cluster: string): string => `api.${cluster}`;

export const controlPlaneRole = (cluster: string): string => iamNameOf("ControlPlane", cluster);

export const nodeRole = (cluster: string): string => iamNameOf("Node", cluster);

export const utilitySubnetName = (zone: string): string => `utility-${zone}`;

/** The subnet of a zone's nodes, private or public. */
export const nodeSubnetName = (zone: string): string => zone;

/**
 * The issuer in service account tokens: the https address of the discovery documents that kOps publishes (GetHTTPsUrl
 * in util/pkg/vfs/s3fs.go), at the bucket's root if `path` is empty. `dualstack`: for IPv6 clusters.
 */
export const issuerUrl = (path: string, discoveryBucket: string, region: string, dualstack = false): string => {
  const host = `${discoveryBucket}.s3.${dualstack ? "dualstack." : ""}${region}.${dnsSuffixOf(region)}`;
  return `https://${host}${path === "" ? "" : `/${path}`}`;
};

export const discoveryUrl = (issuer: string): string => `${issuer}/.well-known/openid-configuration`;

/**
 * Audience of the tokens with which pods assume IAM roles: kOps sets it at its OIDC provider and mounts tokens for it.
 */
export const oidcAudience = "amazonaws.com";

/** The IAM OIDC provider that kOps makes, named after the issuer without its scheme. */
export const oidcProviderArn = (issuer: string, accountId: string, region: string): string =>
  `arn:${partitionOf(region)}:iam::${accountId}:oidc-provider/${issuer.replace("https://", "")}`;
