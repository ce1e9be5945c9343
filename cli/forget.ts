import { ownFolder, pilotKeysOf } from "../providers/kops/store/keys.ts";
import { firstLook, readTarget, shellOf } from "./cluster-command.ts";
import type { StoreTyped } from "./given-identity.ts";
import type { Shell } from "./base/shell.ts";
import { refuseOpen, release } from "./release.ts";

/**
 * Removes this program's records of a cluster, whatever still waits on it. Refused while a run holds the cluster, and
 * while an operation has not ended. An adoption that wrote nothing is released although it has not ended.
 */
export async function forgetCluster(typed: StoreTyped<never, "purge">, given: Partial<Shell>): Promise<string> {
  const shell = shellOf(typed, given);
  const { store, cluster, words, given: identity } = await readTarget(typed, shell);
  if (words.length > 0) throw typed.refusal(`it takes one cluster, not ${words.join(" ")} too`);
  const { purge = false } = typed.options;
  const folder = pilotKeysOf(cluster).journal.replace(/[^/]+$/, "");
  if ((await firstLook(identity, () => store.list(folder))).length === 0)
    return `Nothing of ${cluster} is kept in ${store.url}.`;
  const { purged } = await release(
    { store, cluster, operation: "forget", purge },
    (journal) => {
      refuseOpen(store, cluster, journal, "be forgotten");
    },
    shell,
  );
  return [
    `Cluster ${cluster} is released to plain kOps, and runs on.`,
    purge
      ? `Its history is removed, and its archive: ${purged} objects.`
      : `Its archive and its history stay in ${store.url}/${ownFolder}${cluster}/ (--purge removes them).`,
    "To adopt it again later: set `adopt: true` on it.",
  ].join("\n");
}
