import { ConfigError, KopsError, LockedError } from "../model/errors.ts";
import { canonicalJson } from "../model/spec.ts";
import type { Progress } from "../runtime/progress.ts";
import { findJournal, journalText, readJournal } from "../store/journal.ts";
import { manifestEtags } from "../store/manifests.ts";
import { arrivedKey, movedKey } from "../store/moved.ts";
import type { Arrived, Moved } from "../store/moved.ts";
import { kopsKeysOf, pilotKeysOf } from "../store/keys.ts";
import type { MovableStore, Entry } from "./movable-store.ts";
import { movedJournal, movedManifest } from "./moved-texts.ts";
import type { MovePlan } from "./plan-move.ts";
import { forEachParallel } from "../runtime/wait.ts";

/** How many objects are copied, or compared, at a time. */
const parallel = 16;

/** After how many objects a line says how far it is. */
const sayEvery = 500;

export interface Transfer {
  from: MovableStore;
  to: MovableStore;
  plan: MovePlan;
  now: Date;
  progress: Progress;
  /** Throws when one of the clusters' locks was lost. */
  assertLocks: () => void;
}

/** Objects whose text is another in the new store: the manifest, which names its own place, and the journal. */
function written(plan: MovePlan): ReadonlySet<string> {
  return new Set(plan.clusters.flatMap(({ name }) => [kopsKeysOf(name).config, pilotKeysOf(name).journal]));
}

/** Whether an etcd-manager may write or clear away the object meanwhile. */
function isVolatile({ backups }: MovePlan, key: string): boolean {
  return backups.some((prefix) => key.startsWith(prefix));
}

async function copyAll({ from, to, plan, progress, assertLocks }: Transfer, entries: readonly Entry[]): Promise<void> {
  const own = written(plan);
  let done = 0;
  await forEachParallel(entries, parallel, async ({ key }) => {
    assertLocks();
    if (own.has(key)) return;
    const copied = await from.copyTo(to, key);
    if (!copied && !isVolatile(plan, key)) throw changed(from, [key]);
    done += 1;
    if (done % sayEvery === 0) progress.say(`copied ${done} of ${entries.length} objects`);
  });
}

function changed({ url }: MovableStore, keys: readonly string[]): LockedError {
  return new LockedError({
    what: `${url} was written to while it was copied`,
    why:
      "changed, added or removed: " +
      `${keys.slice(0, 10).join(", ")}${keys.length > 10 ? ` and ${keys.length - 10} more` : ""}; plain kOps ` +
      "takes no lock",
    next:
      "wait until nobody works on these clusters, and run the same command again: it copies what is missing, and " +
      "nothing has moved",
  });
}

/** Keys of the move that are not as they were listed first. */
function differences(before: readonly Entry[], now: readonly Entry[], belongs: (key: string) => boolean): Entry[] {
  const then = new Map(before.map((entry) => [entry.key, entry]));
  const there = new Map(now.map((entry) => [entry.key, entry]));
  const found: Entry[] = [];
  for (const entry of now) if (belongs(entry.key) && then.get(entry.key)?.etag !== entry.etag) found.push(entry);
  for (const entry of before) if (belongs(entry.key) && !there.has(entry.key)) found.push(entry);
  return found;
}

/**
 * That every object of the move is in the new store as it is in the old one. Equal size and ETag are equal content;
 * where the ETags differ, as they do with KMS or another part size, both are read and compared.
 */
async function verify({ from, to, plan, assertLocks }: Transfer, entries: readonly Entry[]): Promise<void> {
  const own = written(plan);
  const there = new Map((await to.entries()).map((entry) => [entry.key, entry]));
  const wrong: string[] = [];
  await forEachParallel(entries, parallel, async ({ key, etag, size }) => {
    assertLocks();
    if (own.has(key)) return;
    const copy = there.get(key);
    if (copy?.size === size && copy.etag === etag) return;
    const [before, after] =
      copy?.size === size
        ? await Promise.all([from.sha256(key), to.sha256(key)])
        : [undefined, "absent or of another size"];
    if (before === after) return;
    // Cleared away, or written on, by an etcd-manager meanwhile.
    if (isVolatile(plan, key) && ((await from.sha256(key)) === undefined || copy !== undefined)) return;
    wrong.push(key);
  });
  if (wrong.length === 0) return;
  throw new KopsError({
    what: `${wrong.length} objects are not in ${to.url} as they are in ${from.url}`,
    why: wrong.slice(0, 10).join(", "),
    next: "run the same command again: it copies them anew, and nothing has moved",
  });
}

