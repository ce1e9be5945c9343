import { sshKeyIds } from "../model/ssh-keys.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import type { Journal } from "./journal.ts";
import { kopsKeysOf } from "./keys.ts";
import type { ObjectStore } from "./object-store.ts";

/** Ids of the SSH keys of a cluster in kOps's store. */
export async function storedSshKeys(store: ObjectStore, cluster: string): Promise<string[]> {
  const { sshKeys } = kopsKeysOf(cluster);
  return (await store.list(sshKeys)).map(({ key }) => key.slice(sshKeys.length));
}

/**
 * Ids of the SSH keys that a cluster should have. A desired key is the only one, because kOps works with one key on AWS
 * (apply_cluster.go in upup/pkg/fi/cloudup). If none is desired, keys that this program did not write stay.
 */
export function desiredSshKeys(
  { sshPublicKeys }: Pick<KopsClusterInputs, "sshPublicKeys">,
  stored: readonly string[],
  written: readonly string[] = [],
): string[] {
  const desired = sshKeyIds(sshPublicKeys);
  return desired.length > 0 ? desired : stored.filter((id) => !written.includes(id));
}

/** Differences between the SSH keys in the store and the desired ones, as ids. */
export async function sshKeyChanges({
  context: { store, inputs },
  journal,
}: {
  context: { store: ObjectStore; inputs: Pick<KopsClusterInputs, "name" | "sshPublicKeys"> };
  journal: Pick<Journal, "sshKeys">;
}): Promise<{ missing: string[]; extra: string[] }> {
  const stored = await storedSshKeys(store, inputs.name);
  const desired = desiredSshKeys(inputs, stored, journal.sshKeys);
  return {
    missing: desired.filter((id) => !stored.includes(id)),
    extra: stored.filter((id) => !desired.includes(id)),
  };
}
