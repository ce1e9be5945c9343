import { unfinished } from "../store/journal.ts";
import type { Journal } from "../store/journal.ts";
import { arrivedKey, isSameStore, moveCommand, movedKey } from "../store/moved.ts";
import type { Arrived, Moved } from "../store/moved.ts";
import { ownFolder, placesOf } from "../store/places.ts";
import { parseStoreUrl } from "../store/store.ts";
import type { BucketSettings, Entry } from "./movable-store.ts";
import { placeIn, placesBeside, placesNamed } from "./rebase.ts";

/** S3 copies no larger object in one piece. */
const largestCopy = 5 * 1024 ** 3;

/** A cluster as it is seen in both stores. */
export interface MovingCluster {
  /** Its spec in the old store. */
  spec: Record<string, unknown>;
  journal: Journal | undefined;
  /** Its journal in the new store. */
  arrived: Journal | undefined;
  /** Whether its lock in the old store is held. */
  locked: boolean;
}

/** What both stores hold. */
export interface MoveFacts {
  from: string;
  to: string;
  old: readonly Entry[];
  fresh: readonly Entry[];
  clusters: ReadonlyMap<string, MovingCluster>;
  /** What the old store says of clusters that moved out of it. */
  moved: Moved | undefined;
  /** What the new one says of clusters that came into it. */
  arrived: Arrived | undefined;
  /** Whether clusters moved out of the new store once. */
  freshMoved: boolean;
  /** Nothing where the bucket is missing. */
  settings: BucketSettings | undefined;
  /** The `Id` of the old bucket's policy. */
  policyId: string | undefined;
}

export interface MovePlan {
  /** Those that move, with what is to be copied of each. */
  clusters: { name: string; objects: number; bytes: number }[];
  /** Clusters that are only in archives: what is kept of them is copied, too. */
  archived: string[];
  /** Those that moved before. */
  done: string[];
  /** Everything that belongs to a move. */
  all: Entry[];
  /** What of it the new store does not have yet. */
  copy: Entry[];
  /** Keys in the new store that an earlier copy left, and the old one does not have any more. */
  remove: string[];
  /** Keys of no cluster: they stay, and only in the old store. */
  left: string[];
  /** Why nothing is copied. */
  blockers: string[];
  /** Those that are locked. The lock may be a dead run's, which only the taking of it finds out. */
  locked: string[];
}

/** Whether an etcd-manager may write or clear away the object at any time: it takes no lock. */
export function isVolatile(key: string): boolean {
  return key.includes("/backups/etcd/");
}

/** Full names of the clusters in a store: folders that have a manifest, as kOps lists them. */
export function clustersIn(entries: readonly Entry[]): string[] {
  return entries.flatMap(({ key }) => /^(?!_pilot\/)([^/]+)\/config$/.exec(key)?.[1] ?? []).sort();
}

const ownOf = new RegExp(`^${ownFolder}([^/]+)/(.+)$`);

/** The part of {@link ownFolder} that moves with a cluster: neither its lock nor the note that it moved. */
function movingOwner(key: string): string | undefined {
  const [, cluster = "", rest = ""] = ownOf.exec(key) ?? [];
  return cluster === "" || rest === "lock.json" || rest === "moved.json" ? undefined : cluster;
}

/** Folders of a cluster in its store, with those that its spec names outside of its own. */
function foldersOf(name: string, spec: Record<string, unknown>, store: string): string[] {
  const named = placesNamed(spec).flatMap(({ place }) => placeIn(place, store, "") ?? []);
  return [`${name}/`, ...named.map((path) => `${path.replace(/^\/+/, "")}/`).filter((folder) => folder !== "/")];
}

/** Whether a copy of the cluster in the new store may be written over: it came from here, and no run has worked on it there. */
function isOurCopy(name: string, { arrived: journal }: MovingCluster, { from, arrived }: MoveFacts): boolean {
  if (arrived === undefined || !isSameStore(arrived.from, from) || !arrived.clusters.includes(name)) return false;
  return journal === undefined || isUntouched(journal, from);
}

/** Whether nothing was done with a copied cluster since it was copied from a store. */
export function isUntouched(journal: Journal, from: string): boolean {
  const { movedFrom, operation } = journal;
  return movedFrom !== undefined && isSameStore(movedFrom.store, from) && movedFrom.switched === undefined && operation === undefined;
}

function bucketBlockers({ from, to, settings, policyId, moved, arrived, freshMoved }: MoveFacts): string[] {
  const { bucket } = parseStoreUrl(to);
  if (parseStoreUrl(from).bucket === bucket) return [`both stores are in the bucket ${bucket}: a move is to another bucket`];
  const found: string[] = [];
  if (!settings) found.push(`the bucket ${bucket} does not exist: make it, private and versioned, or let --create make it like the old one`);
  if (settings?.versioned === false) found.push(`the bucket ${bucket} is not versioned: enable its versioning`);
  if (settings?.private === false) found.push(`the bucket ${bucket} may be made public: set all four parts of its public access block`);
  if (settings && policyId?.startsWith("pilot ") === true && settings.policyId !== policyId) {
    found.push(`the policy of ${bucket} has not the Id "${policyId}", without which the stack does not take the bucket over: give it one with that Id, or let --create set all of an empty bucket`);
  }
  if (moved && !isSameStore(moved.to, to)) found.push(`clusters of ${from} moved to ${moved.to} at ${moved.at}: move the others there, too`);
  if (arrived && !isSameStore(arrived.from, from)) found.push(`${to} has taken in the clusters of ${arrived.from}: move to another bucket`);
  if (freshMoved) found.push(`${to} is a store that clusters moved out of: what it still has of them is old; move to another bucket`);
  return found;
}