/** Writes the manifest, and then the journal, of one cluster, and looks at what it wrote. */
async function writeOwn({ from, to, now, assertLocks }: Transfer, cluster: string): Promise<void> {
  const { config } = kopsKeysOf(cluster);
  const manifest = await from.get(config);
  const found = await findJournal(from, cluster);
  if (!manifest || !found) throw changed(from, [manifest ? pilotKeysOf(cluster).journal : config]);
  const text = movedManifest(manifest.body, from.url, to.url);
  assertLocks();
  if ((await to.get(config))?.body !== text) await to.put(config, text);
  const oldEtags = await manifestEtags(from, cluster);
  if (oldEtags[config] !== manifest.etag) throw changed(from, [config]);
  const newEtags = await manifestEtags(to, cluster);
  const journal = movedJournal(found.journal, { from: from.url, to: to.url, at: now, oldEtags, newEtags });
  await to.put(pilotKeysOf(cluster).journal, journalText(journal));
  if (
    (await to.get(config))?.body !== text ||
    canonicalJson(await readJournal(to, cluster)) !== canonicalJson(journal)
  ) {
    throw new KopsError({
      what: `What was written of ${cluster} to ${to.url} is not what is read there`,
      why: "somebody else writes to it",
      next: "find out who, then run the same command again: nothing has moved",
    });
  }
}

/**
 * The notes in the old store by which it says that its clusters moved: from the first on, runs on that cluster are
 * refused there.
 */
async function note({ from, to, plan, now, assertLocks }: Transfer, before: Moved | undefined): Promise<void> {
  const names = plan.clusters.map(({ name }) => name);
  const moved: Moved = {
    version: 1,
    to: to.url,
    clusters: [...new Set([...(before?.clusters ?? []), ...plan.done, ...names])].sort(),
    at: now.toISOString(),
  };
  for (const name of names) {
    const { movedFrom } = (await readJournal(to, name)) ?? {};
    const etags = await manifestEtags(from, name);
    const keys = [...new Set([...Object.keys(etags), ...Object.keys(movedFrom?.etags ?? {})])].filter(
      (key) => etags[key] !== movedFrom?.etags[key],
    );
    if (keys.length > 0) throw changed(from, keys);
    assertLocks();
    await from.put(pilotKeysOf(name).moved, JSON.stringify({ ...moved, clusters: [name] }, null, 2));
  }
  await from.put(movedKey, JSON.stringify(moved, null, 2));
}

/**
 * Copies the clusters of a plan from one store to another, verifies every object, and only then notes in the old store
 * that they moved. Writes nothing else there. To be called under the locks of all of these clusters; interrupted
 * anywhere, it is continued by the same call on a new plan.
 */
export async function transfer(
  move: Transfer,
  earlier: { moved: Moved | undefined; arrived: Arrived | undefined },
): Promise<void> {
  const { from, to, plan, now, progress } = move;
  if (plan.blockers.length > 0)
    throw new ConfigError({
      what: `${from.url} cannot be moved to ${to.url}`,
      why: plan.blockers.join("\n  "),
      next: "see to these, then run the same command again",
    });
  const names = plan.clusters.map(({ name }) => name);
  const arrived: Arrived = {
    version: 1,
    from: from.url,
    clusters: [...new Set([...(earlier.arrived?.clusters ?? []), ...names])].sort(),
    at: now.toISOString(),
  };
  await to.put(arrivedKey, JSON.stringify(arrived, null, 2));
  for (const key of plan.remove) await to.delete(key);
  progress.say(`copying ${plan.copy.length} objects of ${names.length} clusters`);
  await copyAll(move, plan.copy);

  const keys = new Set(plan.all.map(({ key }) => key));
  const folders = names
    .flatMap((name) => [`${name}/`, pilotKeysOf(name).journal, `${pilotKeysOf(name).archive}/`])
    .concat(plan.backups);
  const belongs = (key: string): boolean => keys.has(key) || folders.some((folder) => key.startsWith(folder));
  const late = differences(plan.all, await from.entries(), belongs);
  const steady = late.filter(({ key }) => !isVolatile(plan, key));
  if (steady.length > 0)
    throw changed(
      from,
      steady.map(({ key }) => key),
    );
  await copyAll(move, late);

  progress.say(`comparing ${plan.all.length} objects`);
  await verify(move, [...plan.all.filter(({ key }) => !late.some((one) => one.key === key)), ...late]);
  for (const name of names) await writeOwn(move, name);
  await note(move, earlier.moved);
}
