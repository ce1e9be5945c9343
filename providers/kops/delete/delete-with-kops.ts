import gte from "semver/functions/gte.js";
import { elapsed } from "../model/durations.ts";
import { KopsError, TimeoutError, inOneLine } from "../model/errors.ts";
import type { Resource } from "../aws/resources/resource.ts";
import type { Operation } from "../operation/operation.ts";
import type { MadeNames } from "../store/made-names.ts";
import { keyOf, listedOf } from "../kops-cli/output/delete-plan.ts";
import { followDelete } from "../kops-cli/output/delete.ts";
import { heldBy } from "./held-resources.ts";
import { noProgressOf, removeEach, toDelete } from "./sweep.ts";
import type { Cloud, Sweeping } from "./sweep.ts";

/** The longest time a timer of node can be set to: 24.8 days. */
const longestTimer = 2 ** 31 - 1;

/** How long after a line of kOps's list the list is taken for whole. */
const listed = 300;

/**
 * What kOps does not know and what keeps AWS from deleting what kOps does: groups without tags, interfaces that a
 * network plugin has left, rules in a group of somebody else, and load balancers of workloads, whose controllers are
 * gone by then.
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

/** What kOps waits for, by what each is held, in words. */
export function describeHolds(left: readonly string[], seen: readonly Resource[]): string[] {
  return left.flatMap((one) => {
    const id = one.slice(one.indexOf(":") + 1);
    const by = heldBy(id, seen);
    return by.length === 0 ? [] : [`${one} is held by ${by.join(", ")}`];
  });
}

/**
 * Runs `kops delete cluster`. kOps alone would retry for ten minutes in all and name nothing that stands in the way:
 * here it goes on as long as something goes, and each time it waits, what stands in its way is deleted when it is the
 * cluster's, and named when it is not.
 */
export async function deleteWithKops(
  { context }: Pick<Operation, "context">,
  names: MadeNames,
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
      seen = await cloud.look(inputs, names);
      const { removed, failed } = await removeEach(blockingKops(sweeping, seen, kopsHas), sweeping);
      if (removed.length > 0) timer.refresh();
      for (const { resource, why } of failed)
        sayOnce(`could not delete ${resource.kind} ${resource.name || resource.id} yet: ${why}`);
      for (const text of describeHolds(left, seen)) sayOnce(text);
    } catch (error) {
      // kOps goes on; that nothing can be said of what it waits for must not end it.
      if (!signal.aborted) sayOnce(`warning: what kOps waits for could not be looked at: ${inOneLine(error)}`);
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
      // kOps names them one line after the other, then says nothing for ten seconds.
      clearTimeout(named);
      named = setTimeout(() => {
        looking ??= look().finally(() => {
          looking = undefined;
        });
      }, listed);
    },
  });
  // kOps's own limit is on the whole deletion (since 1.29, kubernetes/kops#16231), however much is deleted all the
  // time.
  const unlimited = gte(inputs.kopsVersion, "1.29.0") ? ["--wait", "0s"] : [];
  try {
    await kops.run({
      args: ["delete", "cluster", "--name", inputs.name, "--yes", ...unlimited],
      onLine,
      stop: late.signal,
    });
    await looking;
  } catch (error) {
    // As `timeouts.delete` ends it: what it waited for is the reason.
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
      why: "it named nothing that is left",
      next: `see ${context.log.path}, then run the same command again: it continues`,
    });
  }
  throw new TimeoutError({
    what: `The deletion of ${inputs.name} made no progress for ${elapsed(patience)}`,
    why: leftText(),
    next: "free what holds it, then run the same command again: it continues; deletion.noProgress allows it more time",
  });
}
