import type { KopsClusterInputs } from "../model/inputs.ts";
import type { Roll } from "./plan.ts";
import { allRoles, chooseGroups } from "../model/instance-groups.ts";
import { openingText, windowAt } from "../model/maintenance-windows.ts";

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

/** What a plan must say besides its rolls: which of them an `up` at this time would not do, or not all at once. */
export function heldBackLines(
  inputs: Pick<KopsClusterInputs, "instanceGroups" | "rollingUpdate" | "budget">,
  rolls: readonly Roll[],
  now: Date,
): string[] {
  if (rolls.length === 0) return [];
  const { rollingUpdate: options = {}, budget } = inputs;
  if (options.strategy === "manual") return ["held back: every roll, for rollingUpdate.strategy is manual"];
  const leftOut = [...heldBackGroups(inputs).keys()].filter((group) => rolls.some((one) => one.group === group));
  const { open, next } = windowAt(options.maintenanceWindows ?? [], now);
  const shut = options.maintenanceWindows !== undefined && open === undefined;
  return [
    ...(leftOut.length > 0 ? [`held back: the roll of ${leftOut.join(", ")}, left out by rollingUpdate`] : []),
    ...(shut && leftOut.length < rolls.length
      ? [`held back: rolls begin in a maintenance window only${next ? `, the next is ${openingText(next)}` : ""}`]
      : []),
    ...(budget !== undefined && leftOut.length < rolls.length
      ? [`a run of more than ${budget} stops between two nodes or groups; the next one goes on`]
      : []),
  ];
}
