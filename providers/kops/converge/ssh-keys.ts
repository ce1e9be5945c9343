import { sshKeyIds } from "../model/ssh-keys.ts";
import type { Operating } from "../operation/operation.ts";
import { kopsKeysOf } from "../store/places.ts";
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
