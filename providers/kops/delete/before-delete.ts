import { ConfigError, KopsError, messageOf } from "../model/errors.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import type { Resource } from "../aws/resources/resource.ts";
import type { Operation } from "../operation/operation.ts";
import { liveClusterSpec, readKopsNames } from "../store/manifests.ts";
import { sorted, wordsOf, workloadWords } from "./belongs.ts";
import { holdersOf } from "./holders.ts";
import { aws } from "./sweep.ts";
import type { Cloud } from "./sweep.ts";
import type { KopsNames } from "../model/cloud-names.ts";

/** What stands against a deletion, in words. */
export interface Objections {
  /** Made by workloads, which the deletion is not to delete. */
  workload: string[];
  /** Somebody else's, and held by or holding what kOps would delete. */
  holders: string[];
  /** Another cluster's, and kOps would delete it by the beginning of its name. */
  others: string[];
}

/** What stands against the deletion of a cluster, of what a look at the cloud found. */
export function objections(
  names: KopsNames,
  resources: readonly Resource[],
  workloadResources: "delete" | "stop",
): Objections {
  const groups = sorted(names, resources);
  const groupName = (id: string): string => resources.find((one) => one.id === id)?.name ?? "?";
  return {
    workload: workloadResources === "delete" ? [] : groups.workload.map((one) => workloadWords(names.cluster, one)),
    holders: holdersOf(names, resources).map(
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
      .map(wordsOf),
  };
}

/** The refusal, with everything that stands against the deletion; nothing when nothing does. */
export function refusalOf(
  cluster: string,
  { workload, holders, others }: Objections,
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
export async function refuseHeld(
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
  const names = await readKopsNames(store, inputs, journal, spec);
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
    objections(names, seen, inputs.deletion?.workloadResources ?? "stop"),
    journal.deletion?.begun !== undefined,
  );
  if (refusal !== undefined) throw refusal;
}
