import { sshKeyIds } from "../model/ssh-keys.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import type { Journal } from "./journal.ts";
import { kopsKeysOf } from "./keys.ts";
import type { ObjectStore } from "./object-store.ts";

/** The SSH keys that kOps has in its store for a cluster, by their ids. */
export async function storedSshKeys(store: ObjectStore, cluster: string): Promise<string[]> {
  const { sshKeys } = kopsKeysOf(cluster);
  return (await store.list(sshKeys)).map(({ key }) => key.slice(sshKeys.length));
}

/**
 * The SSH keys that a cluster is to have, by their ids: the desired one alone, for kOps works with no more than one on
 * AWS (apply_cluster.go in upup/pkg/fi/cloudup). When none is asked for, those stay that this program did not write.
 */
export function sshKeysToBe(
  { sshPublicKeys }: Pick<KopsClusterInputs, "sshPublicKeys">,
  stored: readonly string[],
  written: readonly string[] = [],
): string[] {
  const desired = sshKeyIds(sshPublicKeys);
  return desired.length > 0 ? desired : stored.filter((id) => !written.includes(id));
}

/** What of the SSH keys in the store is not as it is to be, by ids. */
export async function sshKeyChanges({
  context: { store, inputs },
  journal,
}: {
  context: { store: ObjectStore; inputs: Pick<KopsClusterInputs, "name" | "sshPublicKeys"> };
  journal: Pick<Journal, "sshKeys">;
}): Promise<{ missing: string[]; surplus: string[] }> {
  const stored = await storedSshKeys(store, inputs.name);
  const desired = sshKeysToBe(inputs, stored, journal.sshKeys);
  return {
    missing: desired.filter((id) => !stored.includes(id)),
    surplus: stored.filter((id) => !desired.includes(id)),
  };
}
