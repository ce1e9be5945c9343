import type { Journal } from "./journal.ts";
import { kopsKeysOf } from "./places.ts";
import type { ObjectStore } from "./store.ts";

/** Who has a cluster that is not this owner's, in words; nothing when it is this owner's, or there is none. */
export async function foreignOwnerOf(
  store: ObjectStore,
  { name, owner }: { name: string; owner: string },
  journal: Journal | undefined,
): Promise<string | undefined> {
  if (journal?.owner === owner) return undefined;
  const exists = (await store.get(kopsKeysOf(name).config)) !== undefined;
  if (!exists) return undefined;
  return journal ? `it belongs to ${journal.owner}` : "it was made without this program";
}
