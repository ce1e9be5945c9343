import { removeAllArchived } from "../providers/kops/delete/deletion-archive.ts";
import { ConfigError } from "../providers/kops/model/errors.ts";
import { removeHistory } from "../providers/kops/store/history.ts";
import { readJournal, unfinished, type Journal } from "../providers/kops/store/journal.ts";
import { pilotKeysOf } from "../providers/kops/store/keys.ts";
import { isReleasable, lifecycleOf, withdrawCommand } from "../providers/kops/store/lifecycle.ts";
import type { ObjectStore } from "../providers/kops/store/object-store.ts";
import type { Locking } from "./base/shell.ts";
import { lockForCommand } from "./cluster-command.ts";

/** Refuses a release while an operation has not ended: plain kOps would not know of it. */
export function refuseOpen(store: ObjectStore, cluster: string, journal: Journal | undefined, verb: string): void {
  const open = unfinished(journal);
  if (journal === undefined || open === undefined || isReleasable(journal)) return;
  const standing = lifecycleOf(journal);
  throw new ConfigError({
    what: `Cluster ${cluster} cannot ${verb} now`,
    why: `the ${open}`,
    next:
      standing === "begun" || standing === "deleting"
        ? `delete what there is of it: ${withdrawCommand(store.url, cluster)}; or finish it with \`pulumi up\` ` +
          "(or `pulumi destroy`), then run the same command again"
        : "finish it with `pulumi up` (or `pulumi destroy`), then run the same command again",
  });
}

/**
 * Releases a cluster to plain kOps: removes the journal, the pause flag and the lock, and does not change the cluster.
 * History and archive stay unless `purge` is set. `allow` throws if the journal speaks against it.
 */
export async function release(
  { store, cluster, operation, purge }: { store: ObjectStore; cluster: string; operation: string; purge: boolean },
  allow: (journal: Journal | undefined) => void,
  locking: Locking,
): Promise<{ purged: number }> {
  const places = pilotKeysOf(cluster);
  const lock = await lockForCommand(store, cluster, operation, locking);
  try {
    allow(await readJournal(store, cluster));
    await store.delete(places.pause);
    await store.delete(places.journal);
    const purged = purge ? await removeAllArchived(store, cluster) : 0;
    if (purge) await removeHistory(store, cluster);
    return { purged };
  } finally {
    await lock.release();
  }
}
