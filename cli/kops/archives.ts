import { listArchives, removeExpired } from "../../providers/kops/delete/deletion-archive.ts";
import type { Archive, PassedOver } from "../../providers/kops/delete/deletion-archive.ts";
import { ConfigError, KopsError } from "../../providers/kops/model/errors.ts";
import type { ObjectStore } from "../../providers/kops/store/object-store.ts";
import { firstLook } from "./cluster-command.ts";
import type { Open } from "./cluster-command.ts";
import { identityUsage, takeIdentity } from "./given-identity.ts";

const usage = "npm run kops:archive -- s3://store [--purge-expired]";

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
 * Lists the archives of deleted clusters in a store; with `--purge-expired` removes those whose time is over. Those
 * that cannot be read, as other accounts' and other versions', are named and left.
 */
export async function archives(argv: readonly string[], now: Date, open: Open): Promise<string> {
  const {
    words: [url, ...words],
    given,
  } = takeIdentity(argv, usage);
  if (url === undefined || !url.startsWith("s3://") || words.some((word) => word !== "--purge-expired")) {
    throw new ConfigError({
      what: "The command was not understood",
      why: "it needs the state store as s3://bucket or s3://bucket/prefix",
      next: `${usage} ${identityUsage}`,
    });
  }
  const store = open(url, given ?? {});
  if (words.length > 0) {
    const { removed, failed, unreadable } = await firstLook(given, () => removeExpired(store, now));
    if (failed.length > 0) {
      throw new KopsError({
        what: `${failed.length} archives whose time is over could not be removed from ${url}`,
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
  const lines = [...found.map((one) => lineOf(store, one)), ...unreadableLines(store, unreadable)];
  return lines.length === 0 ? `There is no archive of a deleted cluster in ${url}.` : lines.join("\n");
}
