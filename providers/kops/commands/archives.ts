import { listArchives, removeExpired } from "../delete/deletion-archive.ts";
import type { Archive } from "../delete/deletion-archive.ts";
import { ConfigError } from "../errors.ts";
import type { ObjectStore } from "../store/store.ts";

const usage = "npm run kops:archive -- s3://store [--purge-expired]";

function lineOf(store: ObjectStore, { folder, contents: { cluster, made, until, objects }, expired }: Archive): string {
  return `${cluster}: deleted ${made}, kept until ${until}${expired ? " (expired)" : ""}, ${objects.length} objects in ${store.url}/${folder}`;
}

/** Lists the archives of deleted clusters in a store; with `--purge-expired` removes those whose time is over. */
export async function archives(argv: readonly string[], now: Date, open: (url: string) => ObjectStore): Promise<string> {
  const [url, ...words] = argv;
  if (url === undefined || !url.startsWith("s3://") || words.some((word) => word !== "--purge-expired")) {
    throw new ConfigError({ what: "The command was not understood", why: "it needs the state store as s3://bucket or s3://bucket/prefix", next: usage });
  }
  const store = open(url);
  if (words.length > 0) {
    const removed = await removeExpired(store, now);
    return removed.length === 0 ? "No archive has expired." : ["Removed:", ...removed.map((one) => lineOf(store, one))].join("\n");
  }
  const found = await listArchives(store, now);
  return found.length === 0 ? `There is no archive of a deleted cluster in ${url}.` : found.map((one) => lineOf(store, one)).join("\n");
}
