import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ownGroups } from "../aws/auto-scaling-groups.ts";
import { exportKubeconfig } from "../kops-cli/flags.ts";
import { serverIn } from "../kops-cli/output/index.ts";
import { cloudNameOf } from "../model/cloud-names.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import { roleOf } from "../model/instance-groups.ts";
import { namedEndpoint } from "../model/outputs.ts";
import type { ObservedInstanceGroup } from "../model/outputs.ts";
import type { OperationContext } from "../operation/context.ts";

/** The instance groups as they are in the cloud; a group that has no Auto Scaling group yet is left out. */
export async function observeInstanceGroups(inputs: KopsClusterInputs): Promise<Record<string, ObservedInstanceGroup>> {
  const groups = await ownGroups(
    inputs,
    Object.entries(inputs.instanceGroups).map(([group, spec]) => cloudNameOf(group, spec, inputs.name)),
  );
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

/**
 * Address of the Kubernetes API as every user of the cluster sees it: not by the way this machine happens to take. By
 * its own name, else by that of its load balancer, which kOps is asked for only when it was not found.
 */
export async function readEndpoint(context: OperationContext, balancer: string | undefined): Promise<string> {
  const named = namedEndpoint(context.inputs);
  if (named) return named;
  if (balancer) return `https://${balancer}`;
  const file = join(context.folder, "endpoint.kubeconfig");
  await context.kops.run({ args: exportKubeconfig(context.inputs.name, file) });
  return serverIn(await readFile(file, "utf8"));
}
