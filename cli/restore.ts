import { LockedError } from "../providers/kops/model/errors.ts";
import { additionalIn } from "../providers/kops/model/additional-objects.ts";
import { additionalLines } from "../providers/kops/plan/facts/additional-objects.ts";
import { differencesOf } from "../providers/kops/plan/facts/manifest-differences.ts";
import { specIn } from "../providers/kops/model/spec.ts";
import { snapshotManifests, listSnapshots, manifestsIn } from "../providers/kops/store/archive.ts";
import { kopsKeysOf, pilotKeysOf } from "../providers/kops/store/keys.ts";
import { manifestEtags } from "../providers/kops/store/manifests.ts";
import { listBackups } from "../providers/kops/delete/backup.ts";
import { ConflictError } from "../providers/kops/store/object-store.ts";
import type { ObjectStore, StoredObject } from "../providers/kops/store/object-store.ts";
import { firstLook, lockForCommand, readTarget, refuseAbsent, shellOf } from "./cluster-command.ts";
import { backupNamed, othersIn, snapshotNamed } from "./restorable.ts";
import type { Restorable } from "./restorable.ts";
import type { StoreTyped } from "./given-identity.ts";
import type { Shell } from "./base/shell.ts";

/** One manifest, live and in the snapshot. */
interface Change {
  key: string;
  live: StoredObject | undefined;
  body: string;
  /** Lines `path: live -> snapshot`; none when only the YAML form differs. */
  lines: string[];
}

async function changesTo(store: ObjectStore, cluster: string, source: Restorable): Promise<Change[]> {
  const gone = (await othersIn(store, source)).gone.map(({ key, body }) => ({
    ...{ key, live: undefined, body },
    lines: [`${key}: nothing -> as it was`],
  }));
  return [...(await manifestChangesTo(store, cluster, source.text)), ...gone];
}

async function manifestChangesTo(store: ObjectStore, cluster: string, text: string): Promise<Change[]> {
  const keys = kopsKeysOf(cluster);
  const pathOf = (key: string): string =>
    key === keys.config
      ? "cluster"
      : key === keys.additional
        ? "additionalObjects"
        : `instanceGroups.${key.slice(keys.instanceGroups.length)}`;
  const linesOf = (key: string, before: string, after: string): string[] =>
    key === keys.additional
      ? additionalLines(additionalIn(before), additionalIn(after)).map((line) => `additional object ${line}`)
      : differencesOf(specIn(before), specIn(after), pathOf(key));
  const all = await Promise.all(
    [...manifestsIn(text, cluster)].map(async ([key, body]): Promise<Change> => {
      const live = await store.get(key);
      return {
        key,
        live,
        body,
        lines: live ? linesOf(key, live.body, body) : [`${pathOf(key)}: nothing -> as it was`],
      };
    }),
  );
  return all.filter(({ live, body }) => live?.body !== body);
}

/** Groups made after the snapshot stay: their nodes may be running, and only an `up` drains them. */
async function groupsSince(store: ObjectStore, cluster: string, text: string): Promise<string[]> {
  const then = manifestsIn(text, cluster);
  const { instanceGroups } = kopsKeysOf(cluster);
  return (await store.list(instanceGroups))
    .map(({ key }) => key)
    .filter((key) => !then.has(key))
    .map((key) => key.slice(instanceGroups.length));
}

/** What stays although it is not as in the source: later groups, and keys, which a rotation may have changed. */
async function keptLines(store: ObjectStore, cluster: string, source: Restorable): Promise<string[]> {
  const [since, { differ }] = await Promise.all([groupsSince(store, cluster, source.text), othersIn(store, source)]);
  return [
    ...since.map((group) => `  instanceGroups.${group}: came later, stays`),
    ...differ.map((key) => `  ${key}: differs, stays`),
  ];
}

function linesOf(changes: readonly Change[], kept: readonly string[]): string[] {
  return [
    ...changes
      .flatMap(({ lines, key }) => (lines.length > 0 ? lines : [`${key}: the same, written in another form`]))
      .map((line) => `  ${line}`),
    ...kept,
  ];
}

