import { inRollOrder, allRoles, chooseGroups } from "../model/roll-groups.ts";
import { isControlPlane } from "../model/spec.ts";
import { cloudNameOf } from "../model/cloud-names.ts";
import type { CloudChange } from "../kops-cli/output/dry-run.ts";
import type { GroupSize } from "./facts/group-sizes.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
/** A group whose nodes will be replaced. */
export interface Roll {
  group: string;
  controlPlane: boolean;
  /** The most nodes it may have to replace: its maximum size. */
  nodes: number;
  /** Nodes to replace now; absent while nobody has looked. */
  now?: number | undefined;
  /** Its launch template was changed before, by an update that did not roll it: the nodes wait since then. */
  waiting?: boolean | undefined;
  /**
   * Why `rollingUpdate` holds it back, so that an `up` changes the template and replaces no node; `false` when nothing
   * does. Absent where nobody asked.
   */
  held?: HeldBack | false | undefined;
}

function sizeOf(spec: Record<string, unknown>): number {
  const size = spec["maxSize"] ?? spec["minSize"];
  return typeof size === "number" ? size : 1;
}

/**
 * The groups that roll. kOps compares each instance's launch template version with the group's, and the apply of a
 * modified template makes a new version; so a template that is modified rolls its group, and one that is created does
 * not.
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
 * All rolls of an `up`: those of templates that will be modified, and those that an earlier run left waiting, each with
 * the number of its nodes now. With `force` all groups roll.
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

/** Why a roll waits for somebody's word: `rollingUpdate.strategy` is manual, or its options leave the group out. */
export type HeldBack = "manual" | "excluded";

/** The groups whose roll is held back until the options of `rollingUpdate` are others, whenever an `up` runs. */
export function heldBackGroups({
  instanceGroups,
  rollingUpdate: options = {},
}: Pick<KopsClusterInputs, "instanceGroups" | "rollingUpdate">): Map<string, HeldBack> {
  if (options.strategy === "manual") return new Map(Object.keys(instanceGroups).map((group) => [group, "manual"]));
  return new Map(chooseGroups(instanceGroups, allRoles, options).excluded.map((group) => [group, "excluded"]));
}
