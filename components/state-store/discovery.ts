import { partitionOf } from "../../providers/kops/aws/partition.ts";
import type { Issue } from "../config/problems.ts";
import type { StateStoreRequest } from "./request.ts";

/** How AWS reads the public keys of clusters. */
export type DiscoveryKind = "public" | "cloudfront" | "issuer" | "none";

type Request = StateStoreRequest["discovery"];

export const discoveryKind = (request: Request): DiscoveryKind => (typeof request === "string" ? request : "issuer");

/** Which keys of a store's config do not fit how it publishes documents. */
export function discoveryProblems(
  { discovery, discoveryBucket }: Pick<StateStoreRequest, "discovery" | "discoveryBucket">,
  region: string,
): Issue[] {
  const kind = discoveryKind(discovery);
  const issues: Issue[] = [];
  if (kind === "none" && discoveryBucket !== undefined)
    issues.push({ path: ["discoveryBucket"], message: "cannot be given with discovery: none, which makes no bucket" });
  // The other partitions have no distributions with an address and a certificate of CloudFront's own.
  if (kind === "cloudfront" && partitionOf(region) !== "aws")
    issues.push({
      path: ["discovery"],
      message: `cannot be cloudfront in ${region}: write issuer: with an address of yours, or none`,
    });
  return issues;
}
