import { output, type Input } from "@pulumi/pulumi";
import type { ClusterEnvironment } from "./cluster-environment.ts";

/** Where a cluster's OIDC documents are. */
export interface Discovery {
  /** Where kOps writes them, s3://…. */
  store: string;
  /** The issuer, if AWS reads them at another address than the bucket's own. */
  issuer?: Input<string> | undefined;
}

/** The two documents that kOps writes for each cluster (pkg/model/issuerdiscovery.go). */
const documents = [".well-known/openid-configuration", "openid/v1/jwks"];

/** An address below another, which may not be known yet. */
function below(address: Input<string>, path: string): Input<string> {
  return typeof address === "string" ? `${address}/${path}` : output(address).apply((known) => `${known}/${path}`);
}

/** Where a cluster's discovery documents are in an environment; undefined if it publishes none. */
export function discoveryOf(
  cluster: string,
  { discoveryBucket, issuer }: ClusterEnvironment["store"],
): Discovery | undefined {
  return discoveryBucket === undefined
    ? undefined
    : {
        store: `s3://${discoveryBucket}/${cluster}`,
        ...(issuer !== undefined && { issuer: below(issuer, cluster) }),
      };
}

/** A discovery document, and the object of which it is a copy. */
export interface PublishedDocument {
  url: Input<string>;
  source: string;
}

/** The documents that must be served below an issuer, and where kOps writes them. */
export function publishedDocuments(issuer: Input<string>, store: string): PublishedDocument[] {
  return documents.map((path) => ({ url: below(issuer, path), source: `${store.replace(/\/+$/, "")}/${path}` }));
}
