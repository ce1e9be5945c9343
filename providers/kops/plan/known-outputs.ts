import { expectedNames, cloudNameOf } from "../model/cloud-names.ts";
import { isReady } from "../model/conditions.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import type { Journal } from "../store/journal.ts";
import type { KopsClusterOutputs, ObservedInstanceGroup } from "../model/outputs.ts";
import { choosesGroups, isKarpenter, roleOf } from "../model/instance-groups.ts";
import { desiredSpec, digestOf } from "../model/spec.ts";
import { namedEndpoint } from "../model/outputs.ts";

/** What is known of a cluster's outputs before an update, under the names they have afterwards. */
export type KnownOutputs = Partial<Omit<KopsClusterOutputs, "lastOperation" | "stateVersion">>;

/** Whether every roll that a change needs is done in the same update. */
function rollsByItself({ rollingUpdate: options = {} }: KopsClusterInputs): boolean {
  return options.strategy !== "manual" && !choosesGroups(options) && options.maintenanceWindows === undefined;
}

function expectedGroups(
  { name, instanceGroups }: KopsClusterInputs,
  seen: Record<string, ObservedInstanceGroup>,
): Record<string, ObservedInstanceGroup> {
  const number = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);
  const expected = Object.entries(instanceGroups)
    .filter(([, spec]) => !isKarpenter(spec))
    .map(([group, spec]) => {
      const before = seen[group];
      // kOps's own defaults of a group that says nothing of its size (defaults.go in upup/pkg/fi/cloudup).
      const minSize = number(spec["minSize"]) ?? before?.minSize ?? 1;
      const maxSize = number(spec["maxSize"]) ?? before?.maxSize ?? minSize;
      const { machineType } = spec;
      return [
        group,
        {
          role: roleOf(spec),
          machineType: typeof machineType === "string" ? machineType : (before?.machineType ?? ""),
          minSize,
          maxSize,
          desired: Math.min(Math.max(before?.desired ?? minSize, minSize), maxSize),
          autoScalingGroup: cloudNameOf(group, spec, name),
        },
      ] as const;
    });
  return Object.fromEntries(expected);
}

/**
 * The outputs as they will be after the next update, as far as that is certain enough to show: what the desired spec
 * alone tells, and what the journal holds of the last update that ended well. Left out, hence unknown in a preview, is
 * what the change may give another value that nobody can tell beforehand.
 */
export function knownOutputs(inputs: KopsClusterInputs, journal: Journal | undefined): KnownOutputs {
  const version = inputs.cluster["kubernetesVersion"];
  const named = namedEndpoint(inputs);
  const digest = digestOf(desiredSpec(inputs));
  const known: KnownOutputs = {
    appliedDigest: digest,
    ...(typeof version === "string" && { kubernetesVersion: version.replace(/^v/, "") }),
    ...(named !== undefined && { endpoint: named }),
  };
  const seen = journal?.outputs as Partial<KopsClusterOutputs> | undefined;
  if (!journal?.applied || !seen) return known;
  known.revision = journal.applied.revision + (journal.applied.digest === digest ? 0 : 1);
  if (seen.certificateAuthority !== undefined) known.certificateAuthority = seen.certificateAuthority;
  if (
    isReady(journal.conditions) &&
    journal.operation === undefined &&
    (rollsByItself(inputs) || journal.applied.digest === digest)
  )
    known.conditions = journal.conditions;
  if (seen.observed) known.observed = expectedGroups(inputs, seen.observed);
  // A refused change that is let through may put another load balancer, or other security groups, in the old ones'
  // place.
  if (inputs.allow?.length) return known;
  if (seen.endpoint !== undefined && named === undefined) known.endpoint = seen.endpoint;
  const cloud = seen.cloud && expectedNames(inputs.name, inputs.instanceGroups, seen.cloud);
  if (cloud) known.cloud = cloud;
  return known;
}
