/*
 * What must not be lost, decided by two snapshots of the cloud and by the preview in between. Pure.
 */

/** A running or starting instance. */
export interface Instance {
  readonly id: string;
  /** Full name; empty if it belongs to no cluster. */
  readonly cluster: string;
  /** Name of the Auto Scaling group. */
  readonly group: string;
  readonly vpc: string;
  readonly subnet: string;
}

/** Everything that clusters need, at one moment. */
export interface Snapshot {
  /**
   * ETags of all current objects by key, by bucket. An ETag is the MD5 of the bytes: nothing here is uploaded in parts.
   */
  readonly buckets: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly instances: readonly Instance[];
  /** Auto Scaling groups by name, with their cluster. */
  readonly groups: Readonly<Record<string, string>>;
  /** State of each KMS key, by id. */
  readonly keys: Readonly<Record<string, string>>;
  readonly vpcs: readonly string[];
  readonly subnets: readonly string[];
  /** Tags of clusters on subnets: `subnet-… kubernetes.io/cluster/NAME`. */
  readonly subnetTags: readonly string[];
  /** Names of hosted zones by id, and of each zone's records. */
  readonly zones: Readonly<Record<string, { readonly name: string; readonly records: readonly string[] }>>;
}

/** A cluster that was created, or whose manifests are in a store. */
export interface Living {
  readonly name: string;
  readonly bucket: string;
  /** With a trailing slash. */
  readonly folder: string;
}

/** What a preview announced for one cluster. */
export interface Announced {
  /** Instance groups whose nodes are replaced or may become fewer. */
  readonly groups: readonly string[];
}

/** What a preview announced. */
export interface Announcements {
  /** Clusters that are deleted. */
  readonly deleted: readonly string[];
  /** Clusters that are created or changed. */
  readonly changed: Readonly<Record<string, Announced>>;
}

export const nothingAnnounced: Announcements = { deleted: [], changed: {} };

export type Kind =
  /** An object, a bucket, a key, a network is gone, or its deletion has begun. */
  | "lost"
  /** Bytes that never change, or that no preview spoke of, are others. */
  | "changed"
  /** An instance does not run any more. */
  | "stopped"
  /** Something came to be though all was refused. */
  | "made"
  /** Something is left of what nobody asks for. */
  | "left"
  /** Preview and up do not agree, or a preview has changed something. */
  | "disagreement"
  /** Something is said that is not so. */
  | "untrue"
  /** The last good state cannot be had again. */
  | "stuck"
  /** An up took longer than it may. */
  | "slow";

export interface Violation {
  readonly kind: Kind;
  readonly what: string;
}

/**
 * Keys of the provider's own objects, in the root of a bucket or of a store in a folder of it: the cluster, and the
 * remaining path.
 */
const ownKey = /^(?:.+\/)?_pilot\/([^/]+)\/(.+)$/;

/** The provider's folder for a cluster. */
const ownFolder = ({ folder, name }: Living): string => `${folder.slice(0, -name.length - 1)}_pilot/${name}/`;

/** Clusters by their manifests in the stores, in any folder. */
export function livingIn({ buckets }: Snapshot): Living[] {
  return Object.entries(buckets).flatMap(([bucket, objects]) =>
    Object.keys(objects).flatMap((key): Living[] => {
      const name = /^(?:.*\/)?([^/]+\.[^/]+)\/config$/.exec(key)?.[1];
      return name === undefined || ownKey.test(key) ? [] : [{ name, bucket, folder: key.slice(0, -"config".length) }];
    }),
  );
}

/** Parts of a folder that never change while the cluster lives. */
const fixedParts = /^(pki\/private|secrets|backups)\//;

/** Parts that kOps renders from the others at every update; an archive need not contain them. */
const renderedParts = /^(cluster-completed\.spec|addons\/|igconfig\/|manifests\/|clusteraddons\/)/;

export const isRendered = (part: string): boolean => renderedParts.test(part);

/** Violations in the objects of one cluster. */
function objectWrongs(
  before: Snapshot,
  after: Snapshot,
  { name, bucket, folder }: Living,
  changes: boolean,
): Violation[] {
  const [was, is] = [before.buckets[bucket] ?? {}, after.buckets[bucket]];
  if (is === undefined) return [{ kind: "lost", what: `the bucket ${bucket}, in which ${name} lives` }];
  const wrongs: Violation[] = [];
  const keys = (objects: Readonly<Record<string, string>>): string[] =>
    Object.keys(objects).filter((key) => key.startsWith(folder));
  for (const key of keys(was)) {
    const part = key.slice(folder.length);
    const mayChange = changes && !fixedParts.test(part);
    if (is[key] === undefined) {
      if (!mayChange || part === "config") wrongs.push({ kind: "lost", what: `${bucket}/${key}` });
    } else if (is[key] !== was[key] && !mayChange) wrongs.push({ kind: "changed", what: `${bucket}/${key}` });
  }
  if (!changes)
    for (const key of keys(is).filter((one) => was[one] === undefined))
      wrongs.push({ kind: "made", what: `${bucket}/${key}, in the folder of ${name}, which was not to change` });
  return wrongs;
}

