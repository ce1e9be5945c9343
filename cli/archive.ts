import { listArchives, removeExpired } from "../providers/kops/delete/deletion-archive.ts";
import type { Archive, PassedOver } from "../providers/kops/delete/deletion-archive.ts";
import { KopsError } from "../providers/kops/model/errors.ts";
import type { ObjectStore } from "../providers/kops/store/object-store.ts";
import { firstLook, openTyped, shellOf } from "./cluster-command.ts";
import type { StoreTyped } from "./given-identity.ts";
import type { Shell } from "./base/shell.ts";

function lineOf(store: ObjectStore, { folder, contents: { cluster, made, until, objects }, expired }: Archive): string {
  return (
    `${cluster}: deleted ${made}, kept until ${until}${expired ? " (expired)" : ""}, ${objects.length} objects in ` +
    `${store.url}/${folder}`
  );
}

function unreadableLines(store: ObjectStore, unreadable: readonly PassedOver[]): string[] {
  return unreadable.map(({ folder, why }) => `cannot be read: ${store.url}/${folder} (${why})`);
}

/**
 * Lists the archives of deleted clusters in a store; with `--purge-expired` removes those that have expired. It names
 * and keeps archives that it cannot read, such as those of other accounts and other versions.
 */
export async function archives(
  typed: StoreTyped<never, "purge-expired" | "json">,
  shell: Partial<Shell>,
): Promise<string> {
  const surroundings = shellOf(typed, shell);
  const { now } = surroundings;
  const { store, url, words, given } = await openTyped(typed, surroundings);
  if (words.length > 0) throw typed.refusal(`it takes a state store, s3://bucket, and not ${words.join(" ")}`);
  const { json, "purge-expired": purge } = typed.options;
  if (json && purge) throw typed.refusal("--json lists archives: it removes none");
  if (purge) {
    const { removed, failed, unreadable } = await firstLook(given, () => removeExpired(store, now));
    if (failed.length > 0) {
      throw new KopsError({
        what: `${failed.length} expired archives could not be removed from ${url}`,
        why: failed.map(({ folder, why }) => `${folder}: ${why}`).join("\n  "),
        next: "run the same command again as somebody who may delete these objects",
      });
    }
    return [
      ...(removed.length === 0
        ? ["No archive has expired."]
        : ["Removed:", ...removed.map((one) => lineOf(store, one))]),
      ...unreadableLines(store, unreadable),
    ].join("\n");
  }
  const { archives: found, unreadable } = await firstLook(given, () => listArchives(store, now));
  if (json)
    return JSON.stringify(
      {
        archives: found.map(({ folder, expired, contents: { cluster, made, until, etcdBackups, objects } }) => ({
          ...{ cluster, made, until, expired, objects: objects.length, etcdBackups, url: `${store.url}/${folder}` },
        })),
        unreadable: unreadable.map(({ folder, why }) => ({ url: `${store.url}/${folder}`, why })),
      },
      null,
      2,
    );
  const lines = [...found.map((one) => lineOf(store, one)), ...unreadableLines(store, unreadable)];
  return lines.length === 0 ? `There is no archive of a deleted cluster in ${url}.` : lines.join("\n");
}
