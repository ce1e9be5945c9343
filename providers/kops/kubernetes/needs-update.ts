import type { V1Node } from "@kubernetes/client-node";
import { groupsOfInstances } from "../aws/group-instances.ts";
import type { OperationContext } from "../operation/context.ts";
import { groupOfNode, loginTo, patch, patient } from "./drain.ts";
import { withPatience } from "./patience.ts";

/** By this annotation kOps counts a node as not up to date (pkg/cloudinstances/cloud_instance_group.go). */
const needsUpdate = "kops.k8s.io/needs-update";

/** A node that `mark` may choose. */
export interface Choosable {
  name: string;
  instance: string;
  /** Instance group; empty if it has none. */
  group: string;
}

/** Marks nodes as not up to date, so that the next roll replaces them, also one that continues a killed roll. */
export async function markNodes(
  context: OperationContext,
  chooses: (node: Choosable) => boolean,
): Promise<Choosable[]> {
  return await withPatience(context, "the nodes of the cluster", async (patience) => {
    const api = patient(loginTo(context), patience);
    const { items } = await api.listNode();
    const groups = await groupsOfInstances(context.inputs);
    const chosen = items.map((node) => choosable(node, groups)).filter(chooses);
    for (const { name } of chosen) await patch(api, name, { metadata: { annotations: { [needsUpdate]: "" } } });
    return chosen;
  });
}

function choosable(node: V1Node, groups: ReadonlyMap<string, string>): Choosable {
  return {
    name: node.metadata?.name ?? "",
    instance: node.spec?.providerID?.split("/").at(-1) ?? "",
    group: groupOfNode(node, groups),
  };
}
