import { conflicts, isInOwnFolder, placeProblem, placesIn } from "../model/places.ts";
import { ConfigError } from "../model/errors.ts";
import { clusterAt, clustersIn, specsOf } from "../store/clusters.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { propertyPath } from "../model/unknown.ts";

type Spec = Readonly<Record<string, unknown>>;

const trimmed = (url: string): string => url.replace(/\/+$/, "");

/** What decides what `kops delete cluster` removes. */
export interface FolderRemoval {
  name: string;
  /** URL of the state store. */
  store: string;
  /** ClusterSpec as it lies in the store. */
  spec: Spec;
  /** Keys in the cluster's folder. */
  keys: readonly string[];
  /** Other clusters of the store that may be affected. */
  others: readonly { name: string; cluster: Spec }[];
}

/** Clusters whose manifest is inside the folder of another. */
export function clustersInside(name: string, keys: readonly string[]): string[] {
  return [...new Set(keys.filter((key) => key !== `${name}/config`).flatMap((key) => clusterAt(key) ?? []))];
}

/**
 * Why a deletion would remove more than the cluster's own folder. kOps removes the whole folders that `configBase`,
 * `keyStore` and `secretStore` name, and two documents below `discoveryStore` (VFSClientset.DeleteCluster).
 */
export function removalProblems({ name, store, spec, keys, others }: FolderRemoval): string[] {
  const own = `${trimmed(store)}/${name}`;
  const places = placesIn(spec).flatMap((place): string[] => {
    const property = propertyPath(place.path);
    if (place.kind === "folder" && place.path[0] !== "configStore")
      return isInOwnFolder(place, name, store)
        ? []
        : [`${property} is ${place.text}, not in the cluster's own folder ${own}: kOps would remove everything in it`];
    if (place.kind !== "documents") return [];
    const problem =
      placeProblem(place, name) ??
      conflicts({ name, cluster: spec }, others).find(({ path }) => propertyPath(path) === property)?.message;
    return problem === undefined ? [] : [`${property} ${problem}`];
  });
  return [...places, ...clustersInside(name, keys).map((other) => `the folder of cluster ${other} lies inside ${own}`)];
}

/** Whether other clusters of the store must be checked: only when discovery documents lack the cluster's name. */
const concernsOthers = (name: string, spec: Spec): boolean =>
  placesIn(spec).some((place) => place.kind === "documents" && !place.folders.includes(name));

/** Refuses, before anything is deleted, a deletion that would remove more than the cluster's own folder. */
export async function refuseForeignRemoval(store: ObjectStore, name: string, spec: Spec): Promise<void> {
  const keys = (await store.list(`${name}/`)).map(({ key }) => key);
  const others = concernsOthers(name, spec)
    ? await specsOf(
        store,
        (await clustersIn(store)).filter((other) => other !== name),
      )
    : [];
  const problems = removalProblems({ name, store: store.url, spec, keys, others });
  if (problems.length === 0) return;
  throw new ConfigError({
    what: `Cluster ${name} is not deleted, because kOps would delete more than its own folder; nothing was deleted`,
    why: problems.join("\n  "),
    next: [
      "let the live manifest name its own places alone: copy keys and secrets that lie elsewhere into " +
        `${trimmed(store.url)}/${name}/pki and /secrets, take configBase, keyStore, secretStore or discoveryStore ` +
        "out",
      `of what \`kops get cluster ${name} --state ${store.url} -o yaml\` writes, and \`kops replace -f\` it; move ` +
        "what is another cluster's; then run the same command again",
    ].join(" "),
  });
}
