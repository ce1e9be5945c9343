import { ConfigError } from "../providers/kops/model/errors.ts";
import { makeBucketLike } from "../providers/kops/move/make-bucket.ts";
import { openMovable } from "../providers/kops/move/movable-store.ts";
import type { Entry, MovableStore } from "../providers/kops/move/movable-store.ts";
import { clustersIn, planMove } from "../providers/kops/move/plan-move.ts";
import type { MoveFacts, MovePlan, MovingCluster } from "../providers/kops/move/plan-move.ts";
import { transfer } from "../providers/kops/move/transfer.ts";
import { withdraw } from "../providers/kops/move/withdraw-move.ts";
import { readJournal } from "../providers/kops/store/journal.ts";
import type { Lock } from "../providers/kops/store/lock.ts";
import { liveClusterSpec } from "../providers/kops/store/manifests.ts";
import { moveCommand, readArrived, readMoved } from "../providers/kops/store/moved.ts";
import type { Moved } from "../providers/kops/store/moved.ts";
import { ownFolder, pilotKeysOf } from "../providers/kops/store/keys.ts";
import { parseStoreUrl } from "../providers/kops/store/object-store.ts";
import { firstLook, identityHere, progressHere, shellOf, takeLock } from "./cluster-command.ts";
import { readIdentity } from "./given-identity.ts";
import type { StoreTyped } from "./given-identity.ts";
import type { GivenIdentity, Locking, Shell } from "./base/shell.ts";

interface Stores {
  from: MovableStore;
  to: MovableStore;
}

async function look({ from, to }: Stores, heldByUs: boolean): Promise<MoveFacts> {
  const [old, settings, own, moved] = await Promise.all([
    from.entries(),
    to.settings(),
    from.settings(),
    readMoved(from),
  ]);
  const [fresh, arrived, freshMoved] = settings
    ? await Promise.all([to.entries(), readArrived(to), readMoved(to)])
    : [[], undefined, undefined];
  const clusters = new Map<string, MovingCluster>();
  for (const name of clustersIn(old)) {
    const [spec, journal, journalThere] = await Promise.all([
      liveClusterSpec(from, name),
      readJournal(from, name),
      settings ? readJournal(to, name) : undefined,
    ]);
    const locked = !heldByUs && old.some(({ key }) => key === pilotKeysOf(name).lock);
    clusters.set(name, { spec: spec ?? {}, journal, arrived: journalThere, locked });
  }
  return {
    from: from.url,
    to: to.url,
    old,
    fresh,
    clusters,
    moved,
    arrived,
    freshMoved: freshMoved !== undefined,
    settings,
    policyId: own?.policyId,
  };
}

function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const units = ["KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(Math.floor(Math.log2(bytes) / 10), units.length);
  return `${(bytes / 1024 ** power).toFixed(1)} ${units[power - 1] ?? ""}`;
}

const shownKeys = 5;

function planText({ from, to }: Stores, { clusters, archived, done, all, copy, remove, left }: MovePlan): string[] {
  const bytes = (entries: readonly Entry[]): number => entries.reduce((sum, { size }) => sum + size, 0);
  return [
    `From ${from.url} to ${to.url}:`,
    ...clusters.map(({ name, objects, bytes: size }) => `  ${name}: ${objects} objects, ${sizeText(size)}`),
    ...archived.map((name) => `  ${name}: archive of a deleted cluster`),
    ...done.map((name) => `  ${name}: moved already`),
    `  in all ${all.length} objects, ${sizeText(bytes(all))}; to be copied: ${copy.length}, ${sizeText(bytes(copy))}`,
    ...(remove.length === 0
      ? []
      : [
          `  ${remove.length} objects of an earlier copy that are not in ${from.url} any more are removed from ` +
            to.url,
        ]),
    ...(left.length === 0
      ? []
      : [
          "  stay, of no cluster: " +
            left.slice(0, shownKeys).join(", ") +
            (left.length > shownKeys ? ` and ${left.length - shownKeys} more` : ""),
        ]),
  ];
}

function doneText({ from, to }: Stores, { clusters, at }: Moved): string[] {
  return [
    `The clusters of ${from.url} moved to ${to.url} at ${at}: ${clusters.join(", ")}.`,
    `Next: set pilot:stateStore.stateBucket: ${parseStoreUrl(to.url).bucket} and run \`pulumi preview\`, then ` +
      `\`pulumi up\`: control planes roll. Stacks of clusters in this store follow with an \`up\` of their own.`,
    `${from.url} stays as it is. To withdraw the move before any \`up\`: ${moveCommand(from.url, to.url)} --undo`,
  ];
}

/** Runs something under the locks of several clusters. */
async function underLocks<T>(
  stores: readonly { store: MovableStore; names: readonly string[] }[],
  locking: Locking,
  work: (assertLocks: () => void) => Promise<T>,
): Promise<T> {
  const locks: Lock[] = [];
  try {
    for (const { store, names } of stores)
      for (const name of names) locks.push(await takeLock(store, name, "move-store", locking));
    return await work(() => {
      for (const lock of locks) lock.assertHeld();
    });
  } finally {
    for (const lock of locks) await lock.release();
  }
}

