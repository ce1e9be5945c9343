import { ConfigError } from "../model/errors.ts";
import { readJournal } from "../store/journal.ts";
import { manifestEtags } from "../store/manifests.ts";
import { isSameStore, movedKey } from "../store/moved.ts";
import type { Moved } from "../store/moved.ts";
import { pilotKeysOf } from "../store/keys.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { canonicalJson } from "../model/spec.ts";
import { isUntouched } from "./plan-move.ts";

/** The moved clusters that somebody has changed in the new store, each with the evidence. */
async function changedClusters(from: ObjectStore, to: ObjectStore, clusters: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const name of clusters) {
    const journal = await readJournal(to, name);
    if (!journal || !isUntouched(journal, from.url)) found.push(`${name}: a run has worked on it in ${to.url}`);
    else if (canonicalJson(journal.movedFrom?.copied) !== canonicalJson(await manifestEtags(to, name)))
      found.push(`${name}: its manifests in ${to.url} were changed`);
  }
  return found;
}

/**
 * Withdraws a move if nobody has changed one of its clusters in the new store. The caller holds the locks of the
 * clusters in both stores. The copies stay; a later move overwrites them.
 */
export async function withdraw(
  from: ObjectStore,
  to: ObjectStore,
  { to: target, clusters }: Pick<Moved, "to" | "clusters">,
): Promise<void> {
  const stop = (why: string): never => {
    throw new ConfigError({
      what: `The move from ${from.url} to ${to.url} cannot be withdrawn`,
      why,
      next: "finish it: set pilot:stateStore.stateBucket to the new bucket and run `pulumi up`",
    });
  };
  if (!isSameStore(target, to.url)) stop(`the clusters moved to ${target}`);
  const touched = await changedClusters(from, to, clusters);
  if (touched.length > 0) stop(touched.join("\n  "));
  await from.delete(movedKey);
  for (const name of clusters) await from.delete(pilotKeysOf(name).moved);
}
