import type { AwsIdentity } from "../../providers/kops/aws/identity.ts";
import { ConfigError } from "../../providers/kops/model/errors.ts";
import { readJournal } from "../../providers/kops/store/journal.ts";
import { readArrived } from "../../providers/kops/store/moved.ts";
import type { ObjectStore } from "../../providers/kops/store/object-store.ts";
import { openBucket } from "../../providers/state-store/index.ts";
import type { StateStoreRequest } from "./request.ts";

/** Clusters that were copied into a state bucket from another one. */
export interface ArrivedClusters {
  /** The former store. */
  from: string;
  /** Those that no run has applied from here yet: their control planes still boot from the former store. */
  waiting: readonly string[];
}

/** What a destroy does with a stack's buckets: now, and by the last `up` if known. */
export interface StoreEndings {
  onDestroy: StateStoreRequest["onDestroy"];
  /** Pulumi deletes a resource with its last inputs, whatever the config says now. */
  before?: StateStoreRequest["onDestroy"] | undefined;
}

/**
 * Why a stack must not change to a bucket that clusters moved to: with `purge`, the same `up` would delete the former
 * bucket while the control planes of these clusters still boot from it.
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

/** Reads {@link ArrivedClusters} from the new bucket. */
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

/** Fails if a stack would delete the bucket that clusters moved from. Otherwise it asks AWS nothing. */
export async function refuseToPurgeMoved(
  request: StateStoreRequest,
  bucket: string,
  identity: AwsIdentity,
  before?: StoreEndings["before"],
): Promise<void> {
  const endings = { onDestroy: request.onDestroy, before };
  if (request.onDestroy !== "purge" && before !== "purge") return;
  const problem = movedStoreProblem(
    endings,
    bucket,
    await arrivedIn(openBucket({ bucket, role: request.role, externalId: request.externalId, ...identity })),
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
