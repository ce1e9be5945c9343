import {
  isNowhere,
  needsLiving,
  placementOf,
  placementProblems,
  storeOf,
  unreadable,
} from "../cluster/manifest/placement.ts";
import type { ClusterRequest, ManifestRequest } from "../cluster/index.ts";
import { fullName } from "../cluster/request/names.ts";
import type { Problem } from "../config/problems.ts";
import type { PlainObject } from "../config/merge.ts";

/** Where and as whom a cluster is looked for. */
export type StoreSeat = Pick<ManifestRequest, "profile" | "assumeRole"> & {
  stateStore: string;
  region: string;
  name: string;
};

/** Reads the ClusterSpec of a cluster out of its state store; nothing when it is not there. */
export type ReadLiving = (seat: StoreSeat) => Promise<PlainObject | undefined>;

/** Out of S3, with the provider's own client: loaded only where a file leaves open whose network a cluster lives in. */
export const readLiving: ReadLiving = async ({ stateStore, name, region, profile, assumeRole }) => {
  const [{ openStore, isNoBucket }, { liveClusterSpec }, { readJournal }] = await Promise.all([
    import("../../providers/kops/store/object-store.ts"),
    import("../../providers/kops/store/manifests.ts"),
    import("../../providers/kops/store/journal.ts"),
  ]);
  try {
    const store = openStore(stateStore, { region, profile, assumeRole });
    // One whose folder was removed by hand, or half deleted, lives all the same.
    return (await liveClusterSpec(store, name)) ?? (await readJournal(store, name))?.lastApplied?.cluster;
  } catch (error) {
    // A store that is only now being made holds no cluster.
    if (isNoBucket(error)) return undefined;
    throw error;
  }
};

export interface PlaceArgs {
  region: string;
  zoneName: string;
  stateStore: string;
  vpcCidr: string;
  read: ReadLiving;
}

/**
 * The requests with where each cluster goes, and why some cannot be placed. A preview and an `up` ask the same store,
 * and so decide alike; where it cannot be asked, neither goes on with the cluster.
 */
export async function placeClusters(
  requests: readonly (ClusterRequest | ManifestRequest)[],
  { region, zoneName, stateStore, vpcCidr, read }: PlaceArgs,
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
            profile: request.profile,
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
