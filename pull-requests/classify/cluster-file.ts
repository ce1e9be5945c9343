import { isKopsManifest } from "../../components/cluster/manifest/manifest.ts";
import { yamlDocuments } from "../../components/config/yaml.ts";
import type { PropertyPath } from "../../components/config/problems.ts";
import { sensitiveParts, unknownTo } from "./approval.ts";
import type { Sensitive } from "./approval.ts";

/**
 * Keys of a cluster file that are checked and composed by the program: what they say reaches kOps in a form it chose.
 */
export const plainClusterKeys: ReadonlySet<string> = new Set([
  "name",
  "kopsVersion",
  "kubernetesVersion",
  "topology",
  "apiAccess",
  "api",
  "networking",
  "podEncryption",
  "controlPlane",
  "nodeGroups",
  "bastion",
  "image",
  "metadata",
  "etcd",
  "authentication",
  "serviceAccounts",
  "policies",
  "auditLog",
  "addons",
  "sshPublicKey",
  "tags",
  "rollingUpdate",
  "validation",
  "budget",
  "timeouts",
  "deletionProtection",
  "deletion",
  "allow",
  "allowDowngrade",
]);

/** Keys that need a look, each with the reason. Those that are in neither list need one, too. */
export const guardedClusterKeys: Readonly<Record<string, string>> = {
  kops: "is passed on to kOps as it is, which reads channels, key stores and add-ons from wherever it is told",
  manifest: "names a kOps manifest, which kOps is given as it is",
  secrets: "decides which encrypted value of the stack goes where",
  profile: "chooses the identity that the pipeline works with",
  assumeRole: "chooses the identity that the pipeline works with",
  owner: "claims a cluster that another stack may own, and shows its manifests",
  adopt: "takes over a cluster that others made, and shows its manifests",
};

const whyGuarded = (key: string): string => guardedClusterKeys[key] ?? "is a key that is not known to be harmless";

/** A part of a stack's config that is laid under or over its cluster files: the same keys, the same care. */
export function sensitiveClusterPart(before: unknown, after: unknown, prefix: PropertyPath = []): Sensitive[] {
  return [...unknownTo(plainClusterKeys, before, after, whyGuarded, prefix), ...sensitiveParts(before, after, prefix)];
}

/** What of a changed cluster file a maintainer looks at first. A removed file has nothing to read. */
export function sensitiveInCluster(before: string | undefined, after: string | undefined): Sensitive[] {
  if (after === undefined || after === before) return [];
  const { documents, error } = yamlDocuments(after);
  // The program reads it with the same parser: the preview says where it is wrong, and nothing of it is used.
  if (error) return [];
  if (documents.length !== 1 || isKopsManifest(documents))
    return [{ path: "", why: "is a kOps manifest, or more than one document: kOps is given it as it is" }];
  return sensitiveClusterPart(yamlDocuments(before ?? "").documents[0]?.value, documents[0]?.value);
}
