import type { AdditionalPlan } from "./facts/additional-objects.ts";
import type { ManifestDifferences } from "./facts/manifest-differences.ts";
import type { CloudChanges } from "../kops-cli/output/index.ts";
import type { Roll } from "./rolls.ts";
import type { SecretChange } from "../model/secrets.ts";

/** What an `up` would do, as far as a dry run tells. */
export interface Plan extends CloudChanges {
  /** In the order in which they roll. */
  rolls: Roll[];
  /** Removed groups: drained and deleted at the end. */
  leaves: string[];
  /** Differences between the manifests in the store and the desired ones; absent for a new cluster. */
  differences?: ManifestDifferences;
  /** Changes of additional objects; absent if there are none, and in plans of older versions. */
  additional?: AdditionalPlan;
  /** Images kOps chose for groups that name none. */
  images?: Record<string, string>;
}

/**
 * Whether a cluster already matches the desired spec. The dry run compares the Cluster in its completed form, in which
 * a default is the same whether written or not. A group has no such form, and some of its fields (`rollingUpdate`) do
 * not show in the cloud: its text is compared. A dry run does not show secrets.
 */
export function isUnchanged(
  plan: CloudChanges & Pick<Plan, "additional" | "differences" | "leaves">,
  secrets: readonly SecretChange[],
): boolean {
  return (
    secrets.length === 0 &&
    isNothing(plan) &&
    plan.leaves.length === 0 &&
    (plan.additional?.changes ?? []).length === 0 &&
    plan.differences !== undefined &&
    plan.differences.groups.length === 0
  );
}

/** Whether a dry run found no changes. */
export function isNothing({ create, modify, remove, prune }: CloudChanges): boolean {
  return create.length + modify.length + remove.length + prune.length === 0;
}
