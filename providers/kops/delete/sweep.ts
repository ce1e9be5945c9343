import { setTimeout as sleep } from "node:timers/promises";
import type { AwsIdentity } from "../aws/identity.ts";
import type { Resource } from "../aws/resources/resource.ts";
import { elapsed, milliseconds } from "../model/durations.ts";
import { TimeoutError, inOneLine } from "../model/errors.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import type { KopsNames } from "../model/cloud-names.ts";
import type { Progress } from "../runtime/progress.ts";
import { inDeletionOrder, byOwnership, describeResource, describeWorkload } from "./ownership.ts";
import { keyOf } from "./destroy-plan.ts";
import { heldBy } from "./held-resources.ts";
import type { Operation } from "../operation/operation.ts";

/** The cloud as a deletion uses it: lists what may be the cluster's, and deletes one resource. */
export interface Cloud {
  list(identity: AwsIdentity, names: KopsNames): Promise<Resource[]>;
  remove(identity: AwsIdentity, resource: Resource): Promise<void>;
}

/** AWS. Loads its clients when needed. */
export const aws: Cloud = {
  async list(identity, names) {
    return await (await import("../aws/resources/cluster-resources.ts")).resourcesOf(identity, names);
  },
  async remove(identity, resource) {
    await (await import("../aws/resources/remove-resource.ts")).removeResource(identity, resource);
  },
};

/** How long a deletion goes on without deleting anything, by default of `deletion.noProgress`. */
const defaultNoProgress = "15m";

export function noProgressOf({ deletion }: Pick<KopsClusterInputs, "deletion">): number {
  return milliseconds(deletion?.noProgress ?? defaultNoProgress);
}

export interface Sweeping {
  cloud: Cloud;
  inputs: KopsClusterInputs;
  names: KopsNames;
  progress: Progress;
  signal: AbortSignal;
  /** Milliseconds between two rounds. */
  interval?: number;
  now?: () => number;
}

/** What a deletion deletes: the cluster's own resources, and with `workloadResources: delete` those of workloads. */
export function toDelete(
  { inputs, names }: Pick<Sweeping, "inputs" | "names">,
  resources: readonly Resource[],
): Resource[] {
  const { cluster, workload } = byOwnership(names, resources);
  return inputs.deletion?.workloadResources === "delete" ? inDeletionOrder([...cluster, ...workload]) : cluster;
}

/** A resource that could not be deleted, and why. */
export interface Failure {
  resource: Resource;
  why: string;
}

/** Tries to delete each resource in this order. The next round tries the failed ones again. */
export async function removeEach(
  resources: readonly Resource[],
  { cloud, inputs, names, progress, signal }: Sweeping,
): Promise<{ removed: Resource[]; failed: Failure[] }> {
  const removed: Resource[] = [];
  const failed: Failure[] = [];
  for (const resource of resources) {
    signal.throwIfAborted();
    try {
      await cloud.remove(inputs, resource);
      removed.push(resource);
      const workload = byOwnership(names, [resource]).workload.length > 0;
      progress.say(`deleted ${workload ? describeWorkload(inputs.name, resource) : describeResource(resource)}`);
    } catch (error) {
      failed.push({ resource, why: inOneLine(error) });
    }
  }
  return { removed, failed };
}

/** What could not be deleted, why, and what uses it, in words. */
function describeFailures(failed: readonly Failure[], seen: readonly Resource[]): string {
  return failed
    .map(({ resource, why }) => {
      const by = heldBy(resource.id, seen);
      return `${describeResource(resource)}: ${why}${by.length === 0 ? "" : `; held by ${by.join(", ")}`}`;
    })
    .join("; ");
}

/** Milliseconds between two rounds. */
const betweenRounds = 5_000;

/** For how many rounds AWS may still list what is deleted. */
const roundsToShow = 4;

/**
 * Deletes what kOps left behind: lists and deletes in rounds until nothing of the cluster is left. Fails when nothing
 * could be deleted for `deletion.noProgress`.
 * @returns the last list
 */
export async function sweep(sweeping: Sweeping): Promise<Resource[]> {
  const { cloud, inputs, names, progress, signal, interval = betweenRounds, now = Date.now } = sweeping;
  const patience = noProgressOf(inputs);
  let progressed = now();
  let said = "";
  // AWS may list a deleted resource for a while: after some rounds it is deleted again.
  const deleted = new Map<string, number>();
  for (let round = 0; ; round += 1) {
    const seen = await cloud.list(inputs, names);
    const left = toDelete(sweeping, seen);
    if (left.length === 0) return seen;
    const { removed, failed } = await removeEach(
      left.filter((one) => round - (deleted.get(keyOf(one)) ?? -Infinity) >= roundsToShow),
      sweeping,
    );
    // Only a first deletion is progress: something may make the resource again each time.
    if (removed.some((one) => !deleted.has(keyOf(one)))) progressed = now();
    for (const one of removed) deleted.set(keyOf(one), round);
    const shown = left
      .filter((one) => (deleted.get(keyOf(one)) ?? round) < round)
      .map((resource): Failure => ({ resource, why: "AWS still lists it" }));
    const waits = [...failed, ...shown];
    if (waits.length === 0) continue;
    const words = describeFailures(waits, seen);
    if (now() - progressed >= patience) {
      throw new TimeoutError({
        what: `The deletion of ${inputs.name} made no progress for ${elapsed(patience)}`,
        why: `left: ${words}`,
        next:
          "free what holds it, then run the same command again: it continues; deletion.noProgress allows it more " +
          "time",
      });
    }
    if (words !== said) progress.say(`waiting for what is left of the cluster: ${words}`);
    said = words;
    await sleep(interval, undefined, { signal });
  }
}

/** What stays after a deletion and may be the cluster's, each with the reason. */
export function describeLeft(names: KopsNames, seen: readonly Resource[]): string[] {
  const { workload, unproven } = byOwnership(names, seen);
  return [
    ...workload.map(
      (one) =>
        `${describeWorkload(names.cluster, one)}: made since the deletion began, and deletion.workloadResources is ` +
        "stop",
    ),
    ...unproven.map(
      (one) =>
        `${describeResource(one)}: it has a name that kOps gives, but no tag or content shows that it is this ` +
        "cluster's; delete it if it is yours",
    ),
  ];
}

/** Deletes what kOps left behind, and names what stays. */
export async function removeLeftovers(
  { context: { inputs, progress, signal } }: Pick<Operation, "context">,
  names: KopsNames,
  cloud: Cloud,
): Promise<void> {
  const seen = await sweep({ cloud, inputs, names, progress, signal });
  for (const text of describeLeft(names, seen)) progress.say(`warning: left as it is: ${text}`);
}
