import { sshKeyIds } from "../model/ssh-keys.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import type { Operating } from "../operation/operation.ts";
import { kopsKeysOf } from "./places.ts";
import type { ObjectStore } from "./store.ts";

/** The SSH keys that kOps has in its store for a cluster, by their ids. */
export async function storedSshKeys(store: ObjectStore, cluster: string): Promise<string[]> {
  const { sshKeys } = kopsKeysOf(cluster);
  return (await store.list(sshKeys)).map(({ key }) => key.slice(sshKeys.length));
}

/**
 * The SSH keys that a cluster is to have, by their ids: the wanted one alone, for kOps works with no more than one on
 * AWS (apply_cluster.go in upup/pkg/fi/cloudup). When none is asked for, those stay that this program did not write.
 */
export function sshKeysToBe(
  { sshPublicKeys }: Pick<KopsClusterInputs, "sshPublicKeys">,
  stored: readonly string[],
  written: readonly string[] = [],
): string[] {
  const wanted = sshKeyIds(sshPublicKeys);
  return wanted.length > 0 ? wanted : stored.filter((id) => !written.includes(id));
}

/** What of the SSH keys in the store is not as it is to be, by ids. */
export async function sshKeyChanges({
  desk: { store, inputs },
  journal,
}: Pick<Operating, "desk" | "journal">): Promise<{ missing: string[]; surplus: string[] }> {
  const stored = await storedSshKeys(store, inputs.name);
  const wanted = sshKeysToBe(inputs, stored, journal.sshKeys);
  return { missing: wanted.filter((id) => !stored.includes(id)), surplus: stored.filter((id) => !wanted.includes(id)) };
}

/**
 * Keeps in the journal which SSH keys this program has written. To be called before it does: what a killed run wrote
 * must be known to the one that takes it out.
 */
export async function noteSshKeys(operating: Operating): Promise<void> {
  const { journal, desk } = operating;
  const known = journal.sshKeys ?? [];
  const ids = sshKeyIds(desk.inputs.sshPublicKeys).filter((id) => !known.includes(id));
  if (ids.length === 0) return;
  journal.sshKeys = [...known, ...ids];
  await operating.save();
}

/**
 * Takes SSH keys out of the store. Before the wanted one is written: kOps makes no plan of a cluster with two, and one
 * without any is a cluster like others, should the run be struck here.
 */
export async function removeSshKeys(
  { desk: { store, inputs, progress } }: Pick<Operating, "desk">,
  ids: readonly string[],
): Promise<void> {
  for (const id of ids) {
    progress.say(`SSH key ${id}: taken out of the state store`);
    await store.delete(`${kopsKeysOf(inputs.name).sshKeys}${id}`);
  }
}
