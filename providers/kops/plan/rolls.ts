import { inRollOrder, allRoles, chooseGroups, isControlPlane } from "../model/instance-groups.ts";
import { cloudNameOf } from "../model/cloud-names.ts";
import type { CloudChange } from "../kops-cli/output/index.ts";
import type { GroupSize } from "./facts/group-sizes.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";

/** A group whose nodes are replaced. */
export interface Roll {
  group: string;
  controlPlane: boolean;
  /** The group's maximum size: the most nodes that may be replaced. */
  nodes: number;
  /** Nodes to replace now; absent until the cloud was asked. */
  now?: number | undefined;
  /** The nodes wait since an earlier update, which changed the launch template and did not roll them. */
  waiting?: boolean | undefined;
  /**
   * Why `rollingUpdate` holds the roll back: an `up` then changes the template and replaces no node. `false` when it
   * rolls; absent until the options were checked.
   */
  held?: HeldBack | false | undefined;
}

function sizeOf(spec: Record<string, unknown>): number {
  const size = spec["maxSize"] ?? spec["minSize"];
  return typeof size === "number" ? size : 1;
}

/**
 * The groups that roll: those whose launch template is modified. kOps compares the version of each instance's template
 * with the group's, and applying a modified template makes a new version. A new template belongs to a new group.
 */
export function rollsOf(
  modify: readonly CloudChange[],
  groups: Record<string, Record<string, unknown>>,
  cluster: string,
): Roll[] {
  const templates = new Set(modify.filter((change) => change.kind === "LaunchTemplate").map((change) => change.name));
  return inRollOrder(groups)
    .filter(([name, spec]) => templates.has(cloudNameOf(name, spec, cluster)))
    .map(([group, spec]) => ({ group, controlPlane: isControlPlane(spec), nodes: sizeOf(spec) }));
}

/**
 * All rolls of an `up`: planned ones and those that an earlier run left waiting, each with its number of nodes now.
 * With `force` all groups roll.
 */
export function rollsNow(
  planned: readonly Roll[],
  groups: Record<string, Record<string, unknown>>,
  seen: Readonly<Record<string, GroupSize>>,
  force: boolean,
): Roll[] {
  const changed = new Set(planned.map(({ group }) => group));
  return inRollOrder(groups).flatMap(([group, spec]): Roll[] => {
    const size = seen[group];
    const roll = { group, controlPlane: isControlPlane(spec), nodes: sizeOf(spec) };
    if (changed.has(group) || (force && size)) return [{ ...roll, ...(size && { now: size.desired }) }];
    return size !== undefined && size.outdated > 0 ? [{ ...roll, now: size.outdated, waiting: true }] : [];
  });
}

/** Why a roll is held back: `rollingUpdate.strategy` is manual, or its options exclude the group. */
export type HeldBack = "manual" | "excluded";

/** The groups that no `up` rolls until the options of `rollingUpdate` change. */
export function heldBackGroups({
  instanceGroups,
  rollingUpdate: options = {},
}: Pick<KopsClusterInputs, "instanceGroups" | "rollingUpdate">): Map<string, HeldBack> {
  if (options.strategy === "manual") return new Map(Object.keys(instanceGroups).map((group) => [group, "manual"]));
  return new Map(chooseGroups(instanceGroups, allRoles, options).excluded.map((group) => [group, "excluded"]));
}