/** Writes each manifest on condition that nobody has changed it since it was read. */
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
 * Lists the snapshots of a cluster's manifests. With the name of one it shows where the live manifests differ from it.
 * With `--yes` it writes them back, under the cluster's lock, and keeps the live ones in a snapshot of their own first.
 * It does not change the cloud: the next `pulumi up` does.
 */
export async function restoreManifests(
  typed: StoreTyped<never, "yes" | "json">,
  given: Partial<Shell>,
): Promise<string> {
  const shell = shellOf(typed, given);
  const target = await readTarget(typed, shell);
  const { store, cluster, words: names, repeated, given: identity } = target;
  const { yes, json } = typed.options;
  if (yes && json) throw typed.refusal("--json shows what would be written: it goes without --yes");
  if (names.length > 1) throw typed.refusal(`it takes one snapshot, not ${names.join(", ")}`);
  const [name] = names;
  const backup = name === undefined ? undefined : await firstLook(identity, () => backupNamed(store, cluster, name));
  // A backup also brings back a cluster whose folder is gone from the store.
  if (backup === undefined) await refuseAbsent(target);
  if (name === undefined) {
    if (yes) throw typed.refusal("--yes needs the name of a snapshot");
    const [snapshots, backups] = await Promise.all([listSnapshots(store, cluster), listBackups(store, cluster)]);
    if (json)
      return JSON.stringify(
        [
          ...snapshots.map((one) => ({ name: one.name, url: `${store.url}/${one.key}` })),
          ...backups.map((one) => ({ name: one, url: `${store.url}/${pilotKeysOf(cluster).archive}/${one}/` })),
        ],
        null,
        2,
      );
    return snapshots.length + backups.length === 0
      ? `There is no snapshot of ${cluster} yet: they are made before each change.`
      : [...snapshots.map((one) => one.name), ...backups, `Next: ${typed.usage}`].join("\n");
  }
  const snapshot = backup ?? (await snapshotNamed(store, cluster, name, typed.usage));

  if (!yes) {
    const changes = await changesTo(store, cluster, snapshot);
    if (json)
      return JSON.stringify(
        {
          ...{ cluster, snapshot: snapshot.name },
          changes: changes.map(({ key, lines }) => ({ key, differences: lines })),
          groupsAddedSince: await groupsSince(store, cluster, snapshot.text),
          keysThatDiffer: (await othersIn(store, snapshot)).differ,
        },
        null,
        2,
      );
    const lines = linesOf(changes, await keptLines(store, cluster, snapshot));
    if (changes.length === 0) return [`The manifests of ${cluster} are as in ${snapshot.name}.`, ...lines].join("\n");
    return [
      `From the live manifests of ${cluster} to those of ${snapshot.name}:`,
      ...lines,
      `Next: npx pilot restore ${store.url} ${cluster} ${snapshot.name} --yes${repeated}`,
    ].join("\n");
  }

  const lock = await lockForCommand(store, cluster, "restore", shell);
  try {
    const changes = await changesTo(store, cluster, snapshot);
    const lines = linesOf(changes, await keptLines(store, cluster, snapshot));
    if (changes.length === 0)
      return [`The manifests of ${cluster} are as in ${snapshot.name}: nothing was written.`, ...lines].join("\n");
    const live = Object.keys(await manifestEtags(store, cluster));
    const kept = live.length === 0 ? undefined : await snapshotManifests(store, cluster, live, shell.now);
    lock.assertHeld();
    await write(store, cluster, changes);
    return [
      `The manifests of ${cluster} are those of ${snapshot.name} again:`,
      ...lines,
      ...(kept === undefined ? [] : [`As they were before: ${store.url}/${kept}`]),
      "The cloud was not touched. Next: `pulumi preview --refresh` shows where the stack's files differ; change " +
        "the files to keep what was restored, then `pulumi up --refresh`.",
    ].join("\n");
  } finally {
    await lock.release();
  }
}
