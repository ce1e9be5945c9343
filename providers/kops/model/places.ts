import { fieldsOf } from "./spec.ts";

/*
 * Places and names in a ClusterSpec (v1alpha2) that kOps writes to: folders in S3 and names in the hosted zone. Each
 * must be the cluster's own. A manifest copied from another cluster still names that cluster's: kOps would overwrite
 * its files, and `kops delete cluster` would remove them all, including its CA keys and backups.
 */

type Fields = Readonly<Record<string, unknown>>;

/**
 * What kOps does with a place.
 * - `folder`: holds files of the cluster; a deletion removes everything below it (VFSClientset.DeleteCluster).
 * - `backups`: etcd-manager writes, restores and cleans up there.
 * - `documents`: holds two documents of OIDC discovery, which a deletion removes.
 * - `issuer`: the address of such documents, and the name of an IAM OIDC provider.
 */
export type PlaceKind = "folder" | "backups" | "documents" | "issuer";

/** A place that a spec names: in S3 or, for an issuer, on the web. */
export interface Place {
  kind: PlaceKind;
  /** Path in the ClusterSpec. */
  path: PropertyKey[];
  /** The URL as written. */
  text: string;
  /** Bucket, or host. */
  bucket: string;
  /** Segments of its path. */
  folders: string[];
}

/** The place at `s3://bucket/a/b` or `https://host/a/b`. Undefined for any other text. */
export function placeOf(kind: PlaceKind, path: PropertyKey[], text: unknown): Place | undefined {
  const [, bucket, rest = ""] =
    typeof text === "string" ? (/^(?:s3|https):\/\/([^/]+)(?:\/(.*))?$/.exec(text) ?? []) : [];
  if (bucket === undefined || typeof text !== "string") return undefined;
  return { kind, path, text, bucket, folders: rest.split("/").filter((part) => part !== "") };
}

/** All places that a spec names. */
export function placesIn(cluster: Fields): Place[] {
  const configStore = fieldsOf(cluster["configStore"]);
  const discovery = fieldsOf(cluster["serviceAccountIssuerDiscovery"]);
  const apiServer = fieldsOf(cluster["kubeAPIServer"]);
  const etcd = Array.isArray(cluster["etcdClusters"]) ? cluster["etcdClusters"].map(fieldsOf) : [];
  return [
    placeOf("folder", ["configBase"], cluster["configBase"]),
    placeOf("folder", ["configStore"], cluster["configStore"]),
    ...["base", "keypairs", "secrets"].map((key) => placeOf("folder", ["configStore", key], configStore[key])),
    placeOf("folder", ["keyStore"], cluster["keyStore"]),
    placeOf("folder", ["secretStore"], cluster["secretStore"]),
    placeOf("documents", ["serviceAccountIssuerDiscovery", "discoveryStore"], discovery["discoveryStore"]),
    placeOf("issuer", ["kubeAPIServer", "serviceAccountIssuer"], apiServer["serviceAccountIssuer"]),
    ...etcd.map(({ backups }, index) =>
      placeOf("backups", ["etcdClusters", index, "backups", "backupStore"], fieldsOf(backups)["backupStore"]),
    ),
  ].filter((place) => place !== undefined);
}

/** A name that kOps writes into the hosted zone. */
export interface PublicName {
  path: PropertyKey[];
  name: string;
}

/** All DNS names that a spec gives. */
export function namesIn(cluster: Fields): PublicName[] {
  const bastion = fieldsOf(fieldsOf(cluster["topology"])["bastion"]);
  const found: [PropertyKey[], unknown][] = [
    [["masterPublicName"], cluster["masterPublicName"]],
    [["topology", "bastion", "bastionPublicName"], bastion["bastionPublicName"]],
  ];
  return found.flatMap(([path, name]) => (typeof name === "string" && name !== "" ? [{ path, name }] : []));
}

/** Whether a segment may be the full name of a cluster: a DNS name with a dot. */
const isFullName = (segment: string): boolean =>
  /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$/.test(segment);

/** Whether the path of a place holds the cluster's name. */
export const isNamedAfter = ({ folders }: Place, cluster: string): boolean => folders.includes(cluster);

/** The cluster whose name the path of a place holds. */
const ownerByPath = (place: Place, cluster: string): string | undefined =>
  isNamedAfter(place, cluster) ? cluster : place.folders.findLast(isFullName);

/** Why a place cannot be the cluster's own, whatever it holds. */
export function placeProblem(place: Place, cluster: string): string | undefined {
  const owner = ownerByPath(place, cluster);
  if (owner === cluster) return undefined;
  if (owner !== undefined) return inFolderOf(owner, place, cluster);
  if (place.folders.length > 0 || place.kind === "issuer" || place.kind === "documents") return undefined;
  return (
    `${place.text} is the root of a bucket: ` +
    (place.kind === "folder"
      ? `a deletion of ${cluster} would delete everything in it; `
      : "it encloses the places of all other clusters; ") +
    remedy(place, cluster)
  );
}

const trimmed = (url: string): string => url.replace(/\/+$/, "");

