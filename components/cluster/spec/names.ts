/**
 * What kOps will call things. All of it follows from inputs, so that it is known in a preview and stays known while
 * the cluster changes.
 */

export const fullName = (name: string, zoneName: string): string => (name.includes(".") ? name : `${name}.${zoneName}`);

/** Name in the API server's certificate whatever the DNS is like; kOps puts it in every kubeconfig it writes. */
export const internalApiName = (cluster: string): string => `api.internal.${cluster}`;

/** A name by which kOps has nodes find each other by gossip: no zone has it (IsGossipClusterName in pkg/dns). */
export const isGossip = (cluster: string): boolean => cluster.endsWith(".k8s.local");

export const publicApiName = (cluster: string): string => `api.${cluster}`;

/** kOps still writes `masters` in the names of AWS resources, for clusters made by its older versions. */
export const controlPlaneRole = (cluster: string): string => `masters.${cluster}`;

export const nodeRole = (cluster: string): string => `nodes.${cluster}`;

/** IAM ends role names at 64 characters; kOps replaces the end of longer ones by a hash. */
export const longestClusterName = 64 - controlPlaneRole("").length;

export const utilitySubnetName = (zone: string): string => `utility-${zone}`;

/** The subnet that nodes of a zone stand in, private or public. */
export const nodeSubnetName = (zone: string): string => zone;

const dnsSuffix = (region: string): string => (region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com");

/**
 * The issuer in service account tokens: where kOps publishes the discovery documents, as an https address (GetHTTPsUrl
 * in util/pkg/vfs/s3fs.go). Without a path they are at the bucket's root; of a cluster of IPv6 the address answers by
 * both.
 */
export const issuerUrl = (path: string, discoveryBucket: string, region: string, dualstack = false): string =>
  `https://${discoveryBucket}.s3.${dualstack ? "dualstack." : ""}${region}.${dnsSuffix(region)}${path === "" ? "" : `/${path}`}`;

export const discoveryUrl = (issuer: string): string => `${issuer}/.well-known/openid-configuration`;

/**
 * Audience of tokens that pods use to assume IAM roles: kOps gives its OIDC provider this one and mounts tokens for it.
 */
export const oidcAudience = "amazonaws.com";

const partition = (region: string): string => {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
};

/** The IAM OIDC provider that kOps makes: named after the issuer without its scheme. */
export const oidcProviderArn = (issuer: string, accountId: string, region: string): string =>
  `arn:${partition(region)}:iam::${accountId}:oidc-provider/${issuer.replace("https://", "")}`;
