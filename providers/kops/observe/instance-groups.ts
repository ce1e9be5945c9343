import { ownGroups } from "../aws/auto-scaling-groups.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import type { ObservedInstanceGroup } from "../model/outputs.ts";
import { roleOf } from "../model/instance-groups.ts";
import { cloudNameOf, cloudNamesOf } from "../model/cloud-names.ts";

/** The instance groups that have an Auto Scaling group, as they are in the cloud. */
export async function observeInstanceGroups(inputs: KopsClusterInputs): Promise<Record<string, ObservedInstanceGroup>> {
  const groups = await ownGroups(inputs, cloudNamesOf(inputs.name, inputs.instanceGroups));
  const byName = new Map(
    groups.map((group) => [
      group.AutoScalingGroupName,
      { min: group.MinSize ?? 0, max: group.MaxSize ?? 0, desired: group.DesiredCapacity ?? 0 },
    ]),
  );
  const observed: Record<string, ObservedInstanceGroup> = {};
  for (const [name, spec] of Object.entries(inputs.instanceGroups)) {
    const autoScalingGroup = cloudNameOf(name, spec, inputs.name);
    const sizes = byName.get(autoScalingGroup);
    if (!sizes) continue;
    const machineType = spec["machineType"];
    observed[name] = {
      role: roleOf(spec),
      machineType: typeof machineType === "string" ? machineType : "",
      minSize: sizes.min,
      maxSize: sizes.max,
      desired: sizes.desired,
      autoScalingGroup,
    };
  }
  return observed;
}
