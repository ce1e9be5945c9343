import { elapsed } from "../model/durations.ts";
import { KopsError, TimeoutError, inOneLine } from "../model/errors.ts";
import type { Resource } from "../aws/resources/resource.ts";
import type { Operation } from "../operation/operation.ts";
import type { KopsNames } from "../model/cloud-names.ts";
import { keyOf, listedOf } from "./destroy-plan.ts";
import { followDelete } from "../kops-cli/output/index.ts";
import { heldBy } from "./held-resources.ts";
import { noProgressOf, removeEach, toDelete } from "./sweep.ts";
import { deleteCluster } from "../kops-cli/flags.ts";
import type { Cloud, Sweeping } from "./sweep.ts";

/** The longest delay of a timer in Node.js: 24.8 days. */
const longestTimer = 2 ** 31 - 1;

/** Milliseconds without another line after which kOps's list counts as complete. */
const listComplete = 300;

/**
 * Resources of the cluster that kOps does not know and that keep AWS from deleting what kOps deletes: groups without
 * tags, interfaces that a network plugin left, rules in other people's security groups, and load balancers of
 * workloads, whose controllers no longer run.
 */
export function blockingKops(
  sweeping: Pick<Sweeping, "inputs" | "names">,
  seen: readonly Resource[],
  kopsHas: ReadonlySet<string>,
): Resource[] {
  const kinds: readonly string[] = [
    "autoscaling-group",
    "instance",
    "load-balancer",
    "classic-load-balancer",
    "target-group",
    "network-interface",
    "security-group-rule",
    "security-group",
  ];
  return toDelete(sweeping, seen).filter((one) => kinds.includes(one.kind) && !kopsHas.has(keyOf(listedOf(one))));
}

/** What uses the resources for which kOps waits, in words. */
export function describeHolds(left: readonly string[], seen: readonly Resource[]): string[] {
  return left.flatMap((one) => {
    const id = one.slice(one.indexOf(":") + 1);
    const by = heldBy(id, seen);
    return by.length === 0 ? [] : [`${one} is held by ${by.join(", ")}`];
  });
}

/**
 * Runs `kops delete cluster`. By itself kOps retries for ten minutes in all and does not say what blocks it. Here it
 * runs as long as something gets deleted. Each time it waits, what blocks it is deleted if the cluster owns it, and
 * named otherwise.
 */
export async function deleteWithKops(
  { context }: Pick<Operation, "context">,
  names: KopsNames,
  cloud: Cloud,
): Promise<void> {
  const { inputs, kops, progress, signal } = context;
  const sweeping: Sweeping = { cloud, inputs, names, progress, signal };
  const patience = noProgressOf(inputs);
  const late = new AbortController();
  const timer = setTimeout(
    () => {
      late.abort();
    },
    Math.min(patience, longestTimer),
  );
  const kopsHas = new Set<string>();
  const said = new Set<string>();
  let left: readonly string[] = [];
  let seen: readonly Resource[] = [];
  let looking: Promise<void> | undefined;
  let named: NodeJS.Timeout | undefined;
  const sayOnce = (text: string): void => {
    if (!said.has(text)) progress.say(text);
    said.add(text);
  };
  const leftText = (): string => [`left: ${left.join(", ")}`, ...describeHolds(left, seen)].join("; ");
  const look = async (): Promise<void> => {
    try {
      seen = await cloud.list(inputs, names);
      const { removed, failed } = await removeEach(blockingKops(sweeping, seen, kopsHas), sweeping);
      if (removed.length > 0) timer.refresh();
      for (const { resource, why } of failed)
        sayOnce(`could not delete ${resource.kind} ${resource.name || resource.id} yet: ${why}`);
      for (const text of describeHolds(left, seen)) sayOnce(text);
    } catch (error) {
      // kOps goes on: a failed lookup must not end the deletion.
      if (!signal.aborted) sayOnce(`warning: what kOps waits for could not be checked: ${inOneLine(error)}`);
    }
  };
  const onLine = followDelete(progress, {
    has: (one) => {
      kopsHas.add(one);
    },
    gone: () => {
      timer.refresh();
    },
    left: (ones) => {
      left = ones;
      // kOps prints one line for each, then nothing for ten seconds.
      clearTimeout(named);
      named = setTimeout(() => {
        looking ??= look().finally(() => {
          looking = undefined;
        });
      }, listComplete);
    },
  });
  try {
    await kops.run({
      args: deleteCluster(inputs.name),
      onLine,
      stop: late.signal,
    });
    await looking;
  } catch (error) {
    // `timeouts.delete` ended it: add what it was waiting for.
    if (!(error instanceof TimeoutError) || left.length === 0) throw error;
    throw new TimeoutError({ ...error.explanation, why: `${error.explanation.why}; ${leftText()}` }, error);
  } finally {
    clearTimeout(timer);
    clearTimeout(named);
  }
  if (!late.signal.aborted) return;
  if (left.length === 0) {
    throw new KopsError({
      what: `kops delete cluster of ${inputs.name} deleted nothing more for ${elapsed(patience)} and was stopped`,
      why: "kOps named nothing that is left",
      next: `see ${context.log.path}, then run the same command again: it continues`,
    });
  }
  throw new TimeoutError({
    what: `The deletion of ${inputs.name} made no progress for ${elapsed(patience)}`,
    why: leftText(),
    next: "free what holds it, then run the same command again: it continues; deletion.noProgress allows it more time",
  });
}
