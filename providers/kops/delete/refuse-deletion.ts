import { ConfigError, KopsError, messageOf } from "../model/errors.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import type { Resource } from "../aws/resources/resource.ts";
import { readKopsNames, liveClusterSpec } from "../store/manifests.ts";
import type { KopsNames } from "../model/cloud-names.ts";
import type { Operation } from "../operation/operation.ts";
import { byOwnership, describeResource, describeWorkload } from "./ownership.ts";
import { holdsOn } from "./held-resources.ts";
import { aws } from "./sweep.ts";
import type { Cloud } from "./sweep.ts";
import type { Journal } from "../store/journal.ts";

/** What blocks a deletion, in words. */
export interface DeletionBlockers {
  /** Resources of workloads, which the deletion may not delete. */
  workload: string[];
  /** Resources of others that use what kOps would delete. */
  usedByOthers: string[];
  /** Resources of other clusters that kOps would delete, because their names begin with the cluster's. */
  ofOtherClusters: string[];
}

/** What of these resources blocks the deletion of a cluster. */
export function deletionBlockers(
  names: KopsNames,
  resources: readonly Resource[],
  workloadResources: "delete" | "stop",
): DeletionBlockers {
  const groups = byOwnership(names, resources);
  const groupName = (id: string): string => resources.find((one) => one.id === id)?.name ?? "?";
  return {
    workload: workloadResources === "delete" ? [] : groups.workload.map((one) => describeWorkload(names.cluster, one)),
    usedByOthers: holdsOn(names, resources).map(
      ({ held, by }) =>
        `${by} holds ` +
        (held.startsWith("vpc-") ? `the cluster's VPC ${held}` : `security group ${groupName(held)} (${held})`),
    ),
    // kOps lists queues and rules by the cluster's name as a prefix, and checks no tag.
    ofOtherClusters: groups.other
      .filter(
        ({ kind, name }) =>
          (kind === "sqs" && name.startsWith(names.cluster.replaceAll(".", "-"))) || kind === "eventbridge-rule",
      )
      .map(describeResource),
  };
}

/** The refusal with all blockers; undefined when there are none. */
export function refusalOf(
  cluster: string,
  { workload, usedByOthers, ofOtherClusters }: DeletionBlockers,
  begun = false,
): ConfigError | undefined {
  if (workload.length + usedByOthers.length + ofOtherClusters.length === 0) return undefined;
  const why = [
    ...(workload.length > 0
      ? [`made by workloads, and deletion.workloadResources is stop: ${workload.join("; ")}`]
      : []),
    ...(usedByOthers.length > 0
      ? [`resources of others use what would be deleted, so AWS refuses: ${usedByOthers.join("; ")}`]
      : []),
    ...(ofOtherClusters.length > 0
      ? [
          "of other clusters, and kOps would delete them, because their names begin alike: " +
            ofOtherClusters.join("; "),
        ]
      : []),
  ];
  const next = [
    ...(workload.length > 0
      ? [
          "delete the Services, Ingresses and claims, or set deletion: { workloadResources: delete } and run " +
            "`pulumi up`",
        ]
      : []),
    ...(usedByOthers.length > 0 ? ["remove the cluster's security groups from what uses them"] : []),
    ...(ofOtherClusters.length > 0
      ? ["give the other queues and rules names that do not begin with the cluster's"]
      : []),
  ];
  return new ConfigError({
    what: `Cluster ${cluster} cannot be deleted: nothing ${begun ? "more " : ""}was deleted`,
    why: why.join("\n  "),
    next: `${next.join("; ")}; then delete it again`,
  });
}

/** Refuses, before anything is deleted, a deletion that could not end or would delete what it must not. */
export async function refuseBlocked(
  {
    context: { inputs, store },
    journal,
  }: Pick<Operation, "journal"> & {
    readonly context: { readonly inputs: KopsClusterInputs; readonly store: Operation["context"]["store"] };
  },
  cloud: Cloud = aws,
): Promise<void> {
  const spec = await liveClusterSpec(store, inputs.name);
  // Nothing will be deleted: there are no manifests, and this stack never applied the cluster.
  if (spec === undefined && journal.applied === undefined && journal.deletion?.begun === undefined) return;
  const names = await readKopsNames(store, inputs, journal, spec);
  const seen = await cloud.list(inputs, names).catch((error: unknown): never => {
    throw new KopsError(
      {
        what: `What blocks the deletion of ${inputs.name} could not be checked`,
        why: messageOf(error),
        next:
          "allow the run to list what kOps lists, and ec2:DescribeSnapshots and ec2:DescribeNetworkInterfaces; " +
          "then delete it again",
      },
      error,
    );
  });
  const refusal = refusalOf(
    inputs.name,
    deletionBlockers(names, seen, inputs.deletion?.workloadResources ?? "stop"),
    journal.deletion?.begun !== undefined,
  );
  if (refusal !== undefined) throw refusal;
}

/**
 * Refuses to delete a protected cluster. In a destroy Pulumi asks the provider nothing beforehand: its own `protect`
 * refuses in the preview, and this check holds even if somebody removed that.
 */
export function refuseProtected(
  inputs: Pick<KopsClusterInputs, "name" | "deletionProtection">,
  journal: Pick<Journal, "deletionProtection"> | undefined,
): void {
  const by =
    inputs.deletionProtection === true
      ? "Pulumi's state"
      : journal?.deletionProtection === true
        ? "the journal in the state store"
        : undefined;
  if (by === undefined) return;
  throw new ConfigError({
    what: `Cluster ${inputs.name} is protected from deletion`,
    why: `deletionProtection is true in ${by}`,
    next: "set deletionProtection: false, run `pulumi up`, then delete it",
  });
}
