import { readRollLine } from "../kops-cli/output/index.ts";
import { cloudNameOf } from "../model/cloud-names.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import { isControlPlane } from "../model/instance-groups.ts";
import type { ReplacedNode } from "../store/history.ts";

/** The part of a node's record that its Auto Scaling group tells. */
type GroupOf = (autoScalingGroup: string) => Pick<ReplacedNode, "group" | "controlPlane">;

/** Finds the instance group of an Auto Scaling group. */
export function groupsOf({ name, instanceGroups }: Pick<KopsClusterInputs, "name" | "instanceGroups">): GroupOf {
  const known = new Map(
    Object.entries(instanceGroups).map(([group, spec]) => [
      cloudNameOf(group, spec, name),
      { group, ...(isControlPlane(spec) && { controlPlane: true }) },
    ]),
  );
  return (cloudName) => known.get(cloudName) ?? { group: cloudName };
}

const joining = /has not yet joined cluster|did not join/;

/**
 * Follows the replaced nodes in kOps's log. kOps takes nodes one after another, or several at once with `maxSurge`; a
 * validation is that of all nodes which are gone by then. Returns whether the record should be written now.
 */
export function recordNodes(
  nodes: ReplacedNode[],
  now: () => string,
  groupOf: GroupOf = (group) => ({ group }),
): (line: string) => boolean {
  const open = (): ReplacedNode[] =>
    nodes.filter(({ stopped, valid, removed }) => stopped !== undefined && valid === undefined && !removed);
  return (line) => {
    const event = readRollLine(line);
    if (event?.kind === "drain") {
      if (!nodes.some(({ name, stopped }) => name === event.node && stopped === undefined))
        nodes.push({ name: event.node, drained: now() });
      return true;
    }
    if (event?.kind === "stop") {
      const { node: name, instance } = event;
      const found = nodes.find((one) => one.name === name && one.stopped === undefined);
      const facts = { instance, ...groupOf(event.group), stopped: now() };
      if (found) Object.assign(found, facts);
      else nodes.push({ name, ...facts });
      return true;
    }
    if (event?.kind === "invalid") {
      if (joining.test(event.reason)) for (const node of open()) node.notJoined = now();
      return false;
    }
    if (event?.kind !== "validated") return false;
    const validated = open();
    for (const node of validated) node.valid = now();
    return validated.length > 0;
  };
}