async function applyMove(
  stores: Stores,
  given: GivenIdentity | undefined,
  locking: Locking & Pick<Shell, "now">,
): Promise<string> {
  const { from, to } = stores;
  const first = planMove(await firstLook(given, () => look(stores, false)));
  if (first.blockers.length > 0) throw stopped(stores, first.blockers);
  const names = first.clusters.map(({ name }) => name);
  return await underLocks([{ store: from, names }], locking, async (assertLocks) => {
    const facts = await look(stores, true);
    const plan = planMove(facts);
    if (plan.blockers.length > 0) throw stopped(stores, plan.blockers);
    const added = plan.clusters.filter(({ name }) => !names.includes(name));
    if (added.length > 0)
      throw stopped(stores, [`made while this command began: ${added.map(({ name }) => name).join(", ")}`]);
    if (plan.clusters.length > 0 || facts.moved === undefined)
      await transfer({ from, to, plan, now: locking.now, progress: locking.progress, assertLocks }, facts);
    const moved = await readMoved(from);
    return [...planText(stores, plan), ...(moved ? doneText(stores, moved) : [])].join("\n");
  });
}

function stopped({ from, to }: Stores, blockers: readonly string[]): ConfigError {
  return new ConfigError({
    what: `${from.url} cannot be moved to ${to.url} now`,
    why: blockers.join("\n  "),
    next: "see to these, then run the same command again; nothing was copied",
  });
}

async function undoMove(
  stores: Stores,
  given: GivenIdentity | undefined,
  locking: Locking & Pick<Shell, "now">,
): Promise<string> {
  const { from, to } = stores;
  const [moved, old] = await firstLook(given, () => Promise.all([readMoved(from), from.entries()]));
  const noted = old.flatMap(({ key }) => new RegExp(`^${ownFolder}([^/]+)/moved\\.json$`).exec(key)?.[1] ?? []);
  const names = [...new Set([...(moved?.clusters ?? []), ...noted])].sort();
  if (names.length === 0) return `No cluster moved out of ${from.url}.`;
  return await underLocks(
    [
      { store: from, names },
      { store: to, names },
    ],
    locking,
    async () => {
      await withdraw(from, to, { to: moved?.to ?? to.url, clusters: names });
      return [
        `The move is withdrawn: ${names.join(", ")} are at home in ${from.url}, as they were.`,
        `The copies in ${to.url} stay; no run works on them, and a later move writes over them.`,
        `Next: leave pilot:stateStore.stateBucket as it was (${parseStoreUrl(from.url).bucket}).`,
      ].join("\n");
    },
  );
}

/**
 * Moves all clusters of a state store to another one. Shows what would be copied and what stops it. With `--apply` it
 * copies and verifies under the locks of all clusters, and notes the move in the old store. `--undo` withdraws the
 * move. The clusters follow with the next `pulumi up` that names the new store. The old store keeps every object.
 */
export async function moveStore(
  typed: StoreTyped<never, "apply" | "create" | "undo">,
  surroundings: Partial<Shell>,
): Promise<string> {
  const shell = shellOf(typed, { progress: progressHere("move"), ...surroundings });
  const open = surroundings.openMovable ?? (async (url, as) => openMovable(url, await identityHere(as)));
  const makeBucket =
    surroundings.makeBucket ?? (async (old, fresh, as) => makeBucketLike(old, fresh, await identityHere(as)));
  const { given, repeated } = readIdentity(typed);
  const [from, to, ...more] = typed.args;
  const { apply, create, undo } = typed.options;
  if (from?.startsWith("s3://") !== true || to?.startsWith("s3://") !== true || more.length > 0)
    throw typed.refusal("it needs the old and the new store, each as s3://bucket or s3://bucket/prefix");
  if (undo && (apply || create)) throw typed.refusal("--undo goes with nothing else");
  if (create && !apply) throw typed.refusal("--create goes with --apply");
  const stores = {
    from: await open(from.replace(/\/+$/, ""), given ?? {}),
    to: await open(to.replace(/\/+$/, ""), given ?? {}),
  };
  if (undo) return await undoMove(stores, given, shell);
  if (!apply) {
    const facts = await firstLook(given, () => look(stores, false));
    const plan = planMove(facts);
    const stops = [...plan.blockers, ...plan.locked.map((name) => `${name} is locked: a run works on it, or died`)];
    if (stops.length > 0)
      return [...planText(stores, plan), "What stops it:", ...stops.map((one) => `  ${one}`)].join("\n");
    if (facts.moved && plan.clusters.length === 0) return doneText(stores, facts.moved).join("\n");
    return [...planText(stores, plan), "Nothing stops it.", `Next: ${moveCommand(from, to)} --apply${repeated}`].join(
      "\n",
    );
  }
  // A bucket with an object keeps its settings: they belong to somebody.
  if (create && ((await stores.to.settings()) === undefined || (await stores.to.entries()).length === 0)) {
    shell.progress.say(`making the bucket ${parseStoreUrl(to).bucket} as ${parseStoreUrl(from).bucket} is`);
    await makeBucket(stores.from.url, stores.to.url, given ?? {});
  }
  return await applyMove(stores, given, shell);
}
