import type { ManifestDifferences } from "./manifest-differences.ts";
import type { HeldBack } from "./held-back.ts";
import { inRollOrder, isControlPlane } from "../model/instance-groups.ts";
import { cloudNameOf } from "../model/cloud-names.ts";
import type { CloudChange, CloudChanges } from "../kops-cli/output/index.ts";

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

/** What an `up` would do, as far as it can be known without touching anything. */
export interface Plan extends CloudChanges {
  /** In the order in which they will be rolled. */
  rolls: Roll[];
  /** Groups that are drained and deleted at the end. */
  leaves: string[];
  /** Where the manifests in the store differ from those that would be written; nothing for a new cluster. */
  differences?: ManifestDifferences;
  /** Images kOps chose for groups that name none. */
  images?: Record<string, string>;
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

/** What is seen of a group's nodes before a change. */
export interface GroupSize {
  desired: number;
  /** Nodes of another launch template, or another version of it, than the group has. */
  outdated: number;
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
