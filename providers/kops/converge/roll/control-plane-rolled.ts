import { controlPlaneRoles } from "../../model/instance-groups.ts";
import type { Operation } from "../../operation/operation.ts";
import { roll } from "./roll.ts";

/** Step ControlPlaneRolled: replaces the control-plane nodes that are not up to date. */
export async function rollControlPlane(operation: Operation): Promise<void> {
  await operation.step("ControlPlaneRolled", async () => [
    await roll(operation, { roles: controlPlaneRoles, condition: "ControlPlaneUpToDate" }),
  ]);
}
