import { ConfigError } from "../model/errors.ts";
import { readJournal } from "../store/journal.ts";
import { manifestEtags } from "../store/manifests.ts";
import { isSameStore, movedKey } from "../store/moved.ts";
import type { Moved } from "../store/moved.ts";
import { pilotKeysOf } from "../store/keys.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { canonicalJson } from "../model/spec.ts";
import { isUntouched } from "./plan-move.ts";

/** Those of the moved clusters that somebody worked on in the new store, and what shows it. */
export async function workedOn(from: ObjectStore, to: ObjectStore, clusters: readonly string[]): Promise<string[]> {
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
 * Takes back that clusters moved, as long as nothing was done with one of them in the new store. To be called under the
 * locks of the clusters in both. The copies stay; a later move writes over them.
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
      next: "go on with it: set pilot:stateStore.stateBucket to the new bucket and run `pulumi up`",
    });
  };
  if (!isSameStore(target, to.url)) stop(`the clusters moved to ${target}`);
  const touched = await workedOn(from, to, clusters);
  if (touched.length > 0) stop(touched.join("\n  "));
  await from.delete(movedKey);
  for (const name of clusters) await from.delete(pilotKeysOf(name).moved);
}