/** Whether a place is in the cluster's own folder of its state store. */
export function isInOwnFolder({ text }: Place, cluster: string, stateStore: string): boolean {
  const own = `${trimmed(stateStore)}/${cluster}`;
  return trimmed(text) === own || text.startsWith(`${own}/`);
}

/** Why a new cluster must not have a place, even if it is not known to be another cluster's. */
export function newPlaceProblem(place: Place, cluster: string, stateStore: string): string | undefined {
  if (place.kind === "folder" && !isInOwnFolder(place, cluster, stateStore)) {
    return (
      `${place.text} is not in the cluster's own folder ${trimmed(stateStore)}/${cluster}: the archive would have ` +
      "no copy of it, so a deletion would be refused; leave it out"
    );
  }
  if (place.kind !== "backups" || ownerByPath(place, cluster) !== undefined || place.folders.length === 0)
    return undefined;
  return (
    `${place.text} does not carry the cluster's name, so another cluster may use it too; ` + remedy(place, cluster)
  );
}

export const inFolderOf = (owner: string, place: Place, cluster: string): string =>
  `${place.text} lies in the folder of another cluster, ${owner}: kOps would overwrite its files, and delete ` +
  `them with ${cluster}; ${remedy(place, cluster)}`;

function remedy({ kind, bucket }: Place, cluster: string): string {
  if (kind === "issuer") return "leave it out, and kOps uses the one of the discoveryStore";
  return `leave it out, or write a folder of its own, such as s3://${bucket}/${cluster}`;
}

/** DNS names that kOps gives the parts of a cluster. */
const namesOfKops = (cluster: string): string[] => [
  cluster,
  ...["api", "api.internal", "bastion", "kops-controller.internal"].map((word) => `${word}.${cluster}`),
];

const isBelow = (name: string, domain: string): boolean => name === domain || name.endsWith(`.${domain}`);

/** The other cluster that a DNS name belongs to, if any. `given`: names that the other clusters give themselves. */
function ownerOfName(
  name: string,
  cluster: string,
  others: readonly { name: string; given: readonly string[] }[],
): string | undefined {
  if (namesOfKops(cluster).includes(name)) return undefined;
  return others.find(
    (other) => other.name !== cluster && (namesOfKops(other.name).includes(name) || other.given.includes(name)),
  )?.name;
}

/** Why kOps cannot write a name into this hosted zone. */
export function outsideZone(name: string, zone: string): string | undefined {
  const domain = zone.replace(/\.$/, "");
  return isBelow(name, domain)
    ? undefined
    : `${name} is not below the zone ${domain}: its records cannot be written there`;
}

/** Whether kOps writes DNS records for a cluster: not with gossip, and not without DNS. */
export function writesRecords(cluster: string, spec: Fields): boolean {
  const dns = fieldsOf(fieldsOf(spec["topology"])["dns"])["type"];
  return !cluster.endsWith(".k8s.local") && !(typeof dns === "string" && dns.toLowerCase() === "none");
}

/** A cluster and its spec, which names the places. */
export interface NamedCluster {
  name: string;
  cluster: Fields;
}

const encloses = (outer: Place, inner: Place): boolean =>
  outer.bucket === inner.bucket && outer.folders.every((part, index) => inner.folders[index] === part);

/**
 * Whether two places conflict. Documents beside files do no harm, and several clusters may share an issuer on purpose.
 */
function collide(mine: Place, other: Place): boolean {
  if (mine.kind === "issuer" || other.kind === "issuer") return false;
  const same = encloses(mine, other) && encloses(other, mine);
  if (mine.kind === "documents" || other.kind === "documents") return same && mine.kind === other.kind;
  return encloses(mine, other) || encloses(other, mine);
}

/**
 * Places and names of a cluster that conflict with those of others, or lie in their folders. A place that holds the
 * cluster's own name is right; the others must change theirs.
 */
export function conflicts(
  { name, cluster }: NamedCluster,
  all: readonly NamedCluster[],
): { path: PropertyKey[]; message: string }[] {
  const others = all.filter((one) => one.name !== name);
  const places = placesIn(cluster).flatMap((place) => {
    const owner = others.find((other) => place.folders.includes(other.name))?.name;
    if (owner !== undefined) return [{ path: place.path, message: inFolderOf(owner, place, name) }];
    if (isNamedAfter(place, name)) return [];
    const other = others.find((one) => placesIn(one.cluster).some((theirs) => collide(place, theirs)))?.name;
    return other === undefined
      ? []
      : [
          {
            path: place.path,
            message: `${place.text} is also a place of another cluster, ${other}; ${remedy(place, name)}`,
          },
        ];
  });
  const known = others.map((other) => ({ name: other.name, given: namesIn(other.cluster).map((one) => one.name) }));
  const names = namesIn(cluster).flatMap((given) => {
    const owner = ownerOfName(given.name, name, known);
    return owner === undefined
      ? []
      : [
          {
            path: given.path,
            message:
              `${given.name} is a name of another cluster, ${owner}: kOps would point it to this one; leave ` +
              `it out, or write a name of its own, such as api.${name}`,
          },
        ];
  });
  return [...places, ...names];
}