function clusterBlockers(name: string, { journal, spec }: MovingCluster, { from }: MoveFacts): string[] {
  const found: string[] = [];
  const open = unfinished(journal);
  if (!journal) found.push(`${name} has no journal: plain kOps made it, or it was forgotten; adopt it first, or move it by hand (kOps, docs/state.md)`);
  if (open !== undefined) found.push(`${name}: the ${open}; finish it with \`pulumi up\` (or \`pulumi destroy\`)`);
  if (journal?.movedFrom && journal.movedFrom.switched === undefined) found.push(`${name} came from ${journal.movedFrom.store} and was never applied from here: finish that move with \`pulumi up\``);
  for (const { path, place } of placesBeside(spec, from)) found.push(`${name}: ${path} is ${place}, in the bucket but outside of ${from}: name the store that holds all of it`);
  return found;
}

/** What a move would copy, and what stops it. */
export function planMove(facts: MoveFacts): MovePlan {
  const { from, to, old, fresh, clusters, moved } = facts;
  const blockers = bucketBlockers(facts);
  const done = [...clusters.keys()].filter((name) => old.some(({ key }) => key === placesOf(name).moved));
  const moving = [...clusters].filter(([name]) => !done.includes(name));
  for (const [name, cluster] of moving) blockers.push(...clusterBlockers(name, cluster, facts));
  for (const { key } of old) {
    const [, inner] = /^(?!_pilot\/)(.+)\/_pilot\/[^/]+\/journal\.json$/.exec(key) ?? [];
    if (inner === undefined || old.some((one) => one.key === `${inner}/${movedKey}`)) continue;
    blockers.push(`there is a store of its own in ${from}/${inner}: move that first, with \`${moveCommand(`${from}/${inner}`, `${to}/${inner}`)}\``);
  }

  const folders = moving.map(([name, { spec }]) => ({ name, under: foldersOf(name, spec, from) }));
  const ownerOf = (key: string): string | undefined => movingOwner(key) ?? folders.find(({ under }) => under.some((folder) => key.startsWith(folder)))?.name;
  const isDone = (key: string): boolean => done.some((name) => key.startsWith(`${name}/`) || key.startsWith(`${ownFolder}${name}/`));
  const archived = [...new Set(old.flatMap(({ key }) => movingOwner(key) ?? []))].filter((name) => !clusters.has(name) && moved === undefined);
  const belongs = (name: string | undefined): name is string => name !== undefined && (moving.some(([one]) => one === name) || archived.includes(name));

  const there = new Map(fresh.map((entry) => [entry.key, entry]));
  const copy: Entry[] = [];
  const left: string[] = [];
  const sizes = new Map<string, { objects: number; bytes: number }>(moving.map(([name]) => [name, { objects: 0, bytes: 0 }]));
  for (const entry of old) {
    const owner = ownerOf(entry.key);
    if (!belongs(owner)) {
      const ours = entry.key === movedKey || entry.key === arrivedKey || entry.key.startsWith(ownFolder);
      if (!ours && !isDone(entry.key)) left.push(entry.key);
      continue;
    }
    copy.push(entry);
    if (entry.size > largestCopy) blockers.push(`${from}/${entry.key} is larger than 5 GiB, which S3 does not copy in one piece: copy it with \`aws s3 cp\`, or remove it`);
    const size = sizes.get(owner);
    if (size) {
      size.objects += 1;
      size.bytes += entry.size;
    }
  }

  const wanted = new Set(copy.map(({ key }) => key));
  const remove: string[] = [];
  const foreign = new Map<string, number>();
  for (const [name, cluster] of moving) {
    const under = [...(folders.find((one) => one.name === name)?.under ?? []), `${ownFolder}${name}/`];
    const copies = isOurCopy(name, cluster, facts);
    for (const { key, etag, size } of fresh) {
      if (!under.some((folder) => key.startsWith(folder)) || key === placesOf(name).lock) continue;
      const source = old.find((one) => one.key === key);
      if (copies && !wanted.has(key)) remove.push(key);
      // The same object, whoever copied it, is in nobody's way.
      else if (!copies && !(source?.etag === etag && source.size === size)) foreign.set(name, (foreign.get(name) ?? 0) + 1);
    }
  }
  for (const [name, count] of foreign) blockers.push(`${to} has ${count} objects of ${name} that are not copies of those in ${from}: they are left as they are; move to another bucket, or remove them`);
  // Of a cluster that was deleted in the old store after an earlier copy.
  for (const name of facts.arrived?.clusters ?? []) {
    if (clusters.has(name) || moved !== undefined || blockers.length > 0) continue;
    for (const { key } of fresh) if (key.startsWith(`${name}/`) || (key.startsWith(`${ownFolder}${name}/`) && !old.some((one) => one.key === key))) remove.push(key);
  }
  for (const { key, etag, size } of fresh) {
    const owner = movingOwner(key);
    const source = old.find((one) => one.key === key);
    if (owner !== undefined && archived.includes(owner) && source && !(source.etag === etag && source.size === size) && facts.arrived === undefined) {
      blockers.push(`${to}/${key} is not the copy of that in ${from}: it is left as it is`);
    }
  }
  if (copy.length === 0 && done.length === 0) blockers.push(`there is no cluster in ${from}`);
  return {
    clusters: moving.map(([name]) => ({ name, ...(sizes.get(name) ?? { objects: 0, bytes: 0 }) })),
    archived,
    done,
    all: copy,
    // What an earlier run copied is verified like all the rest, and not copied again.
    copy: copy.filter(({ key, etag, size }) => !(there.get(key)?.etag === etag && there.get(key)?.size === size)),
    remove: [...new Set(remove)],
    left,
    blockers,
    locked: moving.filter(([, { locked }]) => locked).map(([name]) => name),
  };
}
