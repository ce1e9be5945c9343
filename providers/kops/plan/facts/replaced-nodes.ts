import type { KopsClusterInputs } from "../../model/inputs.ts";
import { roleOf } from "../../model/instance-groups.ts";
import type { OperationContext } from "../../operation/context.ts";
import { listHistory, readHistory } from "../../store/history.ts";
import type { HistoryRecord } from "../../store/history.ts";

/** Nodes that take about the same time: a control-plane node brings an etcd member back, a bastion is not drained. */
export type NodeKind = "controlPlane" | "node" | "bastion";

/** How long the last replaced nodes of a kind took, from the begin of the drain until the cluster was valid again. */
export interface NodeTime {
  /** Median. */
  ms: number;
  /** How many nodes were measured. */
  nodes: number;
}

export type NodeTimes = Partial<Record<NodeKind, NodeTime>>;

/** How many operations are looked at. */
const newest = 5;

export function kindOf(group: Record<string, unknown>): NodeKind {
  const role = roleOf(group);
  return role === "ControlPlane" ? "controlPlane" : role === "Bastion" ? "bastion" : "node";
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  const [low = 0, high = 0] = sorted.length % 2 === 1 ? [sorted[middle], sorted[middle]] : sorted.slice(middle - 1);
  return (low + high) / 2;
}

/** The times of the nodes that these operations replaced. Nodes of groups that are gone do not count. */
export function nodeTimes(
  records: readonly Pick<HistoryRecord, "nodes">[],
  { instanceGroups }: Pick<KopsClusterInputs, "instanceGroups">,
): NodeTimes {
  const kinds = new Map(Object.entries(instanceGroups).map(([group, spec]) => [group, kindOf(spec)]));
  const found: Record<NodeKind, number[]> = { controlPlane: [], node: [], bastion: [] };
  for (const { group = "", drained, stopped, valid } of records.flatMap(({ nodes }) => nodes)) {
    const kind = kinds.get(group);
    const took = Date.parse(valid ?? "") - Date.parse(drained ?? stopped ?? "");
    if (kind !== undefined && took > 0) found[kind].push(took);
  }
  return Object.fromEntries(
    Object.entries(found)
      .filter(([, values]) => values.length > 0)
      .map(([kind, values]) => [kind, { ms: median(values), nodes: values.length }]),
  );
}

/**
 * The same from the history of the cluster. An estimate may lack it: what cannot be listed or read counts as not
 * measured, and the plan then states its assumption.
 */
export async function readNodeTimes({ store, inputs }: Pick<OperationContext, "store" | "inputs">): Promise<NodeTimes> {
  const entries = await listHistory(store, inputs.name).catch(() => []);
  const records = await Promise.all(
    entries.slice(0, newest).map((entry) => readHistory(store, entry).catch(() => undefined)),
  );
  return nodeTimes(
    records.filter((record) => record !== undefined),
    inputs,
  );
}
