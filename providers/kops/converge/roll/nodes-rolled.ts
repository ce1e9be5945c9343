import type { Finding } from "../../model/conditions.ts";
import { controlPlaneRoles, nodeRoles } from "../../model/instance-groups.ts";
import type { Operation } from "../../operation/operation.ts";
import { roll } from "./roll.ts";

/**
 * Step NodesRolled: replaces the nodes that are not up to date. `heldNodes`: why kOps kept them at an older version.
 */
export async function rollNodes(
  operation: Operation,
  route: "new" | "nodes" | "whole",
  heldNodes: Finding | undefined,
): Promise<void> {
  const roles = route === "new" ? [...controlPlaneRoles, ...nodeRoles] : nodeRoles;
  await operation.step("NodesRolled", async () => {
    const found = await roll(operation, { roles, condition: "NodesUpToDate" });
    return [found.status === "True" && heldNodes ? heldNodes : found];
  });
}
