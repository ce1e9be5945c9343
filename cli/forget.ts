import { removeAllArchived } from "../providers/kops/delete/deletion-archive.ts";
import { ConfigError } from "../providers/kops/model/errors.ts";
import { removeHistory } from "../providers/kops/store/history.ts";
import { readJournal, unfinished } from "../providers/kops/store/journal.ts";
import { ownFolder, pilotKeysOf } from "../providers/kops/store/keys.ts";
import { isReleasable, lifecycleOf, withdrawCommand } from "../providers/kops/store/lifecycle.ts";
import { firstLook, lockForCommand, readTarget, shellOf } from "./cluster-command.ts";
import type { StoreTyped } from "./given-identity.ts";
import type { Shell } from "./base/shell.ts";

/**
 * Releases a cluster to plain kOps: removes the journal, the pause flag and the lock, and does not change the cluster.
 * The archive stays unless `--purge` is given. Refused while a run holds the cluster, and while an operation has not
 * ended, as plain kOps would not know of it. An adoption that wrote nothing is released although it has not ended.
 */
export async function forgetCluster(typed: StoreTyped<never, "purge">, given: Partial<Shell>): Promise<string> {
  const shell = shellOf(typed, given);
  const { store, cluster, words, given: identity } = await readTarget(typed, shell);
  if (words.length > 0) throw typed.refusal(`it takes one cluster, not ${words.join(" ")} too`);
  const { purge } = typed.options;
  const places = pilotKeysOf(cluster);
  if ((await firstLook(identity, () => store.list(places.journal.replace(/[^/]+$/, "")))).length === 0)
    return `Nothing of ${cluster} is kept in ${store.url}.`;
  const lock = await lockForCommand(store, cluster, "forget", shell);
  try {
    const journal = await readJournal(store, cluster);
    const open = unfinished(journal);
    if (journal !== undefined && open !== undefined && !isReleasable(journal)) {
      const standing = lifecycleOf(journal);
      throw new ConfigError({
        what: `Cluster ${cluster} cannot be forgotten now`,
        why: `the ${open}`,
        next:
          standing === "begun" || standing === "deleting"
            ? `delete what there is of it: ${withdrawCommand(store.url, cluster)}; or finish it with \`pulumi up\` ` +
              `(or \`pulumi destroy\`), then forget the cluster`
            : "finish it with `pulumi up` (or `pulumi destroy`), then forget the cluster",
      });
    }
    await store.delete(places.pause);
    await store.delete(places.journal);
    const purged = purge ? await removeAllArchived(store, cluster) : 0;
    if (purge) await removeHistory(store, cluster);
    return [
      `Cluster ${cluster} is released to plain kOps, and runs on.`,
      purge
        ? `Its history is removed, and its archive: ${purged} objects.`
        : `Its archive and its history stay in ${store.url}/${ownFolder}${cluster}/ (--purge removes them).`,
      "To adopt it again later: set `adopt: true` on it.",
    ].join("\n");
  } finally {
    await lock.release();
  }
}
