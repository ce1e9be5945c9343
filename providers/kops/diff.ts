import { isReady } from "./conditions.ts";
import { kopsClusterInputs } from "./inputs.ts";
import type { KopsClusterInputs } from "./inputs.ts";
import { unfinished } from "./journal.ts";
import type { Journal } from "./journal.ts";
import type { KopsClusterOutputs } from "./outputs.ts";
import { canonicalJson, desiredSpec, digestOf } from "./spec.ts";
import { windowAt } from "./windows.ts";

/** Names of all inputs: whatever else a state holds is an output. */
const inputNames: Readonly<Record<string, unknown>> = kopsClusterInputs.shape;

/** Why an `up` has something to do. */
export interface Difference {
  /** Inputs that changed, by name. */
  inputs: string[];
  /** The wanted spec is not the one the cluster was last brought to. */
  spec: boolean;
  /** An operation that did not end, or a condition that is not true, in words. */
  open: string[];
}

/**
 * Decides from the wanted inputs, the last applied ones, the conditions, and the journal's head. An unfinished operation
 * is always a difference, also after a refresh and also when the change itself was reverted meanwhile: Pulumi's state
 * forgets both, the journal does not. A roll that waits by choice is none: `strategy: manual`, groups left out, or no
 * maintenance window open now.
 */
export function difference(
  wanted: KopsClusterInputs,
  old: Partial<KopsClusterInputs & KopsClusterOutputs>,
  journal: Journal | undefined,
  now: Date = new Date(),
): Difference {
  const names = [...new Set([...Object.keys(wanted), ...Object.keys(old)])]
    // `adopt` is a word for the moment of taking over: it may stay, or go, without a difference.
    .filter((name): name is keyof KopsClusterInputs => name in inputNames && name !== "adopt");
  const inputs = names.filter((name) => canonicalJson(wanted[name]) !== canonicalJson(old[name]));
  const digest = digestOf(desiredSpec(wanted));
  const open: string[] = [];
  const interrupted = unfinished(journal);
  if (interrupted) open.push(interrupted);
  const conditions = old.conditions ?? [];
  const chosen = choicesOf(wanted, now);
  const waitsByChoice = conditions.length > 0 && conditions.every((one) => one.status === "True" || chosen.has(one.reason));
  if (!isReady(conditions) && !waitsByChoice) {
    open.push(...conditions.filter((one) => one.status !== "True" && one.type !== "Ready").map((one) => `${one.type} is ${one.status}: ${one.reason} ${one.message}`.trim()));
    if (open.length === 0) open.push("the cluster was never seen ready");
  }
  const spec = old.appliedDigest !== digest;
  // A run that was killed after its work was done, or one with another state, brought the cluster elsewhere meanwhile.
  const applied = journal?.applied;
  if (!spec && applied && applied.digest !== digest) open.push(`the cluster was brought to another spec at ${applied.at} (revision ${applied.revision}), which Pulumi's state does not know of`);
  return { inputs, spec, open };
}

/** Reasons of conditions that, with these inputs and at this time, are as somebody wants them. */
function choicesOf({ rollingUpdate: options = {} }: KopsClusterInputs, now: Date): ReadonlySet<string> {
  const { strategy, includeGroups, excludeGroups, includeRoles, excludeRoles, maintenanceWindows } = options;
  const reasons = new Set<string>();
  if (strategy === "manual") reasons.add("ManualStrategy");
  if (includeGroups ?? excludeGroups ?? includeRoles ?? excludeRoles) reasons.add("Excluded");
  if (maintenanceWindows && !windowAt(maintenanceWindows, now).open) reasons.add("OutsideWindow");
  return reasons;
}

export function isDifferent({ inputs, spec, open }: Difference): boolean {
  return inputs.length > 0 || spec || open.length > 0;
}

/** The part of a state that are inputs. */
export function inputsIn(state: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(state).filter(([name]) => name in inputNames));
}
