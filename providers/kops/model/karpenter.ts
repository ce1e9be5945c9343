import parseVersion from "semver/functions/parse.js";

/**
 * Whether a kOps makes an EC2NodeClass and a NodePool for each group of Karpenter's, in its add-on (since 1.36; by
 * docs/operations/karpenter.md of kOps). Before, people make them, and give the EC2NodeClass the user data that kOps
 * writes.
 */
export function managesNodePools(kopsVersion: string): boolean {
  const version = parseVersion(kopsVersion);
  return version !== null && (version.major > 1 || version.minor >= 36);
}
