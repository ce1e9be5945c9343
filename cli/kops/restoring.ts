import { ConfigError, LockedError } from "../../providers/kops/model/errors.ts";
import { differencesOf } from "../../providers/kops/plan/facts/manifest-differences.ts";
import { specIn } from "../../providers/kops/model/spec.ts";
import { keepManifests } from "../../providers/kops/store/archive.ts";
import { kopsKeysOf } from "../../providers/kops/store/places.ts";
import { listSnapshots, manifestsIn } from "../../providers/kops/store/snapshots.ts";
import type { Snapshot } from "../../providers/kops/store/snapshots.ts";
import { ConflictError } from "../../providers/kops/store/store.ts";
import type { ObjectStore, StoredObject } from "../../providers/kops/store/store.ts";
import { clusterCommand, lockForCommand } from "./cluster-command.ts";
import type { Locking, Open } from "./cluster-command.ts";

const usage = "npm run kops:restore -- s3://store cluster [snapshot | latest] [--yes]";

export interface Restoring extends Locking {
  now: Date;
  open: Open;
}

/** One manifest, as it is and as it was. */
interface Change {
  key: string;
  live: StoredObject | undefined;
  body: string;
  /** Lines `path: live -> snapshot`; none when nothing but its form differs. */
  lines: string[];
}

async function changesTo(store: ObjectStore, cluster: string, text: string): Promise<Change[]> {
  const keys = kopsKeysOf(cluster);
  const pathOf = (key: string): string =>
    key === keys.config ? "cluster" : `instanceGroups.${key.slice(keys.instanceGroups.length)}`;
  const all = await Promise.all(
    [...manifestsIn(text, cluster)].map(async ([key, body]): Promise<Change> => {
      const live = await store.get(key);
      return {
        key,
        live,
        body,
        lines: live
          ? differencesOf(specIn(live.body), specIn(body), pathOf(key))
          : [`${pathOf(key)}: nothing -> as it was`],
      };
    }),
  );
  return all.filter(({ live, body }) => live?.body !== body);
}

/** Groups that came after the snapshot stay: their nodes may be running, and only an `up` drains them. */
async function groupsSince(store: ObjectStore, cluster: string, text: string): Promise<string[]> {
  const then = manifestsIn(text, cluster);
  const { instanceGroups } = kopsKeysOf(cluster);
  return (await store.list(instanceGroups))
    .map(({ key }) => key)
    .filter((key) => !then.has(key))
    .map((key) => key.slice(instanceGroups.length));
}

function choose(snapshots: readonly Snapshot[], word: string, cluster: string): Snapshot {
  const chosen = word === "latest" ? snapshots.at(-1) : snapshots.find(({ name }) => name === word);
  if (chosen) return chosen;
  throw new ConfigError({
    what: `There is no snapshot ${word} of ${cluster}`,
    why:
      snapshots.length === 0
        ? "none has been kept yet: they are made before each change"
        : `there are ${snapshots.map(({ name }) => name).join(", ")}`,
    next: usage,
  });
}

function told(changes: readonly Change[], since: readonly string[]): string[] {
  return [
    ...changes
      .flatMap(({ lines, key }) => (lines.length > 0 ? lines : [`${key}: the same, written in another form`]))
      .map((line) => `  ${line}`),
    ...since.map((group) => `  instanceGroups.${group}: came later, stays`),
  ];
}

/** Writes each manifest on condition that it still is what was looked at. */
async function write(store: ObjectStore, cluster: string, changes: readonly Change[]): Promise<void> {
  const written: string[] = [];
  for (const { key, live, body } of changes) {
    try {
      await store.put(key, body, live ? { ifMatch: live.etag } : { ifAbsent: true });
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      throw new LockedError(
        {
          what: `The manifests of cluster ${cluster} were changed by somebody else meanwhile`,
          why:
            `${store.url}/${key} is not what it was a moment ` +
            `ago${written.length > 0 ? `; written back before it: ${written.join(", ")}` : ""}`,
          next: "run the same command again: it shows what differs now",
        },
        error,
      );
    }
    written.push(key);
  }
}

/**
 * Lists the snapshots of a cluster's manifests; with the name of one shows where the live manifests differ from it;
 * with
 * `--yes` writes them back, under the cluster's lock, after the live ones were kept in a snapshot of their own. The
 * cloud is not touched: what it differs in is for the next `pulumi up`.
 */
export async function restoreManifests(argv: readonly string[], { now, open, ...locking }: Restoring): Promise<string> {
  const { store, cluster, words, repeated } = await clusterCommand(argv, usage, open);
  const names = words.filter((word) => word !== "--yes");
  if (names.length > 1)
    throw new ConfigError({
      what: "The command was not understood",
      why: `it takes one snapshot, not ${names.join(", ")}`,
      next: usage,
    });
  const snapshots = await listSnapshots(store, cluster);
  const [name] = names;
  if (name === undefined) {
    if (words.length > 0)
      throw new ConfigError({
        what: "The command was not understood",
        why: "--yes needs the name of a snapshot",
        next: usage,
      });
    return snapshots.length === 0
      ? `There is no snapshot of ${cluster} yet: they are made before each change.`
      : [...snapshots.map((one) => one.name), `Next: ${usage}`].join("\n");
  }
  const snapshot = choose(snapshots, name, cluster);
  const text = (await store.get(snapshot.key))?.body ?? "";

  if (!words.includes("--yes")) {
    const changes = await changesTo(store, cluster, text);
    const lines = told(changes, await groupsSince(store, cluster, text));
    if (changes.length === 0) return [`The manifests of ${cluster} are as in ${snapshot.name}.`, ...lines].join("\n");
    return [
      `From the live manifests of ${cluster} to those of ${snapshot.name}:`,
      ...lines,
      `Next: npm run kops:restore -- ${store.url} ${cluster} ${snapshot.name} --yes${repeated}`,
    ].join("\n");
  }

  const lock = await lockForCommand(store, cluster, "restore", locking);
  try {
    const changes = await changesTo(store, cluster, text);
    const lines = told(changes, await groupsSince(store, cluster, text));
    if (changes.length === 0)
      return [`The manifests of ${cluster} are as in ${snapshot.name}: nothing was written.`, ...lines].join("\n");
    const { config, instanceGroups } = kopsKeysOf(cluster);
    const kept = await keepManifests(
      store,
      cluster,
      [config, ...(await store.list(instanceGroups)).map(({ key }) => key)],
      now,
    );
    lock.assertHeld();
    await write(store, cluster, changes);
    return [
      `The manifests of ${cluster} are those of ${snapshot.name} again:`,
      ...lines,
      `As they were before: ${store.url}/${kept}`,
      "The cloud was not touched. Next: `pulumi preview --refresh` shows where the stack's files ask for " +
        "something else; change the files to keep what was restored, then `pulumi up --refresh`.",
    ].join("\n");
  } finally {
    await lock.release();
  }
}