/** The journal of a living cluster stays. */
function journalWrongs(before: Snapshot, after: Snapshot, living: Living, changes: boolean): Violation[] {
  const { bucket } = living;
  const key = `${ownFolder(living)}journal.json`;
  const [was, is] = [before.buckets[bucket]?.[key], after.buckets[bucket]?.[key]];
  if (was === undefined || is === was || (is !== undefined && changes)) return [];
  return [{ kind: is === undefined ? "lost" : "changed", what: `${bucket}/${key}` }];
}

/**
 * Archives stay unchanged, even of clusters deleted long ago; a deletion's effect on its own cluster's archives is
 * checked separately.
 */
function archiveWrongs(before: Snapshot, after: Snapshot, deleted: readonly string[]): Violation[] {
  return Object.entries(before.buckets).flatMap(([bucket, was]) =>
    Object.entries(was).flatMap(([key, etag]): Violation[] => {
      const [, name, part] = ownKey.exec(key) ?? [];
      const is = after.buckets[bucket]?.[key];
      if (name === undefined || part?.startsWith("archive/") !== true || deleted.includes(name) || is === etag)
        return [];
      return [{ kind: is === undefined ? "lost" : "changed", what: `${bucket}/${key}` }];
    }),
  );
}

/** The documents by which AWS trusts a cluster's service accounts, in any other bucket: they never change. */
function discoveryWrongs(before: Snapshot, after: Snapshot, { name, bucket }: Living): Violation[] {
  return Object.entries(before.buckets)
    .filter(([one]) => one !== bucket)
    .flatMap(([one, was]) =>
      Object.keys(was)
        .filter((key) => key.startsWith(`${name}/`) && /\/(openid-configuration|jwks)$/.test(key))
        .flatMap((key): Violation[] => {
          const is = after.buckets[one];
          if (is === undefined)
            return [{ kind: "lost", what: `the bucket ${one}, which has the discovery documents of ${name}` }];
          if (is[key] === undefined) return [{ kind: "lost", what: `${one}/${key}` }];
          return is[key] === was[key] ? [] : [{ kind: "changed", what: `${one}/${key}` }];
        }),
    );
}

function instanceWrongs(
  before: Snapshot,
  after: Snapshot,
  name: string,
  announced: Announced | undefined,
): Violation[] {
  const run = new Set(after.instances.map(({ id }) => id));
  return before.instances
    .filter(({ id, cluster }) => cluster === name && !run.has(id))
    .flatMap(({ id, group }): Violation[] =>
      announced?.groups.some((one) => belongsTo(group, one, name)) === true
        ? []
        : [{ kind: "stopped", what: `${id} of ${group}, of which no preview said that it is replaced` }],
    );
}

/** kOps names the Auto Scaling group of a control plane `NAME.masters.CLUSTER`. */
const belongsTo = (autoScalingGroup: string, group: string, cluster: string): boolean =>
  autoScalingGroup === `${group}.${cluster}` || autoScalingGroup === `${group}.masters.${cluster}`;

function infrastructureWrongs(before: Snapshot, after: Snapshot, living: readonly Living[]): Violation[] {
  const names = living.map(({ name }) => name);
  const own = before.instances.filter(({ cluster }) => names.includes(cluster));
  const gone = (kind: string, ids: readonly string[], left: readonly string[]): Violation[] =>
    [...new Set(ids)]
      .filter((id) => id !== "" && !left.includes(id))
      .map((id) => ({ kind: "lost", what: `the ${kind} ${id}, which living clusters need` }));
  const tagged = before.subnetTags.flatMap((tag) =>
    names.some((name) => tag.endsWith(` kubernetes.io/cluster/${name}`)) ? [tag.split(" ")[0] ?? ""] : [],
  );
  const zones = Object.entries(before.zones)
    .filter(([, { records }]) => records.some((record) => names.some((name) => record.endsWith(name))))
    .map(([id]) => id);
  const keys = Object.entries(before.keys)
    .filter(([id, state]) => state === "Enabled" && after.keys[id] !== "Enabled")
    .map(([id]): Violation => ({ kind: "lost", what: `the KMS key ${id}: ${after.keys[id] ?? "gone"}` }));
  const tags = before.subnetTags.filter(
    (tag) => names.some((name) => tag.endsWith(` kubernetes.io/cluster/${name}`)) && !after.subnetTags.includes(tag),
  );
  return [
    ...gone(
      "VPC",
      own.map(({ vpc }) => vpc),
      after.vpcs,
    ),
    ...gone("subnet", [...own.map(({ subnet }) => subnet), ...tagged], after.subnets),
    ...gone("hosted zone", zones, Object.keys(after.zones)),
    ...(living.length > 0 ? keys : []),
    ...tags.map((tag): Violation => ({ kind: "lost", what: `the tag ${tag}` })),
  ];
}

