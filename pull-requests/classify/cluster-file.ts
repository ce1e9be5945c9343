import { isKopsManifest } from "../../components/cluster/manifest/manifest.ts";
import { yamlDocuments } from "../../components/config/yaml.ts";
import type { PropertyPath } from "../../components/config/problems.ts";
import { sensitiveValues, unlistedChanges } from "./approval.ts";
import type { Sensitive } from "./approval.ts";

/** Keys of a cluster file that the program checks and turns into a spec: no text of theirs reaches kOps as it is. */
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

/** Keys that need an approval, each with the reason. A key in neither list needs one, too. */
export const guardedClusterKeys: Readonly<Record<string, string>> = {
  kops: "is passed to kOps as it is; kOps then reads channels, key stores and add-ons from any address in it",
  manifest: "names a kOps manifest, which is passed to kOps as it is",
  secrets: "decides where an encrypted value of the stack goes",
  profile: "chooses the identity of the pipeline",
  assumeRole: "chooses the identity of the pipeline",
  owner: "claims a cluster that another stack may own, and shows its manifests",
  adopt: "adopts a cluster that somebody else made, and shows its manifests",
};

const whyGuarded = (key: string): string => guardedClusterKeys[key] ?? "is not in the list of harmless keys";

/** What needs an approval in defaults and overrides of cluster files: they have the same keys. */
export function sensitiveClusterPart(before: unknown, after: unknown, prefix: PropertyPath = []): Sensitive[] {
  return [
    ...unlistedChanges(plainClusterKeys, before, after, whyGuarded, prefix),
    ...sensitiveValues(before, after, prefix),
  ];
}

/** What needs an approval in a changed cluster file. A removed file has nothing to read. */
export function sensitiveInCluster(before: string | undefined, after: string | undefined): Sensitive[] {
  if (after === undefined || after === before) return [];
  const { documents, error } = yamlDocuments(after);
  // The program uses the same parser: the preview reports the error, and uses nothing of the file.
  if (error) return [];
  if (documents.length !== 1 || isKopsManifest(documents))
    return [{ path: "", why: "is a kOps manifest, or more than one document: it is passed to kOps as it is" }];
  return sensitiveClusterPart(yamlDocuments(before ?? "").documents[0]?.value, documents[0]?.value);
}
