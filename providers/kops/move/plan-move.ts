import { unfinished } from "../store/journal.ts";
import type { Journal } from "../store/journal.ts";
import { isSameStore, moveCommand, movedKey } from "../store/moved.ts";
import type { Arrived, Moved } from "../store/moved.ts";
import { ownFolder, pilotKeysOf } from "../store/keys.ts";
import { parseStoreUrl } from "../store/object-store.ts";
import type { BucketSettings, Entry } from "./movable-store.ts";
import { placeIn, placesBeside, placesNamed } from "./rebase.ts";

/** S3 copies larger objects only in parts. */
const largestCopy = 5 * 1024 ** 3;

/** A cluster in both stores. */
export interface MovingCluster {
  /** Its spec in the old store. */
  spec: Record<string, unknown>;
  journal: Journal | undefined;
  /** Its journal in the new store. */
  arrived: Journal | undefined;
  /** Whether somebody holds its lock in the old store. */
  locked: boolean;
}

/** The content of both stores. */
export interface MoveFacts {
  from: string;
  to: string;
  old: readonly Entry[];
  fresh: readonly Entry[];
  clusters: ReadonlyMap<string, MovingCluster>;
  /** The note in the old store about clusters that moved out of it. */
  moved: Moved | undefined;
  /** The note in the new store about clusters that moved into it. */
  arrived: Arrived | undefined;
  /** Whether clusters have moved out of the new store. */
  freshMoved: boolean;
  /** Undefined when the bucket does not exist. */
  settings: BucketSettings | undefined;
  /** The `Id` of the old bucket's policy. */
  policyId: string | undefined;
}

export interface MovePlan {
  /** The clusters that move, with the size of each. */
  clusters: { name: string; objects: number; bytes: number }[];
  /** Clusters of which only archives are left: these are copied too. */
  archived: string[];
  /** The clusters that have moved before. */
  done: string[];
  /** All objects of the move. */
  all: Entry[];
  /** The objects that the new store does not have yet. */
  copy: Entry[];
  /** Keys that an earlier copy left in the new store, and that the old one no longer has. */
  remove: string[];
  /** Prefixes of etcd backups: they may change while they are copied. */
  backups: string[];
  /** Keys of no cluster: they stay in the old store. */
  left: string[];
  /** Why the move is refused. */
  blockers: string[];
  /** The locked clusters. Only taking a lock shows whether its run is dead. */
  locked: string[];
}

/** The prefixes of etcd backups of a cluster. The etcd-managers take no lock, and write and remove at any time. */
function backupsOf(name: string, spec: Record<string, unknown>, store: string): string[] {
  const named = placesNamed(spec)
    .filter(({ path }) => path.endsWith(".backupStore"))
    .flatMap(({ place }) => placeIn(place, store, "") ?? []);
  return [`${name}/backups/etcd/`, ...named.map((path) => `${path.replace(/^\/+/, "")}/`)];
}

/** Full names of the clusters in a store: the folders with a manifest, as kOps lists them. */
export function clustersIn(entries: readonly Entry[]): string[] {
  return entries.flatMap(({ key }) => /^(?!_pilot\/)([^/]+)\/config$/.exec(key)?.[1] ?? []).sort();
}

const ownOf = new RegExp(`^${ownFolder}([^/]+)/(.+)$`);

/** The cluster that a key of {@link ownFolder} moves with: all but the lock and the note of the move. */
function movingOwner(key: string): string | undefined {
  const [, cluster = "", rest = ""] = ownOf.exec(key) ?? [];
  return cluster === "" || rest === "lock.json" || rest === "moved.json" ? undefined : cluster;
}

/** Folders of a cluster in its store, with those that its spec names outside its own folder. */
function foldersOf(name: string, spec: Record<string, unknown>, store: string): string[] {
  const named = placesNamed(spec).flatMap(({ place }) => placeIn(place, store, "") ?? []);
  return [`${name}/`, ...named.map((path) => `${path.replace(/^\/+/, "")}/`).filter((folder) => folder !== "/")];
}

/** Whether a move may overwrite the cluster in the new store: it is our copy, and no run has worked on it there. */
function isOurCopy(name: string, { arrived: journal }: MovingCluster, { from, arrived }: MoveFacts): boolean {
  if (arrived === undefined || !isSameStore(arrived.from, from) || !arrived.clusters.includes(name)) return false;
  return journal === undefined || isUntouched(journal, from);
}

