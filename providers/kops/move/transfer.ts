import { ConfigError, KopsError, LockedError } from "../model/errors.ts";
import { canonicalJson } from "../model/spec.ts";
import { step } from "../runtime/long-work.ts";
import type { Detail } from "../runtime/long-work.ts";
import { forEachParallel } from "../runtime/wait.ts";
import type { Progress } from "../runtime/progress.ts";
import { findJournal, journalText, readJournal } from "../store/journal.ts";
import { kopsKeysOf, pilotKeysOf } from "../store/keys.ts";
import { manifestEtags } from "../store/manifests.ts";
import { arrivedKey, movedKey } from "../store/moved.ts";
import type { Arrived, Moved } from "../store/moved.ts";
import type { MovableStore, Entry } from "./movable-store.ts";
import { movedJournal, movedManifest } from "./moved-texts.ts";
import type { MovePlan } from "./plan-move.ts";
import { shortened } from "../model/shortened.ts";

/** Number of objects to copy or compare at the same time. */
const parallel = 16;

export interface Transfer {
  from: MovableStore;
  to: MovableStore;
  plan: MovePlan;
  now: Date;
  progress: Progress;
  /** Throws when the lock of one of the clusters is lost. */
  assertLocks: () => void;
}

/** Objects with another text in the new store: the manifest, which names its own place, and the journal. */
function rewritten(plan: MovePlan): ReadonlySet<string> {
  return new Set(plan.clusters.flatMap(({ name }) => [kopsKeysOf(name).config, pilotKeysOf(name).journal]));
}

/** Whether an etcd-manager may write or remove the object meanwhile. */
function isVolatile({ backups }: MovePlan, key: string): boolean {
  return backups.some((prefix) => key.startsWith(prefix));
}

async function copyAll(
  { from, to, plan, assertLocks }: Transfer,
  entries: readonly Entry[],
  detail: Detail,
): Promise<void> {
  const own = rewritten(plan);
  let done = 0;
  await forEachParallel(entries, parallel, async ({ key }) => {
    assertLocks();
    if (own.has(key)) return;
    const copied = await from.copyTo(to, key);
    if (!copied && !isVolatile(plan, key)) throw changed(from, [key]);
    detail(`${(done += 1)} of ${entries.length}`);
  });
}

function changed({ url }: MovableStore, keys: readonly string[]): LockedError {
  return new LockedError({
    what: `${url} was written to while it was copied`,
    why: `changed, added or removed: ${shortened(keys, 10).join(", ")}; plain kOps takes no lock`,
    next:
      "wait until nobody works on these clusters, and run the same command again: it copies what is missing, and " +
      "nothing has moved",
  });
}

/** Objects of the move that differ from the first listing. */
function differences(before: readonly Entry[], now: readonly Entry[], moves: (key: string) => boolean): Entry[] {
  const then = new Map(before.map((entry) => [entry.key, entry]));
  const there = new Map(now.map((entry) => [entry.key, entry]));
  const found: Entry[] = [];
  for (const entry of now) if (moves(entry.key) && then.get(entry.key)?.etag !== entry.etag) found.push(entry);
  for (const entry of before) if (moves(entry.key) && !there.has(entry.key)) found.push(entry);
  return found;
}

/**
 * Verifies that both stores have the same objects. Equal size and ETag mean equal content; if the ETags differ, as with
 * KMS or another part size, it reads and compares both.
 */
async function verify(
  { from, to, plan, assertLocks }: Transfer,
  entries: readonly Entry[],
  detail: Detail,
): Promise<void> {
  const own = rewritten(plan);
  const there = new Map((await to.entries()).map((entry) => [entry.key, entry]));
  const wrong: string[] = [];
  let done = 0;
  await forEachParallel(entries, parallel, async ({ key, etag, size }) => {
    assertLocks();
    detail(`${(done += 1)} of ${entries.length}`);
    if (own.has(key)) return;
    const copy = there.get(key);
    if (copy?.size === size && copy.etag === etag) return;
    const [before, after] =
      copy?.size === size
        ? await Promise.all([from.sha256(key), to.sha256(key)])
        : [undefined, "absent or of another size"];
    if (before === after) return;
    // An etcd-manager has removed or changed it meanwhile.
    if (isVolatile(plan, key) && ((await from.sha256(key)) === undefined || copy !== undefined)) return;
    wrong.push(key);
  });
  if (wrong.length === 0) return;
  throw new KopsError({
    what: `${wrong.length} objects are not in ${to.url} as they are in ${from.url}`,
    why: wrong.slice(0, 10).join(", "),
    next: "run the same command again: it copies them again; nothing has moved",
  });
}

/** Writes the manifest and then the journal of one cluster, and verifies both. */
async function writeRewritten({ from, to, now, assertLocks }: Transfer, cluster: string): Promise<void> {
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
      what: `The manifest or journal of ${cluster} in ${to.url} is not the one that was just written`,
      why: "somebody else writes to that store",
      next: "find out who, then run the same command again: nothing has moved",
    });
  }
}

/** Notes in the old store that its clusters moved. From its note on, no run works on a cluster there. */
async function noteMoved({ from, to, plan, now, assertLocks }: Transfer, before: Moved | undefined): Promise<void> {
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
 * that they moved, which is all it writes there. The caller holds the locks of all these clusters. The same call with a
 * new plan continues an interrupted one.
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
      next: "resolve these, then run the same command again",
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
  await step(progress, `copying ${plan.copy.length} objects of ${names.length} clusters`, (detail) =>
    copyAll(move, plan.copy, detail),
  );

  const keys = new Set(plan.all.map(({ key }) => key));
  const folders = names
    .flatMap((name) => [`${name}/`, pilotKeysOf(name).journal, `${pilotKeysOf(name).archive}/`])
    .concat(plan.backups);
  const moves = (key: string): boolean => keys.has(key) || folders.some((folder) => key.startsWith(folder));
  const late = differences(plan.all, await from.entries(), moves);
  const steady = late.filter(({ key }) => !isVolatile(plan, key));
  if (steady.length > 0)
    throw changed(
      from,
      steady.map(({ key }) => key),
    );
  await copyAll(move, late, () => undefined);

  const copied = [...plan.all.filter(({ key }) => !late.some((one) => one.key === key)), ...late];
  await step(progress, `comparing ${copied.length} objects`, (detail) => verify(move, copied, detail));
  for (const name of names) await writeRewritten(move, name);
  await noteMoved(move, earlier.moved);
}
