import { removeAllArchived } from "../delete/deletion-archive.ts";
import { ConfigError } from "../errors.ts";
import { readJournal, unfinished } from "../store/journal.ts";
import { acquireLock } from "../store/lock.ts";
import { placesOf } from "../store/places.ts";
import type { Progress } from "../run/progress.ts";
import type { ObjectStore } from "../store/store.ts";

const usage = "npm run kops:forget -- s3://store cluster [--purge]";

export interface Forgetting {
  by: string;
  progress: Progress;
  signal: AbortSignal;
  open: (url: string) => ObjectStore;
}

/**
 * Removes what this program keeps of a cluster beside kOps's own: journal, pause flag, lock. The cluster is not touched,
 * and plain kOps goes on with it. The archive stays, unless `--purge` is given. Refused while a run holds the cluster, or
 * one did not end: plain kOps would know nothing of it.
 */
export async function forgetCluster(argv: readonly string[], { by, progress, signal, open }: Forgetting): Promise<string> {
  const [url, cluster, ...words] = argv;
  if (url === undefined || cluster === undefined || !url.startsWith("s3://") || words.some((word) => word !== "--purge")) {
    throw new ConfigError({ what: "The command was not understood", why: "it needs the state store as s3://bucket or s3://bucket/prefix, then the full name of the cluster", next: usage });
  }
  const store = open(url);
  const places = placesOf(cluster);
  if ((await store.list(places.journal.replace(/[^/]+$/, ""))).length === 0) return `Nothing of ${cluster} is kept in ${url}.`;
  const lock = await acquireLock({ store, cluster, owner: by, operation: "forget", timeout: 0, signal, progress });
  try {
    const open = unfinished(await readJournal(store, cluster));
    if (open !== undefined) {
      throw new ConfigError({ what: `Cluster ${cluster} cannot be forgotten now`, why: `the ${open}`, next: "finish it with `pulumi up` (or `pulumi destroy`), then forget the cluster" });
    }
    await store.delete(places.pause);
    await store.delete(places.journal);
    const purged = words.length > 0 ? await removeAllArchived(store, cluster) : 0;
    return [
      `Cluster ${cluster} is forgotten; it runs on, and plain kOps goes on with it.`,
      words.length > 0 ? `Its archive is removed: ${purged} objects.` : `What is archived of it stays: ${store.url}/${places.archive}/ (--purge removes it).`,
      "To take it back later: set `adopt: true` on it.",
    ].join("\n");
  } finally {
    await lock.release();
  }
}
