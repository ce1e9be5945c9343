import type { ManifestDifferences } from "./facts/manifest-differences.ts";
import type { CloudChanges } from "../kops-cli/output/dry-run.ts";
import type { Roll } from "./rolls.ts";
import type { SecretChange } from "../model/secrets.ts";

/** What an `up` would do, as far as it can be known without touching anything. */
export interface Plan extends CloudChanges {
  /** In the order in which they will be rolled. */
  rolls: Roll[];
  /** Groups that are drained and deleted at the end. */
  leaves: string[];
  /** Where the manifests in the store differ from those that would be written; nothing for a new cluster. */
  differences?: ManifestDifferences;
  /** Images kOps chose for groups that name none. */
  images?: Record<string, string>;
}

/**
 * Whether a cluster is what is asked for, so that nothing need be written. A Cluster may leave out what another says as
 * kOps takes it by default: what counts is its completed form, which the dry run compares. A group has no such form,
 * and some of its fields (`rollingUpdate`) change nothing in the cloud: its text counts. Of secrets a dry run shows
 * nothing.
 */
export function isUnchanged(
  plan: Pick<Plan, "differences" | "leaves"> & Parameters<typeof isNothing>[0],
  secrets: readonly SecretChange[],
): boolean {
  return (
    secrets.length === 0 &&
    isNothing(plan) &&
    plan.leaves.length === 0 &&
    plan.differences !== undefined &&
    plan.differences.groups.length === 0
  );
}

/** A dry run that found nothing to do. */
export function isNothing({
  create,
  modify,
  remove,
  prune,
}: Pick<Plan, "create" | "modify" | "remove" | "prune">): boolean {
  return create.length + modify.length + remove.length + prune.length === 0;
}