/**
 * Violations in living clusters after an operation, given the preview's announcements. `living` includes clusters
 * without manifests.
 */
export function compare(
  before: Snapshot,
  after: Snapshot,
  announcements: Announcements,
  living: readonly Living[],
): Violation[] {
  const staying = living.filter(({ name }) => !announcements.deleted.includes(name));
  const each = staying.flatMap((one) => {
    const announced = announcements.changed[one.name];
    return [
      ...objectWrongs(before, after, one, announced !== undefined),
      ...journalWrongs(before, after, one, announced !== undefined),
      ...discoveryWrongs(before, after, one),
      ...instanceWrongs(before, after, one.name, announced),
    ];
  });
  return unique([
    ...each,
    ...archiveWrongs(before, after, announcements.deleted),
    ...infrastructureWrongs(before, after, staying),
  ]);
}

/** What of a deleted cluster is neither in place nor in an archive. */
export function lostByDeletion(before: Snapshot, after: Snapshot, living: Living): Violation[] {
  const { bucket, folder, name } = living;
  const store = folder.slice(0, -name.length - 1);
  const [was, is] = [before.buckets[bucket] ?? {}, after.buckets[bucket]];
  if (is === undefined) return [{ kind: "lost", what: `the bucket ${bucket} with the archive of ${name}` }];
  const archived = Object.entries(is).flatMap(([key, etag]) => {
    const own = `${ownFolder(living)}archive/`;
    const part = key.startsWith(own) ? /^[^/]+\/objects\/(.+)$/.exec(key.slice(own.length))?.[1] : undefined;
    return part === undefined ? [] : [`${store}${part} ${etag}`];
  });
  return Object.entries(was)
    .filter(
      ([key, etag]) =>
        key.startsWith(folder) &&
        !isRendered(key.slice(folder.length)) &&
        is[key] !== etag &&
        !archived.includes(`${key} ${etag}`),
    )
    .map(([key]): Violation => ({
      kind: "lost",
      what: `${bucket}/${key}, of the deleted cluster ${name}: it is in no archive`,
    }));
}

/** What was created although everything was refused. */
export function madeByRefusal(before: Snapshot, after: Snapshot): Violation[] {
  const more = (kind: string, was: readonly string[], is: readonly string[]): Violation[] =>
    is
      .filter((one) => !was.includes(one))
      .map((one) => ({ kind: "made", what: `${kind} ${one}, though it was refused` }));
  const folders = (snapshot: Snapshot): string[] =>
    livingIn(snapshot).map(({ bucket, folder }) => `${bucket}/${folder}`);
  const journals = ({ buckets }: Snapshot): string[] =>
    Object.entries(buckets).flatMap(([bucket, objects]) =>
      Object.keys(objects).flatMap((key) => (ownKey.exec(key)?.[2] === "journal.json" ? [`${bucket}/${key}`] : [])),
    );
  return [
    ...more("bucket", Object.keys(before.buckets), Object.keys(after.buckets)),
    ...more("folder", folders(before), folders(after)),
    ...more("journal", journals(before), journals(after)),
    ...more("VPC", before.vpcs, after.vpcs),
    ...more("subnet", before.subnets, after.subnets),
    ...more("hosted zone", Object.keys(before.zones), Object.keys(after.zones)),
    ...more("KMS key", Object.keys(before.keys), Object.keys(after.keys)),
    ...more("Auto Scaling group", Object.keys(before.groups), Object.keys(after.groups)),
    ...more("tag", before.subnetTags, after.subnetTags),
  ];
}

/** What exists of clusters that no file declares. */
export function leftOf({ buckets, instances, groups, subnetTags }: Snapshot, asked: readonly string[]): Violation[] {
  const own = (name: string): boolean => name === "" || asked.includes(name);
  const left = [
    ...livingIn({ buckets } as Snapshot)
      .filter(({ name }) => !own(name))
      .map(({ bucket, folder }) => `the folder ${bucket}/${folder}`),
    ...Object.entries(buckets).flatMap(([bucket, objects]) =>
      Object.keys(objects)
        .filter((key) => ownKey.exec(key)?.[2] === "journal.json" && !own(ownKey.exec(key)?.[1] ?? ""))
        .map((key) => `${bucket}/${key}`),
    ),
    ...instances.filter(({ cluster }) => !own(cluster)).map(({ id, group }) => `${id} of ${group}`),
    ...Object.entries(groups)
      .filter(([, cluster]) => !own(cluster))
      .map(([group]) => `the Auto Scaling group ${group}`),
    ...subnetTags.filter((tag) => !own(tag.split("kubernetes.io/cluster/")[1] ?? "")).map((tag) => `the tag ${tag}`),
  ];
  return left.map((what) => ({ kind: "left", what: `${what}, of a cluster that no file asks for` }));
}

function unique(list: readonly Violation[]): Violation[] {
  return [...new Map(list.map((one) => [`${one.kind} ${one.what}`, one])).values()];
}
