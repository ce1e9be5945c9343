import type { Finding } from "../../model/conditions.ts";
import { nodeRoles } from "../../model/instance-groups.ts";
import type { Operation } from "../../operation/operation.ts";
import { roll } from "./roll.ts";

/**
 * Step NodesRolled: replaces the nodes that are not up to date. `heldNodes`: why kOps kept nodes at an older version.
 */
export async function rollNodes(operation: Operation, heldNodes: Finding | undefined): Promise<void> {
  await operation.step("NodesRolled", async () => {
    const found = await roll(operation, { roles: nodeRoles, condition: "NodesUpToDate" });
    return [found.status === "True" && heldNodes ? heldNodes : found];
  });
}
