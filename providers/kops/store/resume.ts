import type { Journal, RecordedOperation } from "./journal.ts";
import { kopsKeysOf } from "./keys.ts";

/** Manifests by key, with their ETags. */
type Etags = Readonly<Record<string, string>>;

/** What a step brings about that may also stay undone although the step ended: a roll that was held back ends, too. */
const conditionOf: Readonly<Record<string, string>> = {
  ControlPlaneRolled: "ControlPlaneUpToDate",
  NodesRolled: "NodesUpToDate",
};

/**
 * Keys of the manifests that somebody else wrote, or deleted, since they were as then. Groups that are no longer desired
 * may have gone: a run may be killed after it removed one and before it could note so.
 */
export function changedSince(then: Etags, now: Etags, cluster: string, desiredGroups: readonly string[]): string[] {
  const { config, instanceGroups } = kopsKeysOf(cluster);
  const desired = new Set([config, ...desiredGroups.map((group) => `${instanceGroups}${group}`)]);
  return Object.keys({ ...then, ...now }).filter(
    (key) => now[key] !== then[key] && (now[key] !== undefined || desired.has(key)),
  );
}

/** Whether the manifests in the store are those this program wrote last. */
export function areAsWritten(
  journal: Pick<Journal, "cluster" | "written">,
  now: Etags,
  desiredGroups: readonly string[],
): boolean {
  const then = journal.written?.etags;
  return then !== undefined && changedSince(then, now, journal.cluster, desiredGroups).length === 0;
}

/**
 * Rolls of single groups, noted within a step: whether a group is done is for the roll to say, which looks at its
 * nodes.
 */
const ofGroup = /^Rolled /;

/** Whether a step that is {@link stillDone} need not even be looked into. */
export function isWhole(step: string): boolean {
  return !ofGroup.test(step);
}

/**
 * The steps of an interrupted operation that the next one, after the same spec, need not do again: all up to the first
 * that did not end, or ended without having brought about what it is there for, as a roll does that is held back. What
 * came after that one may rest on it. None where somebody else wrote manifests meanwhile. A cluster whose manifest is
 * there (`exists`) is not deleted, whatever was noted.
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
  return open < 0 ? ended : ended.filter((step) => interrupted.steps.indexOf(step) < open || ofGroup.test(step.name));
}
