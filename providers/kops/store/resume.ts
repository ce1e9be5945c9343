import type { Journal, RecordedOperation } from "./journal.ts";
import { kopsKeysOf } from "./keys.ts";

/** Manifests by key, with their ETags. */
type Etags = Readonly<Record<string, string>>;

/** Condition that a step may leave unmet although it ends: a roll that is held back ends too. */
const conditionOf: Readonly<Record<string, string>> = {
  ControlPlaneRolled: "ControlPlaneUpToDate",
  NodesRolled: "NodesUpToDate",
};

/**
 * Keys of the manifests that somebody else has written or deleted since then. A group that is no longer desired may be
 * missing: a run may have been killed after it removed the group and before it recorded that.
 */
export function changedSince(then: Etags, now: Etags, cluster: string, desiredGroups: readonly string[]): string[] {
  const { config, instanceGroups, additional } = kopsKeysOf(cluster);
  const desired = new Set([config, additional, ...desiredGroups.map((group) => `${instanceGroups}${group}`)]);
  return Object.keys({ ...then, ...now }).filter(
    (key) => now[key] !== then[key] && (now[key] !== undefined || desired.has(key)),
  );
}

/** Whether the manifests in the store are the ones this program wrote last. */
export function areAsWritten(
  journal: Pick<Journal, "cluster" | "written">,
  now: Etags,
  desiredGroups: readonly string[],
): boolean {
  const then = journal.written?.etags;
  return then !== undefined && changedSince(then, now, journal.cluster, desiredGroups).length === 0;
}

/**
 * Rolls of single groups, recorded within a step. Only the roll, which looks at the nodes, knows if a group is done.
 */
const groupRoll = /^Rolled /;

/** Whether a step that is {@link stillDone} can be skipped without a further look. */
export function isWhole(step: string): boolean {
  return !groupRoll.test(step);
}

/**
 * The steps of an interrupted operation that the next operation with the same spec can skip: all before the first step
 * that did not end, or that ended with its condition unmet, as a held-back roll does; later steps may depend on that
 * one. None if somebody else has written manifests since. A cluster with a manifest (`exists`) is not deleted, whatever
 * the journal says.
 */
export function stillDone(
  journal: Journal | undefined,
  desired: Pick<RecordedOperation, "verb" | "digest">,
  asWritten: boolean,
  exists: boolean,
): RecordedOperation["steps"] {
  const interrupted = journal?.operation;
  if (!interrupted) return [];
  const ended = interrupted.steps.filter((step) => step.ended !== undefined);
  if (desired.verb === "delete" || interrupted.verb === "delete")
    return desired.verb === interrupted.verb ? ended.filter((step) => step.name !== "Deleted" || !exists) : [];
  if (interrupted.digest !== desired.digest || !asWritten) return [];
  const isTrue = (step: string): boolean => {
    const type = conditionOf[step];
    return type === undefined || journal.conditions.some((one) => one.type === type && one.status === "True");
  };
  const open = interrupted.steps.findIndex((step) => step.ended === undefined || !isTrue(step.name));
  return open < 0 ? ended : ended.filter((step) => interrupted.steps.indexOf(step) < open || groupRoll.test(step.name));
}
