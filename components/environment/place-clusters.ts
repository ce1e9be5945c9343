import {
  isNowhere,
  needsLiving,
  placementOf,
  placementProblems,
  storeOf,
  unreadable,
} from "../cluster/manifest/placement.ts";
import type { ClusterRequest, ManifestRequest } from "../cluster/index.ts";
import { fullName } from "../cluster/spec/names.ts";
import { identityFor, type StackIdentity } from "../aws/config.ts";
import type { Problem } from "../config/problems.ts";
import type { PlainObject } from "../config/merge.ts";

/** Where a cluster is looked up, and with which AWS identity. */
export type ClusterLocation = Pick<ManifestRequest, "profile" | "assumeRole"> &
  Pick<StackIdentity, "aws"> & {
    stateStore: string;
    region: string;
    name: string;
  };

/** Reads the ClusterSpec of a cluster from its state store; undefined when it does not exist. */
export type ReadLiving = (location: ClusterLocation) => Promise<PlainObject | undefined>;

/** From S3, with the provider's client: loaded only if a file leaves open whose network a cluster lives in. */
export const readLiving: ReadLiving = async ({ stateStore, name, region, profile, assumeRole, aws }) => {
  const [{ openStore, isNoBucket }, { liveClusterSpec }, { readJournal }] = await Promise.all([
    import("../../providers/kops/store/object-store.ts"),
    import("../../providers/kops/store/manifests.ts"),
    import("../../providers/kops/store/journal.ts"),
  ]);
  try {
    const store = openStore(stateStore, { region, profile, assumeRole, ...(aws && { aws }) });
    // A cluster whose folder was removed by hand, or is half deleted, still exists.
    return (await liveClusterSpec(store, name)) ?? (await readJournal(store, name))?.lastApplied?.cluster;
  } catch (error) {
    // A store that this run is about to make has no clusters.
    if (isNoBucket(error)) return undefined;
    throw error;
  }
};

export interface PlaceArgs {
  region: string;
  zoneName: string;
  stateStore: string;
  vpcCidr: string;
  /** Of the stack. @default AWS's own order */
  identity?: StackIdentity | undefined;
  read: ReadLiving;
}

/**
 * The requests with the placement of each cluster, and why some cannot be placed. A preview and an `up` read the same
 * store, so they decide alike; if they cannot read it, both skip the cluster.
 */
export async function placeClusters(
  requests: readonly (ClusterRequest | ManifestRequest)[],
  { region, zoneName, stateStore, vpcCidr, identity = {}, read }: PlaceArgs,
): Promise<{ requests: (ClusterRequest | ManifestRequest)[]; problems: Problem[] }> {
  const problems: Problem[] = [];
  const placed = await Promise.all(
    requests.map(async (request) => {
      if (!("manifest" in request)) return [request];
      const name = fullName(request.name, zoneName);
      const base = request.manifest.cluster["configBase"];
      const store = (isNowhere(base) ? undefined : storeOf(base, name)) ?? stateStore;
      let living: PlainObject | undefined;
      if (needsLiving(request)) {
        try {
          living = await read({
            stateStore: store,
            region,
            name,
            ...identityFor(request, identity),
            assumeRole: request.assumeRole,
          });
        } catch (error) {
          if (!(error instanceof Error)) throw error;
          problems.push(unreadable(request, store, error));
          return [];
        }
      }
      const placement = placementOf(request, living, vpcCidr);
      const found = placementProblems(request, placement);
      problems.push(...found);
      return found.length === 0 ? [{ ...request, placement }] : [];
    }),
  );
  return { requests: placed.flat(), problems };
}
