import { ownFolder } from "../store/keys.ts";
import { clustersIn } from "./plan-move.ts";
import type { Entry } from "./movable-store.ts";
import type { Version } from "./versions.ts";

export interface RestorePlan {
  /** Clusters of which something is restored, or whose objects differ. */
  clusters: string[];
  /** The versions to copy, in this order. */
  copy: Version[];
  /** Keys that the store has with another content, and keeps. */
  differ: string[];
  /** Number of objects that the store has as they were. */
  same: number;
  /** Objects that were deleted by then: how many, and when the last one. */
  deleted: { count: number; last?: Date };
}

/** A lock belongs to a run that is long gone. */
const isLock = (key: string): boolean => new RegExp(`^${ownFolder}[^/]+/lock\\.json$`).test(key);

/**
 * kOps makes new keys where a manifest has none, and a run works on what has a journal. So keys and all else come
 * first, then manifests, then journals: an interrupted restore leaves no cluster that a run could take for whole.
 */
function rank(key: string): number {
  if (/^_pilot\/[^/]+\/journal\.json$/.test(key)) return 3;
  if (/^[^/]+\/config$/.test(key)) return 2;
  return /^[^/]+\/instancegroup\//.test(key) ? 1 : 0;
}

/** The version of each object at a time: the newest that is not younger. `versions`: from the newest to the oldest. */
function asOf(versions: readonly Version[], at: Date | undefined): Map<string, Version> {
  const found = new Map<string, Version>();
  for (const version of versions)
    if (!found.has(version.key) && (at === undefined || version.at.getTime() <= at.getTime()))
      found.set(version.key, version);
  return found;
}

/** The cluster of a key: of kOps's folder or of the provider's. */
const clusterOf = (key: string): string => (key.startsWith(ownFolder) ? key.split("/")[1] : key.split("/")[0]) ?? "";

/**
 * Which versions bring a store back to what another one, or itself, had at a time. Objects that are there stay, unless
 * `overwrite`; objects that came later stay in any case.
 */
export function planRestore({
  versions,
  there,
  at,
  overwrite = false,
}: {
  versions: readonly Version[];
  /** The objects of the store. */
  there: readonly Entry[];
  at?: Date | undefined;
  overwrite?: boolean | undefined;
}): RestorePlan {
  const now = new Map(there.map((entry) => [entry.key, entry]));
  const then = [...asOf(versions, at).values()].filter(({ key }) => !isLock(key));
  const objects = then.filter(({ object }) => object !== undefined);
  const isSame = ({ key, object }: Version): boolean => {
    const entry = now.get(key);
    return entry !== undefined && entry.etag === object?.etag && entry.size === object.size;
  };
  const others = objects.filter((version) => !isSame(version));
  const copy = others.filter(({ key }) => overwrite || !now.has(key));
  const differ = overwrite ? [] : others.filter(({ key }) => now.has(key)).map(({ key }) => key);
  const markers = then.filter(({ object, key }) => object === undefined && !now.has(key));
  const last = markers.map(({ at: time }) => time).sort((one, other) => other.getTime() - one.getTime())[0];
  const names = new Set(clustersIn([...there, ...objects.map(({ key }) => ({ key, size: 0, etag: "" }))]));
  return {
    clusters: [...new Set([...copy.map(({ key }) => key), ...differ].map(clusterOf))]
      .filter((name) => names.has(name))
      .sort(),
    copy: copy.toSorted((one, other) => rank(one.key) - rank(other.key)),
    differ: differ.sort(),
    same: objects.length - others.length,
    deleted: { count: markers.length, ...(last && { last }) },
  };
}
