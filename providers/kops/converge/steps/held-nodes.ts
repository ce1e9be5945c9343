import { isBehind, oldestOf, withVersionGuard } from "../../kubernetes/version-guard.ts";
import type { UnknownVersions } from "../../kubernetes/version-guard.ts";
import { KopsError } from "../../model/errors.ts";
import type { Operation } from "../../operation/operation.ts";
import { apply } from "./apply.ts";

/** The Kubernetes version at which kOps holds nodes; undefined when the control plane runs the desired one. */
export interface Hold {
  at: string | undefined;
}

/** What an apply of all groups did. */
export interface WholeApply extends Hold {
  /** What kOps keeps until `--prune`; undefined when kOps did not look for all of it. */
  kept: readonly string[] | undefined;
}

/**
 * Runs `use` with the version at which kOps holds nodes in an apply meanwhile, or with the reason why nobody knows it.
 * When the API does not answer, the journal may know that the control plane runs the desired version.
 */
export async function withHold<T>(
  { context, journal }: Operation,
  use: (hold: Hold | UnknownVersions) => Promise<T>,
): Promise<T> {
  const desired = context.inputs.cluster["kubernetesVersion"];
  return await withVersionGuard(context, (versions) => {
    if (!("unknown" in versions)) return use({ at: isBehind(versions, desired) ? oldestOf(versions) : undefined });
    // Before the first success, others have written what is recorded, and may not have rolled it.
    const recorded = journal.applied && journal.running?.controlPlane;
    if (recorded !== undefined && !isBehind({ running: [recorded] }, desired)) return use({ at: undefined });
    return use(versions);
  });
}

export function heldText(version: string): string {
  return `nodes stay at Kubernetes ${version} until the control plane is rolled`;
}

/** Applies all groups. Nodes that are launched from then on are not newer than their API server. */
export async function applyAllGroups(operation: Operation, { at }: Hold): Promise<WholeApply> {
  if (at !== undefined) operation.context.progress.say(heldText(at));
  return { at, kept: await apply(operation, [], at !== undefined) };
}

/** Nodes cannot be applied, because nobody knows the version that they must not exceed. `why`: why that matters. */
export function unknownVersion(
  { context: { inputs } }: Operation,
  why: string,
  { unknown }: UnknownVersions,
): KopsError {
  return new KopsError({
    what: `The nodes of ${inputs.name} cannot be applied`,
    why: `${why}, and the Kubernetes API does not say which version it runs: ${unknown}`,
    next:
      "make the API reachable from here (PILOT_ACCESS), or allow the roll of the control plane, and run " +
      "`pulumi up` again",
  });
}
