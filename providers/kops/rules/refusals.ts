import { additionalObjects } from "./additional-objects.ts";
import { longNames } from "./long-names.ts";
import { discovery } from "./discovery.ts";
import { etcd } from "./etcd.ts";
import { fixedFields } from "./fixed-fields.ts";
import { foreignPlaces } from "./foreign-places.ts";
import { allowedImages, groups, images, controlPlane, rollGroups } from "./groups.ts";
import { karpenter } from "./karpenter.ts";
import { ranges } from "./ranges.ts";
import { subnets } from "./subnets.ts";
import { identity, places } from "./places.ts";
import { encryption, certificateAuthority } from "./secrets.ts";
import { tags } from "./tags.ts";
import { kubernetesVersion } from "./kubernetes-version.ts";
import type { Json, Refusal, Rule } from "./rule.ts";
import { hasUnknown } from "../model/unknown.ts";
import type { RunningVersions } from "../model/versions.ts";
import type { Failure } from "../model/hidden-inputs.ts";
import { plugin } from "./network-plugin.ts";
import { identityMappings } from "./identity-mappings.ts";
import { loadBalancer, loadBalancerSubnets } from "./load-balancer.ts";
import { kopsVersion } from "./kops-version.ts";
import { removed } from "./removed-features.ts";
import { zone } from "./dns-zone.ts";
import type { Journal } from "../store/journal.ts";

const rules: readonly Rule[] = [
  identity,
  longNames,
  kopsVersion,
  removed,
  kubernetesVersion,
  fixedFields,
  places,
  discovery,
  foreignPlaces,
  zone,
  tags,
  plugin,
  ranges,
  subnets,
  loadBalancer,
  loadBalancerSubnets,
  etcd,
  groups,
  controlPlane,
  rollGroups,
  images,
  allowedImages,
  karpenter,
  identityMappings,
  encryption,
  certificateAuthority,
  additionalObjects,
];

function explain({ name, property, reason, guide }: Refusal): Failure {
  const see = guide === undefined ? "" : ` (guide: ${guide})`;
  const exemption =
    name === undefined
      ? ""
      : `; to do it anyway, or to put back what was changed outside of this program, set allow: ["${name}"]`;
  return { property, reason: `${reason}${see}${exemption}` };
}

/**
 * All refusals at once: what kOps or AWS cannot change in place, and inputs that contradict each other. A value that is
 * not known yet causes no refusal, also where `allow` is unknown.
 *
 * @param old inputs of the last run; absent for a new cluster
 * @param running versions that the cluster may still run, by the journal
 */
export function refusalsOf(
  old: Record<string, unknown> | undefined,
  desired: Record<string, unknown>,
  running?: RunningVersions,
): Failure[] {
  const allow = desired["allow"];
  const names: readonly Json[] = Array.isArray(allow) ? allow : [];
  const any = hasUnknown(allow);
  const exempt = ({ name }: Refusal): boolean => name !== undefined && (any || names.includes(name));
  return rules
    .flatMap((rule) => rule({ old, desired, running }))
    .filter((refusal) => !exempt(refusal))
    .map(explain);
}

/**
 * Refusals of a change against the spec that was last applied to the cloud. Pulumi compares with the last update that
 * *succeeded*: after one that stopped half-way it would allow a reverted Kubernetes minor, although the API servers
 * already run the newer one.
 */
export function irreversibleRefusals(inputs: Record<string, unknown>, lastApplied: Journal["lastApplied"]): Failure[] {
  return lastApplied === undefined ? [] : refusalsOf({ ...inputs, ...lastApplied }, inputs);
}
