import { ConfigError, KopsError, messageOf } from "../model/errors.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import type { Resource } from "../aws/resources/resource.ts";
import { namesOf } from "../store/made-names.ts";
import type { MadeNames } from "../store/made-names.ts";
import type { Operation } from "../operation/operation.ts";
import { liveClusterSpec } from "../store/manifests.ts";
import { byOwnership, describeResource, describeWorkload } from "./ownership.ts";
import { holdsOn } from "./held-resources.ts";
import { aws } from "./sweep.ts";
import type { Cloud } from "./sweep.ts";
import type { Journal } from "../store/journal.ts";

/** What stands against a deletion, in words. */
export interface DeletionBlockers {
  /** Made by workloads, which the deletion is not to delete. */
  workload: string[];
  /** Somebody else's, and held by or holding what kOps would delete. */
  holders: string[];
  /** Another cluster's, and kOps would delete it by the beginning of its name. */
  others: string[];
}

/** What stands against the deletion of a cluster, of what a look at the cloud found. */
export function deletionBlockers(
  names: MadeNames,
  resources: readonly Resource[],
  workloadResources: "delete" | "stop",
): DeletionBlockers {
  const groups = byOwnership(names, resources);
  const groupName = (id: string): string => resources.find((one) => one.id === id)?.name ?? "?";
  return {
    workload: workloadResources === "delete" ? [] : groups.workload.map((one) => describeWorkload(names.cluster, one)),
    holders: holdsOn(names, resources).map(
      ({ held, by }) =>
        `${by} holds ` +
        (held.startsWith("vpc-") ? `the cluster's VPC ${held}` : `security group ${groupName(held)} (${held})`),
    ),
    // kOps lists queues and rules by the name of the cluster as a prefix, and asks for no tag.
    others: groups.other
      .filter(
        ({ kind, name }) =>
          (kind === "sqs" && name.startsWith(names.cluster.replaceAll(".", "-"))) || kind === "eventbridge-rule",
      )
      .map(describeResource),
  };
}

/** The refusal, with everything that stands against the deletion; nothing when nothing does. */
export function refusalOf(
  cluster: string,
  { workload, holders, others }: DeletionBlockers,
  begun = false,
): ConfigError | undefined {
  if (workload.length + holders.length + others.length === 0) return undefined;
  const why = [
    ...(workload.length > 0 ? [`workloads made, and deletion.workloadResources is stop: ${workload.join("; ")}`] : []),
    ...(holders.length > 0 ? [`of somebody else, and AWS deletes nothing that they hold: ${holders.join("; ")}`] : []),
    ...(others.length > 0
      ? [`of somebody else, and kOps would delete them by the beginning of their names: ${others.join("; ")}`]
      : []),
  ];
  const next = [
    ...(workload.length > 0
      ? [
          "delete the Services, Ingresses and claims, or set deletion: { workloadResources: delete } and run " +
            "`pulumi up`",
        ]
      : []),
    ...(holders.length > 0 ? ["take the cluster's groups from what holds them"] : []),
    ...(others.length > 0 ? ["give the other queues and rules names that do not begin with the cluster's"] : []),
  ];
  return new ConfigError({
    what: `Cluster ${cluster} cannot be deleted: nothing ${begun ? "more " : ""}was deleted`,
    why: why.join("\n  "),
    next: `${next.join("; ")}; then delete it again`,
  });
}

/** Refuses a deletion, before anything is deleted, that could not end or would take what it is not to take. */
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
  // Without manifests, and of a cluster that this stack never applied, nothing is deleted.
  if (spec === undefined && journal.applied === undefined && journal.deletion?.begun === undefined) return;
  const names = await namesOf(store, inputs, journal, spec);
  const seen = await cloud.look(inputs, names).catch((error: unknown): never => {
    throw new KopsError(
      {
        what: `What stands against the deletion of ${inputs.name} could not be looked at`,
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
 * In a destroy Pulumi asks the provider nothing before it deletes; its own `protect` refuses in the preview, this
 * whatever was done to that.
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