/** Whether no run has worked on a cluster since it was copied from a store. */
export function isUntouched(journal: Journal, from: string): boolean {
  const { movedFrom, operation } = journal;
  return (
    movedFrom !== undefined &&
    isSameStore(movedFrom.store, from) &&
    movedFrom.switched === undefined &&
    operation === undefined
  );
}

function bucketBlockers({ from, to, settings, policyId, moved, arrived, freshMoved }: MoveFacts): string[] {
  const { bucket } = parseStoreUrl(to);
  if (parseStoreUrl(from).bucket === bucket)
    return [`both stores are in the bucket ${bucket}: a move is to another bucket`];
  const found: string[] = [];
  if (!settings)
    found.push(
      `the bucket ${bucket} does not exist: make it, private and versioned, or let --create make it like the old one`,
    );
  if (settings?.versioned === false) found.push(`the bucket ${bucket} is not versioned: enable its versioning`);
  if (settings?.private === false)
    found.push(`the bucket ${bucket} may be made public: set all four parts of its public access block`);
  if (settings && policyId?.startsWith("pilot ") === true && settings.policyId !== policyId) {
    found.push(
      `the policy of ${bucket} has not the Id "${policyId}", by which the stack adopts the bucket: give it a policy ` +
        "with that Id, or let --create set up an empty bucket",
    );
  }
  if (moved && !isSameStore(moved.to, to))
    found.push(`clusters of ${from} moved to ${moved.to} at ${moved.at}: move the others there too`);
  if (arrived && !isSameStore(arrived.from, from))
    found.push(`${to} has taken in the clusters of ${arrived.from}: move to another bucket`);
  if (freshMoved)
    found.push(`${to} is a store that clusters moved out of, so its copies are old: move to another bucket`);
  return found;
}

function clusterBlockers(name: string, { journal, spec }: MovingCluster, { from }: MoveFacts): string[] {
  const found: string[] = [];
  const open = unfinished(journal);
  if (!journal)
    found.push(
      `${name} has no journal: plain kOps made it, or it was forgotten; adopt it first, or move it by hand (kOps, ` +
        "docs/state.md)",
    );
  if (open !== undefined) found.push(`${name}: the ${open}; finish it with \`pulumi up\` (or \`pulumi destroy\`)`);
  if (journal?.movedFrom && journal.movedFrom.switched === undefined)
    found.push(
      `${name} came from ${journal.movedFrom.store} and was never applied from here: finish that move with ` +
        "`pulumi up`",
    );
  for (const { path, place } of placesBeside(spec, from))
    found.push(`${name}: ${path} is ${place}, in the bucket but outside ${from}: name the store that holds all of it`);
  return found;
}

/** Stores inside the store, which kOps knows by other URLs. */
function innerStoreBlockers({ from, to, old }: MoveFacts): string[] {
  const keys = new Set(old.map(({ key }) => key));
  const inner = new Set(
    old.flatMap(({ key }) => /^(?!_pilot\/)(.+)\/_pilot\/[^/]+\/journal\.json$/.exec(key)?.[1] ?? []),
  );
  return [...inner]
    .filter((one) => !keys.has(`${one}/${movedKey}`))
    .map(
      (one) =>
        `there is a store of its own in ${from}/${one}: move that first, with ` +
        `\`${moveCommand(`${from}/${one}`, `${to}/${one}`)}\``,
    );
}

/** Whether two objects are the same by their listings. */
function isSame(one: Entry | undefined, other: Entry | undefined): boolean {
  return one !== undefined && other !== undefined && one.etag === other.etag && one.size === other.size;
}

const byKey = (entries: readonly Entry[]): Map<string, Entry> => new Map(entries.map((entry) => [entry.key, entry]));

