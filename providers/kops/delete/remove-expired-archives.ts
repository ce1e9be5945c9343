import { inOneLine } from "../model/errors.ts";
import type { Progress } from "../runtime/progress.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { removeExpired } from "./deletion-archive.ts";
import type { PassedOver } from "./deletion-archive.ts";
import { shortened } from "../model/shortened.ts";

/** How many skipped archives are named. */
const named = 5;

function listOf(store: ObjectStore, passedOver: readonly PassedOver[]): string {
  const all = passedOver.map(({ folder, why }) => `${store.url}/${folder} (${why})`);
  return shortened(all, named).join(", ");
}

/**
 * Removes expired archives of all clusters, at the end of a deletion. Never fails: the deletion is done, and most of
 * these archives are of other clusters, even of other accounts. Names what it could not remove and the command for it.
 */
export async function removeExpiredArchives(store: ObjectStore, progress: Progress, now: Date): Promise<void> {
  try {
    const { removed, failed, unreadable } = await removeExpired(store, now);
    for (const { folder } of removed) progress.say(`removed an expired archive: ${store.url}/${folder}`);
    if (failed.length > 0)
      progress.say(
        `warning: expired archives could not be removed: ${listOf(store, failed)}; next: npx pilot ` +
          `archive ${store.url} --purge-expired`,
      );
    if (unreadable.length > 0)
      progress.say(
        `passed over archives that cannot be read: ${listOf(store, unreadable)}; next: npx pilot archive ` +
          `${store.url}, as somebody who may read them`,
      );
  } catch (error) {
    progress.say(
      `warning: expired archives could not be looked for: ${inOneLine(error)}; next: npx pilot ` +
        `archive ${store.url} --purge-expired`,
    );
  }
}
