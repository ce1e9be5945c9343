import { expectedNames, cloudNameOf } from "../model/cloud-names.ts";
import { isReady } from "../model/conditions.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import type { Journal } from "../store/journal.ts";
import type { KopsClusterOutputs, ObservedInstanceGroup } from "../model/outputs.ts";
import { choosesGroups, isKarpenter, roleOf } from "../model/instance-groups.ts";
import { desiredSpec, digestOf } from "../model/spec.ts";
import { namedEndpoint } from "../model/outputs.ts";

/** The outputs that are known before an update. */
export type KnownOutputs = Partial<Omit<KopsClusterOutputs, "lastOperation" | "stateVersion">>;

/** Whether an update does all the rolls that its change needs. */
function rollsAll({ rollingUpdate: options = {} }: KopsClusterInputs): boolean {
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
      // kOps's defaults for a group without a size (defaults.go in upup/pkg/fi/cloudup).
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
 * The outputs after the next update, from the desired spec and the journal's last successful update. An output is left
 * out, so unknown in a preview, when the change may give it a value that nobody can know beforehand.
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
    (rollsAll(inputs) || journal.applied.digest === digest)
  )
    known.conditions = journal.conditions;
  if (seen.observed) known.observed = expectedGroups(inputs, seen.observed);
  // An allowed change may replace the load balancer or security groups.
  if (inputs.allow?.length) return known;
  if (seen.endpoint !== undefined && named === undefined) known.endpoint = seen.endpoint;
  const cloud = seen.cloud && expectedNames(inputs.name, inputs.instanceGroups, seen.cloud);
  if (cloud) known.cloud = cloud;
  return known;
}
