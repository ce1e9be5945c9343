import type { Resource } from "../aws/resources/resource.ts";
import type { Operation } from "../operation/operation.ts";
import { sorted, wordsOf, workloadWords } from "./belongs.ts";
import { sweep } from "./sweep.ts";
import type { Cloud } from "./sweep.ts";
import type { KopsNames } from "../model/cloud-names.ts";

/**
 * What stays when a deletion is done, each with its reason; what somebody else has beside the cluster is not among it.
 */
export function staying(names: KopsNames, seen: readonly Resource[]): string[] {
  const { workload, unproven } = sorted(names, seen);
  return [
    ...workload.map(
      (one) =>
        `${workloadWords(names.cluster, one)}: made since the deletion began, and deletion.workloadResources is stop`,
    ),
    ...unproven.map(
      (one) =>
        `${wordsOf(one)}: it has a name that kOps gives, and no tag or content that shows that it is this ` +
        "cluster's; delete it if it is yours",
    ),
  ];
}

/** Deletes what kOps has left behind of the cluster, and names what has its names and may be somebody else's. */
export async function removeLeft(
  { context: { inputs, progress, signal } }: Pick<Operation, "context">,
  names: KopsNames,
  cloud: Cloud,
): Promise<void> {
  const seen = await sweep({ cloud, inputs, names, progress, signal });
  for (const text of staying(names, seen)) progress.say(`warning: left as it is: ${text}`);
}
