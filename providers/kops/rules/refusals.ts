import { discovery } from "./discovery.ts";
import { etcd } from "./etcd.ts";
import { fixedFields } from "./fixed-fields.ts";
import { foreignPlaces, zone } from "./foreign-places.ts";
import { groups, images, controlPlane, rollGroups } from "./groups.ts";
import { karpenter } from "./karpenter.ts";
import { plugin, subnets, loadBalancer } from "./networking.ts";
import { identity, places } from "./places.ts";
import { encryption, certificateAuthority } from "./secrets.ts";
import { tags } from "./tags.ts";
import { kopsVersion, kubernetesVersion } from "./versions.ts";
import type { Json, Refusal, Rule } from "./rule.ts";
import { hasUnknown } from "../model/unknown.ts";
import type { RunningVersions } from "../model/versions.ts";
import type { Failure } from "../model/hidden-inputs.ts";

const rules: readonly Rule[] = [
  identity,
  kopsVersion,
  kubernetesVersion,
  fixedFields,
  places,
  discovery,
  foreignPlaces,
  zone,
  tags,
  plugin,
  subnets,
  loadBalancer,
  etcd,
  groups,
  controlPlane,
  rollGroups,
  images,
  karpenter,
  encryption,
  certificateAuthority,
];

function explain({ name, property, reason, guide }: Refusal): Failure {
  const see = guide === undefined ? "" : ` (guide: ${guide})`;
  const way =
    name === undefined
      ? ""
      : `; to do it anyway, or to put back what was changed outside of this program, set allow: ["${name}"]`;
  return { property, reason: `${reason}${see}${way}` };
}

/**
 * What kOps or AWS cannot change in place, and inputs that do not go together: all of it at once. `old` are the inputs
 * of the last run, absent for a new cluster. A value that is not known yet never causes a refusal, here or by what it
 * may turn out to allow. `running` is what the journal says that the cluster may still run.
 */
export function refusalsOf(
  old: Record<string, unknown> | undefined,
  desired: Record<string, unknown>,
  running?: RunningVersions,
): Failure[] {
  const allow = desired["allow"];
  const names: readonly Json[] = Array.isArray(allow) ? allow : [];
  const any = hasUnknown(allow);
  const lets = ({ name }: Refusal): boolean => name !== undefined && (any || names.includes(name));
  return rules
    .flatMap((rule) => rule({ old, desired, running }))
    .filter((refusal) => !lets(refusal))
    .map(explain);
}
