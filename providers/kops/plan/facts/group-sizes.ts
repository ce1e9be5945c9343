import { groupsOfInstances } from "../../aws/group-instances.ts";
import type { KopsClusterInputs } from "../../model/inputs.ts";
import { observeVersions, waitingNodes } from "./waiting-nodes.ts";
import { isKarpenter } from "../../model/instance-groups.ts";
import { cloudNameOf } from "../../model/cloud-names.ts";

/** The nodes of a group before a change. */
export interface GroupSize {
  desired: number;
  /** Nodes with another launch template, or another version of it, than the group. */
  outdated: number;
}

/**
 * Sizes of the existing instance groups, and how many of their nodes wait for a roll. A Karpenter group has as many
 * nodes as Karpenter made; kOps never counts one of them as outdated (buildKarpenterGroup).
 */
export async function observeGroupSizes(inputs: KopsClusterInputs): Promise<Record<string, GroupSize>> {
  const { name, instanceGroups } = inputs;
  const versions = await observeVersions(inputs);
  const waiting = waitingNodes(versions, instanceGroups, name);
  const desired = new Map(versions.map((group) => [group.name, group.desired]));
  const ofKarpenter = Object.values(instanceGroups).some(isKarpenter)
    ? [...(await groupsOfInstances(inputs)).values()]
    : [];
  const seen = Object.entries(instanceGroups).flatMap(([group, spec]): [string, GroupSize][] => {
    if (isKarpenter(spec))
      return [[group, { desired: ofKarpenter.filter((one) => one === group).length, outdated: 0 }]];
    const size = desired.get(cloudNameOf(group, spec, name));
    return size === undefined ? [] : [[group, { desired: size, outdated: waiting[group]?.length ?? 0 }]];
  });
  return Object.fromEntries(seen);
}
