import { ConfigError } from "../../providers/kops/model/errors.ts";
import { readJournal } from "../../providers/kops/store/journal.ts";
import { readArrived } from "../../providers/kops/store/moved.ts";
import { openStore, type ObjectStore } from "../../providers/kops/store/object-store.ts";
import type { StateStoreRequest } from "./request.ts";

/** What a state bucket says of clusters that were copied into it from another. */
export interface ArrivedClusters {
  /** Where from. */
  from: string;
  /** Those that no run has applied from here yet: their control planes boot from the former store. */
  waiting: readonly string[];
}

/** What a stack does with its buckets: as it is asked for, and as its last `up` was told, where that is known. */
export interface StoreEndings {
  onDestroy: StateStoreRequest["onDestroy"];
  /** Pulumi deletes a resource as it was last told, whatever is asked for now. */
  before?: StateStoreRequest["onDestroy"] | undefined;
}

/**
 * Why a stack may not change to a bucket that clusters moved to. With `purge` the former bucket would be deleted in the
 * same
 * `up`, at the latest, while the control planes of these clusters still boot from it.
 */
export function movedStoreProblem(
  { onDestroy, before }: StoreEndings,
  bucket: string,
  arrived: ArrivedClusters | undefined,
): string | undefined {
  if ((onDestroy !== "purge" && before !== "purge") || arrived === undefined || arrived.waiting.length === 0)
    return undefined;
  return (
    `${arrived.waiting.join(", ")} moved to s3://${bucket} and still boot from ${arrived.from}, which ` +
    "pilot:stateStore.onDestroy: purge deletes when the bucket changes"
  );
}

/** Reads that out of the new bucket. */
export async function arrivedIn(store: ObjectStore): Promise<ArrivedClusters | undefined> {
  const arrived = await readArrived(store);
  if (!arrived) return undefined;
  const journals = await Promise.all(arrived.clusters.map((name) => readJournal(store, name)));
  return {
    from: arrived.from,
    waiting: arrived.clusters.filter(
      (_, index) => journals[index]?.movedFrom?.switched === undefined && journals[index]?.movedFrom !== undefined,
    ),
  };
}

/** Stops a stack that would delete the bucket which clusters moved out of. Asks nothing of AWS unless it would. */
export async function refuseToPurgeMoved(
  request: StateStoreRequest,
  bucket: string,
  region: string,
  before?: StoreEndings["before"],
): Promise<void> {
  const endings = { onDestroy: request.onDestroy, before };
  if (request.onDestroy !== "purge" && before !== "purge") return;
  const assumeRole = request.role === undefined ? {} : { assumeRole: { roleArn: request.role } };
  const problem = movedStoreProblem(
    endings,
    bucket,
    await arrivedIn(openStore(`s3://${bucket}`, { region, ...assumeRole })),
  );
  if (problem === undefined) return;
  throw new ConfigError({
    what: `The state bucket cannot change to ${bucket}`,
    why: problem,
    next:
      "put the former name back, set pilot:stateStore.onDestroy: retain, run `pulumi up`, then change the name " +
      "and run `pulumi up` again",
  });
}
