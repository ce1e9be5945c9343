import { sshKeyIds } from "../model/ssh-keys.ts";
import type { Operation } from "../operation/operation.ts";
import { kopsKeysOf } from "../store/keys.ts";
/**
 * Keeps in the journal which SSH keys this program has written. To be called before it does: what a killed run wrote
 * must be known to the one that takes it out.
 */
export async function noteSshKeys(operation: Operation): Promise<void> {
  const { journal, context } = operation;
  const known = journal.sshKeys ?? [];
  const ids = sshKeyIds(context.inputs.sshPublicKeys).filter((id) => !known.includes(id));
  if (ids.length === 0) return;
  journal.sshKeys = [...known, ...ids];
  await operation.save();
}

/**
 * Takes SSH keys out of the store. Before the desired one is written: kOps makes no plan of a cluster with two, and one
 * without any is a cluster like others, should the run be killed here.
 */
export async function removeSshKeys(
  { context: { store, inputs, progress } }: Pick<Operation, "context">,
  ids: readonly string[],
): Promise<void> {
  for (const id of ids) {
    progress.say(`SSH key ${id}: taken out of the state store`);
    await store.delete(`${kopsKeysOf(inputs.name).sshKeys}${id}`);
  }
}
