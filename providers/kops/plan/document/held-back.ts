import type { KopsClusterInputs } from "../../model/inputs.ts";
import { openingText, windowAt } from "../../model/maintenance-windows.ts";
import type { Roll } from "../rolls.ts";
import { heldBackGroups } from "../rolls.ts";

/** Lines on the rolls that an `up` at this time would not do, or not all at once. */
export function heldBackLines(
  inputs: Pick<KopsClusterInputs, "instanceGroups" | "rollingUpdate" | "budget">,
  rolls: readonly Roll[],
  now: Date,
): string[] {
  if (rolls.length === 0) return [];
  const { rollingUpdate: options = {}, budget } = inputs;
  if (options.strategy === "manual") return ["held back: every roll, because rollingUpdate.strategy is manual"];
  const leftOut = [...heldBackGroups(inputs).keys()].filter((group) => rolls.some((one) => one.group === group));
  const { open, next } = windowAt(options.maintenanceWindows ?? [], now);
  const shut = options.maintenanceWindows !== undefined && open === undefined;
  return [
    ...(leftOut.length > 0 ? [`held back: the roll of ${leftOut.join(", ")}, left out by rollingUpdate`] : []),
    ...(shut && leftOut.length < rolls.length
      ? [`held back: rolls begin only in a maintenance window${next ? `, the next is ${openingText(next)}` : ""}`]
      : []),
    ...(budget !== undefined && leftOut.length < rolls.length
      ? [`a run of more than ${budget} stops between two nodes or groups; the next one goes on`]
      : []),
  ];
}