/** Objects of the moving clusters that the new store has already: stale copies to remove, and blockers. */
function alreadyThere(
  facts: MoveFacts,
  moving: readonly (readonly [string, MovingCluster])[],
  archived: readonly string[],
  desired: ReadonlyMap<string, Entry>,
): Pick<MovePlan, "remove" | "blockers"> {
  const { from, to, old, fresh, clusters, moved, arrived } = facts;
  const sources = byKey(old);
  const remove: string[] = [];
  const blockers: string[] = [];
  for (const [name, cluster] of moving) {
    const under = [...foldersOf(name, cluster.spec, from), `${ownFolder}${name}/`];
    const found = fresh.filter(
      ({ key }) => under.some((folder) => key.startsWith(folder)) && key !== pilotKeysOf(name).lock,
    );
    if (isOurCopy(name, cluster, facts)) {
      remove.push(...found.filter(({ key }) => !desired.has(key)).map(({ key }) => key));
      continue;
    }
    const foreign = found.filter((entry) => !isSame(entry, sources.get(entry.key)));
    if (foreign.length > 0)
      blockers.push(
        `${to} has ${foreign.length} objects of ${name} that are not copies of those in ${from}: move to another ` +
          "bucket, or remove them",
      );
  }
  // Copies of clusters that were deleted in the old store later.
  for (const name of moved === undefined ? (arrived?.clusters ?? []) : []) {
    if (clusters.has(name)) continue;
    remove.push(
      ...fresh
        .filter(
          ({ key }) => key.startsWith(`${name}/`) || (key.startsWith(`${ownFolder}${name}/`) && !sources.has(key)),
        )
        .map(({ key }) => key),
    );
  }
  for (const entry of arrived === undefined ? fresh : []) {
    const owner = movingOwner(entry.key);
    const source = sources.get(entry.key);
    if (owner !== undefined && archived.includes(owner) && source && !isSame(entry, source))
      blockers.push(`${to}/${entry.key} is not a copy of the one in ${from}: move to another bucket, or remove it`);
  }
  return { remove, blockers };
}

/** Plans a move: what it copies, and what blocks it. */
export function planMove(facts: MoveFacts): MovePlan {
  const { from, old, fresh, clusters, moved } = facts;
  const keys = byKey(old);
  const done = [...clusters.keys()].filter((name) => keys.has(pilotKeysOf(name).moved));
  const moving = [...clusters].filter(([name]) => !done.includes(name));
  const names = new Set(moving.map(([name]) => name));
  const archived = [...new Set(old.flatMap(({ key }) => movingOwner(key) ?? []))].filter(
    (name) => !clusters.has(name) && moved === undefined,
  );
  const blockers = [
    ...bucketBlockers(facts),
    ...moving.flatMap(([name, cluster]) => clusterBlockers(name, cluster, facts)),
    ...innerStoreBlockers(facts),
  ];

  const folders = moving.flatMap(([name, { spec }]) => foldersOf(name, spec, from).map((folder) => ({ name, folder })));
  const ownerOf = (key: string): string | undefined =>
    movingOwner(key) ?? folders.find(({ folder }) => key.startsWith(folder))?.name;
  const all: Entry[] = [];
  const left: string[] = [];
  const sizes = new Map([...names].map((name) => [name, { objects: 0, bytes: 0 }]));
  for (const entry of old) {
    const owner = ownerOf(entry.key);
    if (owner === undefined || !(names.has(owner) || archived.includes(owner))) {
      if (!entry.key.startsWith(ownFolder) && !done.some((name) => entry.key.startsWith(`${name}/`)))
        left.push(entry.key);
      continue;
    }
    all.push(entry);
    if (entry.size > largestCopy)
      blockers.push(
        `${from}/${entry.key} is larger than 5 GiB, which S3 does not copy in one piece: copy it with ` +
          "`aws s3 cp`, or remove it",
      );
    const size = sizes.get(owner);
    if (size) {
      size.objects += 1;
      size.bytes += entry.size;
    }
  }
  if (all.length === 0 && done.length === 0) blockers.push(`there is no cluster in ${from}`);
  const there = byKey(fresh);
  const { remove, blockers: foreign } = alreadyThere(facts, moving, archived, byKey(all));
  return {
    clusters: moving.map(([name]) => ({ name, ...(sizes.get(name) ?? { objects: 0, bytes: 0 }) })),
    archived,
    done,
    all,
    // Objects that an earlier run copied are verified like the others, but not copied again.
    copy: all.filter((entry) => !isSame(entry, there.get(entry.key))),
    remove: [...new Set(remove)],
    backups: moving.flatMap(([name, { spec }]) => backupsOf(name, spec, from)),
    left,
    blockers: [...blockers, ...foreign],
    locked: moving.filter(([, { locked }]) => locked).map(([name]) => name),
  };
}
