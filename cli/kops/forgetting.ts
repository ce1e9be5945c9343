import { removeAllArchived } from "../../providers/kops/delete/deletion-archive.ts";
import { ConfigError } from "../../providers/kops/model/errors.ts";
import { readJournal, unfinished } from "../../providers/kops/store/journal.ts";
import { pilotKeysOf } from "../../providers/kops/store/keys.ts";
import { isReleasable, lifecycleOf, withdrawCommand } from "../../providers/kops/store/lifecycle.ts";
import { firstLook, lockForCommand, readArguments } from "./cluster-command.ts";
import type { Locking, Open } from "./cluster-command.ts";

const usage = "npm run kops:forget -- s3://store cluster [--purge]";

export interface Forgetting extends Locking {
  open: Open;
}

/**
 * Removes what this program keeps of a cluster beside kOps's own: journal, pause flag, lock. The cluster is not
 * touched, and plain kOps goes on with it. The archive stays, unless `--purge` is given. Refused while a run holds the
 * cluster, or one did not end: plain kOps would know nothing of it. An adoption that wrote nothing is released although
 * it did not end.
 */
export async function forgetCluster(argv: readonly string[], { open, ...locking }: Forgetting): Promise<string> {
  const { store, cluster, words, given } = readArguments(argv, usage, open);
  const unknown = words.filter((word) => word !== "--purge");
  if (unknown.length > 0)
    throw new ConfigError({
      what: "The command was not understood",
      why: `it knows no ${unknown.join(" ")}`,
      next: usage,
    });
  const places = pilotKeysOf(cluster);
  if ((await firstLook(given, () => store.list(places.journal.replace(/[^/]+$/, "")))).length === 0)
    return `Nothing of ${cluster} is kept in ${store.url}.`;
  const lock = await lockForCommand(store, cluster, "forget", locking);
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
    const purged = words.length > 0 ? await removeAllArchived(store, cluster) : 0;
    return [
      `Cluster ${cluster} is forgotten; it runs on, and plain kOps goes on with it.`,
      words.length > 0
        ? `Its archive is removed: ${purged} objects.`
        : `What is archived of it stays: ${store.url}/${places.archive}/ (--purge removes it).`,
      "To take it back later: set `adopt: true` on it.",
    ].join("\n");
  } finally {
    await lock.release();
  }
}
